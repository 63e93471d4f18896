"""The conversion stage: every GGUF a release needs, each an artifact of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from line import digest
from line.store import Artifact, Recipe, Store
from training.catalogue import BaseModel
from training.checkpoints import Checkpoint
from training.converter import runtime_version

QUANTS = ("Q8_0", "Q4_K_M")
CODE = ("training.convert",)


def role_models(store: Store, base: Artifact, model: BaseModel, checkpoint: Checkpoint, version: str) -> Artifact:
    """One role's files: `merged/` (HF), ROLE.F16.gguf, ROLE.Q8_0.gguf, ROLE.Q4_K_M.gguf and ROLE.lora.gguf."""
    role = checkpoint.role
    metadata = header(model, role, version, checkpoint.recipe)
    recipe = Recipe(
        "gguf",
        {"base": base.digest, "adapter": checkpoint.content},
        {"role": role, "header": metadata, "llama_cpp": runtime_version()},
        CODE,
    )

    def build(out: Path) -> None:
        from training.convert import adapter_to_gguf, merge, quantise, to_gguf

        merge(base.path / "hf", checkpoint.adapter, out / "merged")
        to_gguf(out / "merged", out / f"{role}.F16.gguf", metadata, model.pre_tokenizer)
        for kind in QUANTS:
            quantise(out / f"{role}.F16.gguf", out / f"{role}.{kind}.gguf", kind)
        adapter_to_gguf(base.path / "hf", checkpoint.adapter, out / f"{role}.lora.gguf", metadata)

    return store.make(recipe, build)


def base_models(store: Store, base: Artifact, model: BaseModel, version: str) -> Artifact:
    """The bare base as base.F16.gguf and base.Q4_K_M.gguf, for phones that hot-swap adapters on it."""
    metadata = header(model, "base", version, base.digest)
    settings = {"header": metadata, "llama_cpp": runtime_version()}
    recipe = Recipe("gguf_base", {"base": base.digest}, settings, CODE)

    def build(out: Path) -> None:
        from training.convert import quantise, to_gguf

        to_gguf(base.path / "hf", out / "base.F16.gguf", metadata, model.pre_tokenizer)
        quantise(out / "base.F16.gguf", out / "base.Q4_K_M.gguf", "Q4_K_M")

    return store.make(recipe, build)


def requantised(store: Store, models: Artifact, role: str) -> Path:
    """A Q4_K_M of the same checkpoint with other rounding errors: quantised from the Q8_0 in place of the F16."""
    source, name = models.file(f"{role}.Q8_0.gguf"), f"{role}.Q4_K_M.gguf"
    recipe = Recipe("requantised", {"q8_0": digest.of_file(source)}, {"llama_cpp": runtime_version()}, CODE)

    def build(out: Path) -> None:
        from training.convert import quantise

        quantise(source, out / name, "Q4_K_M")

    return store.make(recipe, build).file(name)


def header(model: BaseModel, role: str, version: str, recipe: str) -> Mapping[str, str]:
    """The header entries of every GGUF we write."""
    return {
        "general.name": f"Josi {role} {version} ({model.title})",
        "general.version": version,
        "general.license": model.licence,
        "general.license.link": model.licence_url,
        "josi.role": role,
        "josi.version": version,
        "josi.recipe": recipe,
        "josi.base": model.repo,
    }

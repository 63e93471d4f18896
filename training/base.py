"""Base weights in Hugging Face layout: as they are, or rebuilt from a packaged GGUF."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from line import digest
from line.store import Artifact, Recipe, Store
from training.catalogue import BaseModel, locate
from training.text_part import extract_text, has_other_parts


def base_artifact(store: Store, model: BaseModel, base_dir: Path | None = None) -> Artifact:
    """The base checkpoint as a store artifact: `hf/` with config, float16 safetensors and tokenizer.

    Raises:
        ModelUnavailable, InputError: see `training.catalogue.locate`.
    """
    source = locate(model, base_dir)
    content = digest.of_file(source) if source.is_file() else digest.of_tree(source)
    recipe = Recipe("base", {"weights": content}, {"name": model.name, "layout": 1}, ())
    made = store.make(recipe, lambda out: _write(source, out / "hf"))
    _follow(made.path / "hf", source)
    return made


def _follow(link: Path, source: Path) -> None:
    """Points the artifact's link at where the directory is now: the same weights may have moved."""
    if link.is_symlink() and link.resolve() != source.resolve():
        fresh = link.with_name(".hf")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(source.resolve(), target_is_directory=True)
        fresh.replace(link)


def _write(source: Path, out: Path) -> None:
    if source.is_dir() and has_other_parts(source):
        extract_text(source, out)
        return
    if source.is_dir():
        out.symlink_to(source.resolve(), target_is_directory=True)
        return
    out.mkdir()
    _dequantise(source, out)


def _dequantise(gguf: Path, out: Path) -> None:
    """Transformers reads the GGUF, but refuses to save what still calls itself quantised: rebuild it clean."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, GenerationConfig

    where: dict[str, Any] = {"pretrained_model_name_or_path": str(gguf.parent), "gguf_file": gguf.name}
    loaded = AutoModelForCausalLM.from_pretrained(**where, dtype=torch.float16)
    config = AutoConfig.for_model(**_clean(loaded.config.to_dict()))
    config.architectures = [type(loaded).__name__]
    clean = type(loaded)(config).to(torch.float16)
    clean.load_state_dict(loaded.state_dict())
    clean.generation_config = GenerationConfig(eos_token_id=config.eos_token_id, pad_token_id=config.pad_token_id)
    clean.save_pretrained(out)
    AutoTokenizer.from_pretrained(**where).save_pretrained(out)


def _clean(config: dict[str, Any]) -> dict[str, Any]:
    dropped = ("quantization_config", "_name_or_path", "architectures", "transformers_version")
    return {key: value for key, value in config.items() if key not in dropped}

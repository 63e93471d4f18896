"""Checkpoints: the adapters that ship are pinned in the tree with the recipe they came from, like a lock file."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from line import digest
from line.store import Artifact, Recipe, Store, write_text
from training.catalogue import BaseModel
from training.dataset import Split, read_split
from training.errors import DataError, PinStale
from training.recipes import TrainRecipe
from training.texts import prompt_text, target_text

PINS = Path(__file__).parent / "checkpoints"
LARGEST_PIN = 12 * 1024 * 1024  # bytes a role, so that the repository stays small
# The code that decides what training computes; what it reads and shows may change without retraining.
CODE = ("training.fit", "training.trainer", "training.masters")


@dataclass(frozen=True)
class Checkpoint:
    """An adapter in PEFT layout, the recipe it was trained from, and whether that is the tree's recipe."""

    role: str
    adapter: Path
    recipe: str
    current: bool
    source: str  # "pinned" or "trained"

    @property
    def content(self) -> str:
        """Digest of the adapter's files."""
        return digest.of_tree(self.adapter)


def training_recipe(data: Artifact, base: Artifact, model: BaseModel, recipe: TrainRecipe) -> Recipe:
    """What decides a checkpoint: the texts it learns from, the base weights, the settings and the trainer's code."""
    split = read_split(data.path, recipe.role)
    texts = [
        [[prompt_text(row, model.chat_format), target_text(row, recipe.role)] for row in rows]
        for rows in (split.train, split.val)
    ]
    settings = {**recipe.as_dict(), "lora_targets": list(model.lora_targets)}
    inputs = {"texts": digest.of_json(texts), "base": base.digest}
    if recipe.start_folder:
        inputs["start"] = digest.of_tree(recipe.start_folder)
    return Recipe(f"train_{recipe.role}", inputs, settings, CODE)


def shipped_recipe(data: Artifact, base: Artifact, model: BaseModel, recipe: TrainRecipe) -> Recipe:
    """What decides the adapter that ships: its training and, with a `start_share`, its mean with where that started."""
    trained = training_recipe(data, base, model, recipe)
    if not recipe.start_share:
        return trained
    inputs = {**trained.inputs, "trained": trained.digest()}
    settings = {**trained.settings, "start_share": recipe.start_share}
    return Recipe(f"average_{recipe.role}", inputs, settings, ("training.average",))


def train_artifact(
    store: Store,
    data: Artifact,
    base: Artifact,
    model: BaseModel,
    recipe: TrainRecipe,
    *,
    quiet: bool = False,
) -> Artifact:
    """Trains (or finds) the adapter of this recipe; a killed run goes on where it stood."""
    split: Split = read_split(data.path, recipe.role)

    def build(out: Path) -> None:
        from training.sft import train

        train(base.path / "hf", model, recipe, (split.train, split.val), out, quiet)

    trained = store.make(training_recipe(data, base, model, recipe), build, keep_partial=True)
    start, share = recipe.start_folder, recipe.start_share
    if not (start and share):
        return trained

    def build_mean(out: Path) -> None:
        from training.average import average

        lost = average({trained.path / "adapter": 1 - share, start: share}, out / "adapter")
        metrics = json.loads(trained.file("metrics.json").read_text(encoding="utf-8"))
        before = {"validation_loss_before_average": metrics.pop("validation_loss")}  # the mean's own was not taken
        metrics |= before | {"start_share": share, "lost_in_average": round(lost, 5)}
        write_text(out / "metrics.json", json.dumps(metrics, indent=2, sort_keys=True) + "\n")
        for name in ("loss.png", "loss.jsonl"):
            shutil.copy2(trained.file(name), out / name)

    return store.make(shipped_recipe(data, base, model, recipe), build_mean)


def pin(role: str, trained: Artifact, folder: Path | None = None) -> Path:
    """Copies a trained adapter, with its recipe's digest, into `folder`/ROLE.

    By default that is the tree's pins, the only ones of limited size.

    Raises:
        DataError: the adapter is larger than a pin may be.
    """
    weights = trained.path / "adapter" / "adapter_model.safetensors"
    if folder is None and weights.stat().st_size > LARGEST_PIN:
        raise DataError(
            f"{weights} has {weights.stat().st_size:,} bytes; a pin may have {LARGEST_PIN:,}. Lower the rank."
        )
    folder = folder or PINS
    target, partial = folder / role, folder / f".{role}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(trained.path / "adapter", partial / "adapter")
    for name in ("metrics.json", "loss.png"):
        shutil.copy2(trained.path / name, partial / name)
    record = {
        "recipe": trained.digest,
        "adapter": digest.of_tree(partial / "adapter"),
        "made": trained.provenance["made"],
        "trained_from": trained.provenance["recipe"],
    }
    write_text(partial / "pin.json", json.dumps(record, indent=2, sort_keys=True) + "\n")
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)
    return target


def checkpoint(store: Store, data: Artifact, base: Artifact, model: BaseModel, recipe: TrainRecipe) -> Checkpoint:
    """The checkpoint to ship: one trained from the tree's recipe, pinned or in the store; else the stale pin.

    Raises:
        PinStale: there is neither a pin nor a trained checkpoint for this role.
    """
    wanted = shipped_recipe(data, base, model, recipe)
    folder = PINS / recipe.role
    pinned = _pinned(folder)
    if pinned == wanted.digest():
        return Checkpoint(recipe.role, folder / "adapter", pinned, True, "pinned")
    trained = store.find(wanted)
    if trained is not None:
        return Checkpoint(recipe.role, trained.path / "adapter", trained.digest, True, "trained")
    if pinned:
        return Checkpoint(recipe.role, folder / "adapter", pinned, False, "pinned")
    raise PinStale(f"No {recipe.role} checkpoint. Run `josi train --role {recipe.role} --pin`.")


def _pinned(folder: Path) -> str:
    """The recipe of the pin in this folder, "" for none.

    Raises:
        PinStale: the adapter beside it is not the one that was pinned.
    """
    if not (folder / "pin.json").is_file():
        return ""
    record = json.loads((folder / "pin.json").read_text(encoding="utf-8"))
    if record["adapter"] != digest.of_tree(folder / "adapter"):
        raise PinStale(f"{folder / 'adapter'} was altered since it was pinned. Restore it, or retrain and pin anew.")
    return str(record["recipe"])

"""Pins: the adapter in the tree is used while its recipe is the tree's, and called stale when it is not."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from line.store import Artifact, Store
from training import checkpoints
from training.catalogue import BaseModel
from training.checkpoints import checkpoint, pin, train_artifact, training_recipe
from training.dataset import data_artifact
from training.errors import DataError, PinStale
from training.recipes import TrainRecipe, load_recipe

BASE = Artifact(Path("nowhere"), "base", {}, True)
Parts = tuple[Store, Artifact, Artifact, BaseModel, TrainRecipe]


@pytest.fixture
def parts(tmp_path: Path, tiny_entry: BaseModel, monkeypatch: pytest.MonkeyPatch) -> Parts:
    monkeypatch.setattr(checkpoints, "PINS", tmp_path / "pins")
    store = Store(tmp_path / "store")
    data = data_artifact(store, {"interpreter": (30, 10), "explainer": (30, 10)}, 5)
    return store, data, BASE, tiny_entry, load_recipe("interpreter", start_share=0.0)


def _trained(parts: Parts, size: int = 100) -> Artifact:
    def build(out: Path) -> None:
        (out / "adapter").mkdir()
        (out / "adapter" / "adapter_model.safetensors").write_bytes(b"\0" * size)
        for name in ("metrics.json", "loss.png"):
            (out / name).write_text("{}", encoding="utf-8")

    store, *rest = parts
    return store.make(training_recipe(*rest), build)


def test_without_any_checkpoint_the_command_is_named(parts: Parts) -> None:
    with pytest.raises(PinStale, match="josi train --role interpreter"):
        checkpoint(*parts)


def test_a_trained_checkpoint_is_found_in_the_store(parts: Parts) -> None:
    trained = _trained(parts)
    found = checkpoint(*parts)
    assert (found.source, found.current, found.recipe) == ("trained", True, trained.digest)
    assert found.adapter == trained.path / "adapter"


def test_a_pin_is_used_before_the_store_and_without_it(parts: Parts, tmp_path: Path) -> None:
    trained = _trained(parts)
    target = pin("interpreter", trained)
    parts[0].forget(trained)
    found = checkpoint(*parts)
    assert (found.source, found.current) == ("pinned", True)
    assert found.adapter == target / "adapter"
    record = json.loads((target / "pin.json").read_text())
    assert record["recipe"] == trained.digest and record["trained_from"]["settings"]["rank"] == parts[4].rank
    assert str(tmp_path) not in (target / "pin.json").read_text()


def test_another_recipe_makes_the_pin_stale(parts: Parts) -> None:
    pin("interpreter", _trained(parts))
    *rest, recipe = parts
    other = load_recipe("interpreter", rank=recipe.rank + 1, start_share=0.0)
    found = checkpoint(*rest, other)
    assert (found.source, found.current) == ("pinned", False)
    _trained((*rest, other))
    assert (checkpoint(*rest, other).source, checkpoint(*rest, other).current) == ("trained", True)


def test_another_start_makes_the_pin_stale(parts: Parts, tmp_path: Path) -> None:
    pin("interpreter", _trained(parts))
    start = tmp_path / "start"
    start.mkdir()
    for content in (b"one", b"two"):
        (start / "adapter_model.safetensors").write_bytes(content)
        *rest, _ = parts
        moved = (*rest, load_recipe("interpreter", start=str(start), start_share=0.0))
        assert not checkpoint(*moved).current
        pin("interpreter", _trained(moved))
        assert checkpoint(*moved).current


def test_a_share_of_the_start_ships_the_mean_of_both_and_trains_nothing_anew(parts: Parts, tmp_path: Path) -> None:
    start = _adapter(tmp_path / "start", 2.0)
    *rest, _ = parts
    alone, mixed = (load_recipe("interpreter", start=str(start), start_share=share) for share in (0.0, 0.25))

    def build(out: Path) -> None:
        _adapter(out / "adapter", 6.0)
        (out / "metrics.json").write_text('{"steps": 9, "validation_loss": 0.5}', encoding="utf-8")
        for name in ("loss.png", "loss.jsonl"):
            (out / name).write_text("", encoding="utf-8")

    trained = rest[0].make(training_recipe(*rest[1:], alone), build)
    made = train_artifact(*rest, mixed)
    tensors = load_file(made.path / "adapter" / "adapter_model.safetensors")
    assert (tensors["q.lora_B.weight"] @ tensors["q.lora_A.weight"]).item() == pytest.approx(
        0.75 * 6 + 0.25 * 2, rel=0.01
    )
    metrics = json.loads(made.file("metrics.json").read_text(encoding="utf-8"))
    assert metrics["validation_loss_before_average"] == 0.5 and "validation_loss" not in metrics
    pin("interpreter", made)
    assert checkpoint(*rest, mixed).current
    assert not checkpoint(*rest, load_recipe("interpreter", start=str(start), start_share=0.5)).current
    assert checkpoint(*rest, alone).adapter == trained.path / "adapter"


def _adapter(folder: Path, change: float) -> Path:
    """An adapter of rank 1 that adds `change` to a weight matrix of one by one."""
    folder.mkdir(parents=True)
    tensors = {"q.lora_A.weight": torch.ones(1, 1), "q.lora_B.weight": torch.full((1, 1), change)}
    save_file(tensors, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text("{}", encoding="utf-8")
    return folder


def test_pinning_again_replaces_the_pin_whole(parts: Parts) -> None:
    target = pin("interpreter", _trained(parts))
    (target / "adapter" / "stray").write_text("x", encoding="utf-8")
    *rest, recipe = parts
    other = load_recipe("interpreter", rank=recipe.rank + 1, start_share=0.0)
    pin("interpreter", _trained((*rest, other)))
    assert checkpoint(*rest, other).current
    assert not (target / "adapter" / "stray").exists()
    assert [path.name for path in target.parent.iterdir()] == ["interpreter"]


def test_an_altered_pin_is_not_used(parts: Parts) -> None:
    target = pin("interpreter", _trained(parts))
    weights = target / "adapter" / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\1")
    with pytest.raises(PinStale, match="altered since it was pinned"):
        checkpoint(*parts)


def test_an_adapter_too_large_to_pin_is_refused(parts: Parts) -> None:
    trained = _trained(parts, checkpoints.LARGEST_PIN + 1)
    with pytest.raises(DataError, match=r"12,582,913 bytes.*Lower the rank"):
        pin("interpreter", trained)
    assert not checkpoints.PINS.exists()


def test_a_pin_can_be_kept_elsewhere_at_any_size_and_copied_into_the_tree(parts: Parts, tmp_path: Path) -> None:
    kept = pin("interpreter", _trained(parts, checkpoints.LARGEST_PIN + 1), tmp_path / "kept")
    assert not checkpoints.PINS.exists()
    shutil.copytree(kept, checkpoints.PINS / "interpreter")
    assert (checkpoint(*parts).source, checkpoint(*parts).current) == ("pinned", True)


def test_the_adapters_content_is_part_of_what_is_made_of_it(parts: Parts) -> None:
    trained = _trained(parts)
    before = checkpoint(*parts).content
    (trained.path / "adapter" / "adapter_config.json").write_text("{}", encoding="utf-8")
    assert checkpoints.Checkpoint("interpreter", trained.path / "adapter", "", True, "").content != before

"""A few real steps on a tiny model: what is learned, what is left behind, and going on after a kill."""

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from line.paths import REPO
from training.catalogue import BaseModel
from training.errors import DataError
from training.recipes import TrainRecipe, load_recipe
from training.rows import Row, make_row

KILLED_AT = 5
SETTINGS: Mapping[str, Any] = {
    "dtype": "float32",
    "compile_layers": False,
    "rank": 4,
    "learning_rate": 0.01,
    "batch_tokens": 512,
    "epochs": 2.0,
    "evals_per_epoch": 4,
    "patience": 50,
    "start": "",
    "start_share": 0.0,
}
# Argument: base, out. The run of the tests below, killed from within after a known step.
KILLED = f"""
import os, signal, sys
from pathlib import Path
from training import catalogue, recipes, sft, watch

step_end = watch.Watch.on_step_end

def die(self, args, state, control, **rest):
    step_end(self, args, state, control, **rest)
    if state.global_step == {KILLED_AT}:
        os.kill(os.getpid(), signal.SIGKILL)

watch.Watch.on_step_end = die
rows = tuple(__import__("json").loads(Path(sys.argv[3]).read_text()))
recipe = recipes.load_recipe("interpreter", **{dict(SETTINGS)!r})
sft.train(Path(sys.argv[1]), catalogue.entry("smollm2-135m"), recipe, rows, Path(sys.argv[2]), True)
"""


def _row(n: int) -> Row:
    sport = ("run", "bike", "ski")[n % 3]
    message = f"a {sport} of {10 + n} min"
    request = {"action": "create_workout", "free_text": message, "sport": sport, "time_available_min": 10 + n}
    turns = [{"role": "system", "content": "Write."}, {"role": "user", "content": message}]
    return make_row(turns, json.dumps(request), "create_workout")


ROWS = ([_row(n) for n in range(48)], [_row(n) for n in range(50, 56)])


@pytest.fixture(scope="module")
def recipe() -> TrainRecipe:
    return load_recipe("interpreter", **SETTINGS)


@pytest.fixture(scope="module")
def trained(
    tiny_checkpoint: Path, tiny_entry: BaseModel, recipe: TrainRecipe, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    from training.sft import train

    out = tmp_path_factory.mktemp("trained")
    train(tiny_checkpoint, tiny_entry, recipe, ROWS, out, quiet=True)
    return out


def _log(out: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (out / "loss.jsonl").read_text(encoding="utf-8").splitlines()]


def _evaluations(out: Path) -> dict[float, float]:
    found = [(entry["step"], entry["eval_loss"]) for entry in _log(out) if "eval_loss" in entry]
    assert len(found) == len(dict(found)), "a step was evaluated twice"
    return dict(found)


def test_the_validation_loss_falls(trained: Path) -> None:
    losses = list(_evaluations(trained).values())
    assert losses[-1] < 0.8 * losses[0]
    assert json.loads((trained / "metrics.json").read_text())["validation_loss"] == pytest.approx(min(losses))


def test_what_a_run_leaves(trained: Path) -> None:
    names = {path.relative_to(trained).as_posix() for path in trained.rglob("*") if path.is_file()}
    assert names == {
        "adapter/adapter_config.json",
        "adapter/adapter_model.safetensors",
        "loss.jsonl",
        "loss.png",
        "metrics.json",
    }
    assert (trained / "loss.png").read_bytes().startswith(b"\x89PNG")
    assert str(trained) not in (trained / "adapter" / "adapter_config.json").read_text()


def test_the_adapter_is_half_precision_on_the_catalogues_targets(trained: Path, tiny_entry: BaseModel) -> None:
    from safetensors.torch import load_file

    tensors = load_file(trained / "adapter" / "adapter_model.safetensors")
    assert {str(tensor.dtype) for tensor in tensors.values()} == {"torch.float16"}
    assert {name.split(".")[-3] for name in tensors} == set(tiny_entry.lora_targets)


def test_a_killed_run_goes_on_from_its_checkpoint(
    trained: Path, tiny_checkpoint: Path, tiny_entry: BaseModel, recipe: TrainRecipe, tmp_path: Path
) -> None:
    from safetensors.torch import load_file

    from training.sft import train

    (tmp_path / "rows.json").write_text(json.dumps(ROWS), encoding="utf-8")
    out = tmp_path / "out"
    out.mkdir()
    command = [sys.executable, "-c", KILLED, str(tiny_checkpoint), str(out), str(tmp_path / "rows.json")]
    assert subprocess.run(command, cwd=REPO, check=False).returncode == -signal.SIGKILL
    before = max(_evaluations(out))
    assert 0 < before <= KILLED_AT and not (out / "adapter").exists()
    for name, left in (("checkpoint-900", None), ("checkpoint-901", '{"global_')):  # killed while writing one
        (out / "checkpoints" / name).mkdir()
        if left:
            (out / "checkpoints" / name / "trainer_state.json").write_text(left, encoding="utf-8")

    train(tiny_checkpoint, tiny_entry, recipe, ROWS, out, quiet=True)
    assert _evaluations(out) == pytest.approx(_evaluations(trained), rel=1e-3)
    assert not (out / "checkpoints").exists()
    whole, resumed = (load_file(path / "adapter" / "adapter_model.safetensors") for path in (trained, out))
    assert all((whole[name] - resumed[name]).abs().max() < 0.01 for name in whole)


def test_training_goes_on_from_an_earlier_adapter(
    trained: Path, tiny_checkpoint: Path, tiny_entry: BaseModel, tmp_path: Path
) -> None:
    from training.sft import train

    afresh = load_recipe("interpreter", **{**SETTINGS, "max_steps": 1, "learning_rate": 1e-9})
    begun = load_recipe(
        "interpreter", **{**SETTINGS, "max_steps": 1, "learning_rate": 1e-9, "start": str(trained / "adapter")}
    )
    first, second = (
        train(tiny_checkpoint, tiny_entry, one, ROWS, tmp_path / name, quiet=True)["validation_loss"]
        for name, one in (("afresh", afresh), ("begun", begun))
    )
    learned = json.loads((trained / "metrics.json").read_text())["validation_loss"]
    assert second == pytest.approx(learned, rel=1e-2) and second < 0.8 * first


def test_an_adapter_of_another_rank_is_no_start(
    trained: Path, tiny_checkpoint: Path, tiny_entry: BaseModel, tmp_path: Path
) -> None:
    from training.sft import train

    recipe = load_recipe("interpreter", **{**SETTINGS, "rank": 2, "start": str(trained / "adapter")})
    with pytest.raises(DataError, match="another rank"):
        train(tiny_checkpoint, tiny_entry, recipe, ROWS, tmp_path, quiet=True)


def test_rows_too_long_stop_before_anything_is_trained(
    tiny_checkpoint: Path, tiny_entry: BaseModel, tmp_path: Path
) -> None:
    from training.sft import train

    recipe = load_recipe("interpreter", **{**SETTINGS, "max_seq_length": 16})
    with pytest.raises(DataError, match="48 interpreter rows are longer than 16 tokens"):
        train(tiny_checkpoint, tiny_entry, recipe, ROWS, tmp_path, quiet=True)
    assert list(tmp_path.iterdir()) == []


def test_logits_are_made_where_there_is_a_label_and_the_loss_is_the_models_own(tiny_checkpoint: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    from training.batches import IGNORED
    from training.trainer import completion_loss

    model: Any = AutoModelForCausalLM.from_pretrained(tiny_checkpoint, dtype=torch.float32)
    ids = torch.randint(20, 500, (3, 24))
    labels = ids.clone()
    labels[:, :15] = IGNORED
    mask = torch.ones_like(ids)
    mask[0, 20:], labels[0, 20:] = 0, IGNORED
    batch = {"input_ids": ids, "attention_mask": mask, "labels": labels}
    with torch.no_grad():
        assert completion_loss(model, batch).item() == pytest.approx(model(**batch).loss.item(), rel=1e-4)

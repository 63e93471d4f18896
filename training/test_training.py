"""The data and the checkpoints that ship: `pytest -m training` (add `--retrain` to train what is stale)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from line.store import Artifact
from training.batches import IGNORED, Collator
from training.catalogue import entry
from training.checkpoints import LARGEST_PIN, Checkpoint
from training.dataset import leaks, read_split
from training.encode import encode_all
from training.recipes import ROLES, load_recipe
from training.rows import Row, message_of, row_errors, user_turn

pytestmark = pytest.mark.training

PROBES = 24  # validation rows the checkpoints are asked about
SMALLEST_ACTION = 0.10  # of the Interpreter's rows; an even split over five actions would be 0.20
LARGEST_CATEGORY = 0.25


def _rows(data: Artifact, role: str) -> dict[str, list[Row]]:
    split = read_split(data.path, role)
    return {"train": split.train, "val": split.val}


def _load(base: Path, adapter: Path | None) -> Any:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model: Any = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    return (PeftModel.from_pretrained(model, str(adapter)) if adapter else model).eval()


def _probe(model: Any, tokenizer: Any, rows: list[Row], role: str) -> tuple[float, float]:
    """Mean negative log-likelihood of the answers (nats a token) and the share that is stopped where it should be."""
    import torch

    recipe = load_recipe(role)
    chat_format = entry(recipe.base).chat_format
    encoded = encode_all(rows, role, tokenizer, chat_format, recipe.max_seq_length)
    losses, stopped = [], 0
    for row in encoded:
        batch = Collator(0, 1)([row])
        with torch.no_grad():
            logits = model(input_ids=batch["input_ids"]).logits[0, :-1]
        target = batch["labels"][0, 1:]
        losses.append(torch.nn.functional.cross_entropy(logits, target, ignore_index=IGNORED).item())
        stopped += int(logits[-1].argmax() == target[-1])
    return sum(losses) / len(losses), stopped / len(encoded)


@pytest.mark.parametrize("role", ROLES)
def test_there_are_as_many_rows_as_the_recipe_asks(line: Any, data: Artifact, role: str) -> None:
    rows = _rows(data, role)
    assert rows["train"] and rows["val"]
    if line.settings.data is None:
        recipe = line.recipes[role]
        assert (len(rows["train"]), len(rows["val"])) == (recipe.train_rows, recipe.val_rows)


@pytest.mark.parametrize("role", ROLES)
def test_every_row_is_valid_under_the_contract(data: Artifact, role: Any) -> None:
    wrong = [problem for rows in _rows(data, role).values() for row in rows for problem in row_errors(row, role)]
    assert wrong[:3] == []


@pytest.mark.parametrize("role", ROLES)
def test_no_turn_occurs_twice(data: Artifact, role: str) -> None:
    turns = [user_turn(row) for rows in _rows(data, role).values() for row in rows]
    assert len(set(turns)) == len(turns)


@pytest.mark.parametrize("role", ROLES)
def test_actions_and_categories_are_balanced(line: Any, data: Artifact, role: str) -> None:
    report = json.loads(data.file("report.json").read_text(encoding="utf-8"))[role]["train"]
    if line.settings.data is not None:
        assert sum(report["category"].values()) == report["rows"]
        return
    assert max(report["category"].values()) <= LARGEST_CATEGORY * report["rows"]
    assert all(count >= SMALLEST_ACTION * report["rows"] for count in report["action"].values())
    assert len(report["action"]) == (5 if role == "interpreter" else 0)


@pytest.mark.parametrize("role", ROLES)
def test_nothing_that_is_judged_was_trained_on(line: Any, data: Artifact, role: str) -> None:
    rows = _rows(data, role)
    assert leaks(rows["train"], [message_of(row) for row in rows["val"]]) == []
    held_out = [case.message for name in ("prompts", "golden") for case in line.cases[name]]
    assert leaks(rows["train"], held_out)[:3] == []


@pytest.mark.parametrize("role", ROLES)
def test_the_checkpoint_is_of_this_trees_recipe(checkpoints: Mapping[str, Checkpoint], role: str) -> None:
    assert checkpoints[role].current, f"stale: run `josi train --role {role} --pin`"


@pytest.mark.parametrize("role", ROLES)
def test_the_adapter_is_small_and_of_the_recipes_shape(
    line: Any, checkpoints: Mapping[str, Checkpoint], role: str
) -> None:
    recipe, adapter = line.recipes[role], checkpoints[role].adapter
    assert sum(path.stat().st_size for path in adapter.iterdir()) <= LARGEST_PIN
    config = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
    assert (config["r"], config["lora_alpha"]) == (recipe.rank, recipe.alpha)
    assert set(config["target_modules"]) == set(entry(recipe.base).lora_targets)
    assert config["base_model_name_or_path"] == entry(recipe.base).repo


@pytest.mark.parametrize("role", ROLES)
def test_the_checkpoint_learned_its_role_and_when_to_stop(
    data: Artifact, base: Artifact, checkpoints: Mapping[str, Checkpoint], role: str
) -> None:
    from transformers import AutoTokenizer

    rows = _rows(data, role)["val"][:PROBES]
    folder = base.path / "hf"
    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    before, _ = _probe(_load(folder, None), tokenizer, rows, role)
    after, stopped = _probe(_load(folder, checkpoints[role].adapter), tokenizer, rows, role)
    assert after < 0.6 * before
    assert stopped >= 0.9

"""Supervised fine-tuning of one role: a LoRA adapter on the base model, resumable at any moment."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load_file
from transformers import AutoTokenizer, EarlyStoppingCallback, set_seed
from transformers.trainer_utils import get_last_checkpoint

from line.store import write_text
from training.batches import Collator, Encoded, TokenBatches
from training.catalogue import BaseModel
from training.encode import encode_all
from training.errors import DataError
from training.fit import adapted, arguments, optimiser
from training.recipes import TrainRecipe
from training.trainer import CompletionTrainer
from training.watch import Watch, plot_losses

METRICS = "metrics.json"
Rows = Sequence[dict[str, Any]]


def train(
    base: Path, model: BaseModel, recipe: TrainRecipe, rows: tuple[Rows, Rows], out: Path, quiet: bool = False
) -> dict[str, Any]:
    """Trains one adapter into `out/adapter` (PEFT layout, float16) with `metrics.json`, `loss.jsonl`, `loss.png`.

    base: Hugging Face directory; rows: (training, validation). Checkpoints stand in `out/checkpoints` until the end;
    a killed run that is started again with the same `out` goes on from the last of them.

    Raises:
        DataError: rows longer than the recipe's max_seq_length.
    """
    if (out / METRICS).is_file():  # written last: a kill met only what comes after the training
        found: dict[str, Any] = json.loads((out / METRICS).read_text(encoding="utf-8"))
        shutil.rmtree(out / "checkpoints", ignore_errors=True)
        return found
    set_seed(recipe.seed)
    tokenizer = AutoTokenizer.from_pretrained(base)
    parts = (rows[0], rows[1][: recipe.eval_rows])
    encoded = [encode_all(part, recipe.role, tokenizer, model.chat_format, recipe.max_seq_length) for part in parts]
    begun = adapted(base, model.lora_targets, recipe)
    if recipe.start_folder:
        load_adapter(begun, recipe.start_folder)
    trainer = make_trainer(begun, tokenizer, recipe, encoded, out, quiet)
    trainer.train(resume_from_checkpoint=_last_checkpoint(out / "checkpoints"))
    metrics = _metrics(trainer, recipe, encoded)
    _save(trainer, out, metrics, model, recipe)
    return metrics


def load_adapter(model: Any, folder: Path) -> None:
    """Puts the weights of an adapter in PEFT layout into the adapters of `model`.

    Raises:
        DataError: they are of another shape: another rank or other modules.
    """
    weights = load_file(folder / "adapter_model.safetensors")
    expected = {name: tensor.shape for name, tensor in get_peft_model_state_dict(model).items()}
    if {name: tensor.shape for name, tensor in weights.items()} != expected:
        raise DataError(
            f"{folder} is an adapter of another rank or for other modules than the recipe's; retrain it or "
            "set `rank` to its own."
        )
    set_peft_model_state_dict(model, weights)


def make_trainer(
    model: Any, tokenizer: Any, recipe: TrainRecipe, encoded: list[list[Encoded]], out: Path, quiet: bool
) -> CompletionTrainer:
    """A trainer ready to run; `encoded`: training and validation rows, `out`: where log and checkpoints go."""
    lengths = [len(row["input_ids"]) for row in encoded[0]]
    steps = len(TokenBatches(lengths, recipe.batch_tokens, recipe.pad_to, recipe.seed))
    watch = Watch(f"train {recipe.role}", out / "loss.jsonl", quiet)
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    trainer = CompletionTrainer(
        model=model,
        args=arguments(recipe, out, max(1, steps // recipe.evals_per_epoch)),
        train_dataset=Dataset.from_list(list(encoded[0])),
        eval_dataset=Dataset.from_list(list(encoded[1])),
        processing_class=tokenizer,
        data_collator=Collator(pad, recipe.pad_to),
        optimizers=(optimiser(model, recipe), None),
        callbacks=[watch, EarlyStoppingCallback(recipe.patience)],
        batch_tokens=recipe.batch_tokens,
        pad_to=recipe.pad_to,
    )
    watch.trainer = trainer
    return trainer


def _last_checkpoint(folder: Path) -> str | None:
    """The newest whole checkpoint; one that a kill left half-written is removed."""
    for broken in folder.glob("checkpoint-*"):
        if not _is_whole(broken):
            shutil.rmtree(broken)
    return get_last_checkpoint(str(folder)) if folder.is_dir() else None


def _is_whole(checkpoint: Path) -> bool:
    """Whether its trainer state, written last, can be read, and what goes first when one is removed is still there."""
    if not all((checkpoint / name).is_file() for name in ("adapter_model.safetensors", "optimizer.pt")):
        return False
    try:
        json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return False
    return True


def _metrics(trainer: CompletionTrainer, recipe: TrainRecipe, encoded: list[list[Encoded]]) -> dict[str, Any]:
    history = trainer.state.log_history
    losses = [entry["eval_loss"] for entry in history if "eval_loss" in entry]
    return {
        "role": recipe.role,
        "steps": trainer.state.global_step,
        "rows": [len(part) for part in encoded],
        "tokens_per_epoch": sum(len(row["input_ids"]) for row in encoded[0]),
        "validation_loss": min(losses) if losses else None,
        "dtype": str(next(trainer.model.parameters()).dtype).removeprefix("torch."),
    }


def _save(
    trainer: CompletionTrainer, out: Path, metrics: dict[str, Any], model: BaseModel, recipe: TrainRecipe
) -> None:
    half = trainer.model.to(torch.float16)
    half.save_pretrained(out / "adapter")
    (out / "adapter" / "README.md").unlink(missing_ok=True)
    config_path = out / "adapter" / "adapter_config.json"
    config = json.loads(config_path.read_text())
    config["base_model_name_or_path"] = model.repo  # not the path of the machine that trained it
    config_path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    plot_losses(out / "loss.jsonl", out / "loss.png", f"{recipe.role} on {model.title}")
    write_text(out / METRICS, json.dumps(metrics, indent=2, sort_keys=True) + "\n")
    shutil.rmtree(out / "checkpoints")

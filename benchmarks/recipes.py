"""What other ways to train the Interpreter give, on the same rows, in one run.

    python benchmarks/recipes.py                       # 2,000 rows a way
    python benchmarks/recipes.py --rows 4000 --only rank-8 full

Each way starts from the shipped recipe, begun afresh on fewer rows, and changes one thing. Judged on the validation
rows, the model reading the right answer up to each token: mean loss a token, share of rows whose action it would have
written, and share whose whole decision it would have. The last columns are paired with the shipped recipe's: rows lost,
gained, and McNemar's exact p, unadjusted, of the whole decision. `full` trains every weight that an adapter may touch;
`full, rank N` is what is left of it when the difference is kept as an adapter of rank N (by singular values).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from rich.console import Console
from rich.table import Table
from torch.utils.data import DataLoader
from transformers import AutoModelForCausalLM, AutoTokenizer, set_seed

from evals.stats import mcnemar_exact
from release.line import Line
from training.batches import Collator, Encoded, TokenBatches
from training.dataset import read_split
from training.encode import encode_all
from training.fit import adapted, compile_layers, training_dtype
from training.recipes import TrainRecipe
from training.sft import make_trainer
from training.trainer import CompletionTrainer, labelled_logits

RATE = 1.2e-3  # learning rate of an adapter begun afresh
FULL_RATE = 2e-4  # of full fine-tuning; an adapter's would tear the base apart
RANKS = (16, 64)  # of the adapters cut out of it
ACTION_WEIGHT = 5.0
AFTER_ACTION = '","'  # a decision begins with its action: {"action":"replan","replan_type":…

WAYS: dict[str, Callable[[TrainRecipe], TrainRecipe]] = {
    "shipped": lambda recipe: recipe,
    "rank-8": lambda recipe: replace(recipe, rank=8, alpha=16),
    "rank-32": lambda recipe: replace(recipe, rank=32, alpha=64),
    "slower": lambda recipe: replace(recipe, learning_rate=recipe.learning_rate / 2),
    "faster": lambda recipe: replace(recipe, learning_rate=recipe.learning_rate * 2),
    "two-epochs": lambda recipe: replace(recipe, epochs=2.0),
    "action-weight": lambda recipe: recipe,
    "full": lambda recipe: replace(recipe, learning_rate=FULL_RATE),
}


@dataclass(frozen=True)
class Score:
    """Validation: mean loss a token, and for each row whether action and whole decision are right."""

    loss: float
    action: list[bool]
    whole: list[bool]
    seconds: float = 0.0


def main() -> None:
    """Trains and judges each way, prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--only", nargs="*", choices=list(WAYS), help="these ways, and the shipped recipe")
    options = parser.parse_args()
    ways = [way for way in WAYS if not options.only or way in {"shipped", *options.only}]
    bench = Bench(Line(), options.rows)
    found: dict[str, Score] = {}
    for way in ways:
        found |= bench.run(way)
        print(f"{way}: loss {found[way].loss:.4f}, {found[way].seconds:.0f} s", file=sys.stderr)
    Console(width=120).print(table(found, options.rows))


def table(found: dict[str, Score], rows: int) -> Table:
    """One row a way."""
    made = Table(title=f"Interpreter, {rows:,} training rows", title_justify="left")
    for head in ("", "loss", "action", "whole decision", "lost, gained, p", "s of training"):
        made.add_column(head, justify="left" if not head else "right")
    first = next(iter(found.values()))
    for way, score in found.items():
        pairs = list(zip(first.whole, score.whole, strict=True))
        lost, gained = pairs.count((True, False)), pairs.count((False, True))
        change = "" if score is first else f"{lost}, {gained}, {mcnemar_exact(lost, gained):.2f}"
        shares = (f"{sum(part) / len(part):.3f}" for part in (score.action, score.whole))
        made.add_row(way, f"{score.loss:.4f}", *shares, change, f"{score.seconds:.0f}" if score.seconds else "")
    return made


class Bench:
    """The rows, encoded once, and the ways to train on them."""

    def __init__(self, line: Line, rows: int) -> None:
        self.base, self.targets = line.base.path / "hf", line.model.lora_targets
        self.recipe = replace(line.recipes["interpreter"], start="", learning_rate=RATE, patience=99, evals_per_epoch=1)
        self.tokenizer = AutoTokenizer.from_pretrained(self.base)
        split = read_split(line.data.path, "interpreter")
        self.train, self.val = (self._encoded(part, line) for part in (split.train[:rows], split.val))

    def _encoded(self, rows: Sequence[dict[str, Any]], line: Line) -> list[Encoded]:
        return encode_all(rows, "interpreter", self.tokenizer, line.model.chat_format, self.recipe.max_seq_length)

    def run(self, way: str) -> dict[str, Score]:
        """The way's score, and those of the adapters cut out of a full fine-tuning."""
        recipe = WAYS[way](self.recipe)
        set_seed(recipe.seed)
        model = self._whole(recipe) if way == "full" else adapted(self.base, self.targets, recipe)
        before = weights(model) if way == "full" else {}
        with tempfile.TemporaryDirectory() as folder:
            started = time.perf_counter()
            trainer = make_trainer(
                model, self.tokenizer, recipe, [self.train, self.val[: recipe.eval_rows]], Path(folder), quiet=True
            )
            if way == "action-weight":
                trainer.__class__ = ActionWeighted
            trainer.train()
            seconds = time.perf_counter() - started
        found = {way: replace(self.judge(model), seconds=seconds)}
        if way == "full":
            trained = weights(model)
            for rank in RANKS:
                cut(model, before, trained, rank)
                found[f"full, rank {rank}"] = self.judge(model)
        return found

    def _whole(self, recipe: TrainRecipe) -> Any:
        model = AutoModelForCausalLM.from_pretrained(
            self.base, dtype=training_dtype(recipe.dtype), attn_implementation=recipe.attention
        )
        for name, parameter in model.named_parameters():
            parameter.requires_grad = name.endswith("weight") and name.split(".")[-2] in self.targets
        if recipe.compile_layers:
            compile_layers(model)
        return model

    def judge(self, model: Any) -> Score:
        """Validation rows, each read with the right answer before every token."""
        model.eval()
        with torch.no_grad():
            return self._judged(model)

    def _judged(self, model: Any) -> Score:
        lengths = [len(row["input_ids"]) for row in self.val]
        order = TokenBatches(lengths, self.recipe.batch_tokens, self.recipe.pad_to, self.recipe.seed, shuffle=False)
        collate = Collator(self.tokenizer.pad_token_id or 0, self.recipe.pad_to)
        loss, tokens = 0.0, 0
        action, whole = [False] * len(self.val), [False] * len(self.val)
        for rows, batch in zip(order, DataLoader(self.val, batch_sampler=order, collate_fn=collate), strict=True):
            logits, target, where = labelled_logits(model, batch)
            loss += float(F.cross_entropy(logits, target[where], reduction="sum"))
            tokens += int(where.sum())
            right = torch.ones_like(where)
            right[where] = logits.argmax(-1) == target[where]
            first = of_action(target, where, self.tokenizer)
            for at, row in enumerate(rows):
                action[row], whole[row] = bool(right[at][first[at]].all()), bool(right[at][where[at]].all())
        return Score(loss / tokens, action, whole)


def of_action(target: torch.Tensor, where: torch.Tensor, tokenizer: Any) -> torch.Tensor:
    """Which labelled positions hold the action: those before the first `AFTER_ACTION`."""
    end = tokenizer.convert_tokens_to_ids(AFTER_ACTION)
    return where & ((where & (target == end)).cumsum(1) == 0)


class ActionWeighted(CompletionTrainer):
    """The loss with the tokens that hold the action weighing more."""

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Weighted mean cross-entropy over the labelled tokens."""
        if self.model.training:
            self.tokens_seen += int(inputs["attention_mask"].sum())
        logits, target, where = labelled_logits(model, inputs)
        weight = torch.where(of_action(target, where, self.processing_class), ACTION_WEIGHT, 1.0)[where]
        loss = (F.cross_entropy(logits, target[where], reduction="none") * weight).sum() / weight.sum()
        return (loss, None) if return_outputs else loss


def weights(model: Any) -> dict[str, torch.Tensor]:
    """A copy of every weight that is trained."""
    return {name: p.detach().clone() for name, p in model.named_parameters() if p.requires_grad}


def cut(model: Any, before: dict[str, torch.Tensor], trained: dict[str, torch.Tensor], rank: int) -> None:
    """Leaves `model` with what an adapter of `rank` can hold of each weight's change from `before` to `trained`."""
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            u, s, v = torch.linalg.svd((trained[name] - before[name]).float(), full_matrices=False)
            parameter.data = (before[name].float() + (u[:, :rank] * s[:rank]) @ v[:rank]).to(parameter.dtype)


if __name__ == "__main__":
    main()

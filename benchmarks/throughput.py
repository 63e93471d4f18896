"""Training tokens/s: TRL's trainer at its defaults against ours, on the same rows, in one run.

    python benchmarks/release_line.py --only training [--steps 4]

All train LoRA r=8 adapters on the base with prompt and completion rows of the Interpreter. `trl-defaults` is SFTTrainer
with nothing set but the output folder (batches of 8, bfloat16 autocast, gradient checkpointing); `trl-float32` is the
same without bfloat16, which CPUs that have no units for it only emulate. Each variant runs in a process of its own,
after one warm-up step that is not counted. The last column is the ratio.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.table import Table
from transformers import TrainerCallback

from release.line import Line
from training.dataset import read_split
from training.texts import prompt_text, target_text

LONG_ENOUGH_S = 60.0  # of counted steps; bfloat16 without units for it takes minutes a step
VARIANTS = ("trl-defaults", "trl-float32", "ours-eager", "ours")


def throughput_table(steps: int) -> Table:
    """Tokens/s of each variant over `steps` steps, and the ratio to TRL's defaults."""
    table = Table(title="Training tokens/s, LoRA r=8 on the default base", title_justify="left")
    for head in ("variant", "tokens/s", "tokens", "seconds", "against TRL's defaults"):
        table.add_column(head, justify="left" if head == "variant" else "right")
    peer = 0.0
    for variant in VARIANTS:
        found = _child(variant, steps)
        rate = found["tokens"] / found["seconds"]
        peer = peer or rate
        table.add_row(variant, f"{rate:.0f}", f"{found['tokens']:,}", f"{found['seconds']:.1f}", f"{rate / peer:.2f} ×")
    return table


def _child(variant: str, steps: int) -> dict[str, float]:
    command = [sys.executable, "-P", __file__, variant, str(steps)]  # -P: `line` is the package, not a neighbour
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _measure(variant: str, steps: int) -> dict[str, float]:
    line = Line()
    rows = read_split(line.data.path, "interpreter").train[:400]
    with tempfile.TemporaryDirectory() as folder:
        trainer = (
            _peer(line, rows, steps, Path(folder), **({} if variant == "trl-defaults" else {"bf16": False}))
            if variant.startswith("trl")
            else _ours(line, rows, steps, Path(folder), compiled=variant == "ours")
        )
        clock = Clock()
        clock.trainer = trainer
        trainer.add_callback(clock)
        trainer.train()
    return clock.result()


def _peer(line: Line, rows: list[dict[str, Any]], steps: int, folder: Path, **settings: Any) -> Any:
    from datasets import Dataset
    from peft import LoraConfig
    from trl import SFTConfig, SFTTrainer

    pairs = [
        {"prompt": prompt_text(row, line.model.chat_format), "completion": target_text(row, "interpreter")}
        for row in rows
    ]
    return SFTTrainer(
        model=str(line.base.path / "hf"),
        args=SFTConfig(str(folder), max_steps=steps + 1, report_to=[], disable_tqdm=True, use_cpu=True, **settings),
        train_dataset=Dataset.from_list(pairs),
        peft_config=LoraConfig(r=8, target_modules=list(line.model.lora_targets), task_type="CAUSAL_LM"),
    )


def _ours(line: Line, rows: list[dict[str, Any]], steps: int, folder: Path, *, compiled: bool) -> Any:
    from transformers import AutoTokenizer

    from training.encode import encode_all
    from training.fit import adapted
    from training.recipes import load_recipe
    from training.sft import make_trainer

    # Warm-up for the compiled layers takes several shapes, so it gets more uncounted steps.
    recipe = load_recipe("interpreter", rank=8, alpha=16, max_steps=steps + 1, compile_layers=compiled)
    base = line.base.path / "hf"
    tokenizer = AutoTokenizer.from_pretrained(base)
    encoded = encode_all(rows, "interpreter", tokenizer, line.model.chat_format, recipe.max_seq_length)
    model = adapted(base, line.model.lora_targets, recipe)
    return make_trainer(model, tokenizer, recipe, [encoded, encoded[:4]], folder, quiet=True)


class Clock(TrainerCallback):  # type: ignore[misc]
    """Counts from the end of the first step, so that loading and compiling stay out; ends a slow variant early."""

    def __init__(self) -> None:
        self.marks: list[tuple[float, int]] = []
        self.trainer: Any = None

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """One mark a step."""
        self.marks.append((time.perf_counter(), tokens_of(self.trainer)))
        if len(self.marks) > 1 and self.marks[-1][0] - self.marks[0][0] > LONG_ENOUGH_S:
            control.should_training_stop = True

    def result(self) -> dict[str, float]:
        """Tokens and seconds after the first step."""
        (t0, n0), (t1, n1) = self.marks[0], self.marks[-1]
        return {"tokens": n1 - n0, "seconds": t1 - t0}


def tokens_of(trainer: Any) -> int:
    """Tokens trained on so far, padding left out."""
    seen = getattr(trainer, "tokens_seen", None)
    return int(seen if seen is not None else trainer._total_train_tokens)


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1], int(sys.argv[2]))))

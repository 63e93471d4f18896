"""What a person sees of a training run: a progress bar with tokens/s and time left, a loss log and a loss plot."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from transformers import TrainerCallback

WINDOW = 30  # steps over which tokens/s is averaged


class Watch(TrainerCallback):  # type: ignore[misc]
    """Shows and records a run; `seen` is called for the tokens trained on so far."""

    def __init__(self, title: str, log: Path, quiet: bool = False) -> None:
        self.title, self.log = title, log
        self.trainer: Any = None
        self.marks: list[tuple[float, int]] = []
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            disable=quiet,
        )

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Starts the bar where the run stands (also after a resume)."""
        self.task = self.progress.add_task(
            self.title, total=state.max_steps, completed=state.global_step, rate="… tok/s"
        )
        self.progress.start()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Moves the bar."""
        tokens = getattr(self.trainer, "tokens_seen", 0)
        self.marks = [*self.marks[-WINDOW:], (time.monotonic(), tokens)]
        (t0, n0), (t1, n1) = self.marks[0], self.marks[-1]
        rate = f"{(n1 - n0) / (t1 - t0):.0f} tok/s" if t1 > t0 else "… tok/s"
        self.progress.update(self.task, completed=state.global_step, rate=rate)

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
        """Appends a line to the log."""
        record = {"step": state.global_step, **(logs or {})}
        with self.log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Stops the bar."""
        self.progress.stop()


def plot_losses(log: Path, target: Path, title: str) -> None:
    """Draws training and validation loss over steps into a PNG."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    records = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    figure, axes = pyplot.subplots(figsize=(7, 4))
    for key, label in (("loss", "training"), ("eval_loss", "validation")):
        points = [(r["step"], r[key]) for r in records if key in r]
        if points:
            axes.plot(*zip(*points, strict=True), label=label, marker="o" if key == "eval_loss" else "")
    axes.set(title=title, xlabel="step", ylabel="loss (nats a token)", yscale="log")
    axes.legend()
    figure.savefig(target, dpi=110, bbox_inches="tight")
    pyplot.close(figure)

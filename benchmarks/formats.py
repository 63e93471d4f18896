"""What each format of the Interpreter answers and costs, on the same prompts, in one run.

    python benchmarks/formats.py                  # 200 prompts, each category in proportion
    python benchmarks/formats.py --prompts 1000   # all of them

The checkpoint (float32, transformers, batches of 16) and its GGUF files in F16, Q8_0 and Q4_K_M, greedy, all under the
same grammar. The judge is that of `josi eval`. Each figure's change is paired with the checkpoint's: prompts that only
the checkpoint has right, prompts that only the file has right, and McNemar's exact p, unadjusted.

Answers are kept in the store, and so are the times of the run that wrote them.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from evals.hf_answers import predict_hf
from evals.judged import judged
from evals.predictions import Sample
from evals.run import STATS, predict
from evals.stats import mcnemar_exact
from line.store import Artifact
from release.line import Line
from release.parity_scores import KINDS
from release.settings import load_settings

RATES = {
    "valid_json": "valid decision",
    "raw_action_accuracy": "action, model alone",
    "action_accuracy": "action",
    "sport_accuracy": "sport",
    "time_accuracy": "time",
    "replan_type_accuracy": "replan type",
}


@dataclass(frozen=True)
class Run:
    """One format's judged answers, the figures of its run, and its size in bytes."""

    samples: Sequence[Sample]
    stats: Mapping[str, float]
    size: int


def main() -> None:
    """Asks every format and prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompts", type=int, default=200, help="so many of the 1,000")
    line = Line(load_settings(prompts=parser.parse_args().prompts))
    found = runs(line)
    Console(width=140).print(rates_table(found))
    Console(width=140).print(changes_table(found))


def runs(line: Line) -> dict[str, Run]:
    """Format -> its run; the checkpoint first."""
    model, cases = line.role_model("interpreter"), line.cases["prompts"]
    merged = line.ggufs["interpreter"].path / "merged"
    print("checkpoint ...", file=sys.stderr)
    found = {"checkpoint, float32": _run(line, predict_hf(line.store, merged, model, cases), _weights(merged))}
    for kind in KINDS:
        print(f"{kind} ...", file=sys.stderr)
        file = line.gguf("interpreter", kind)
        answers = predict(line.store, replace(model, model=file), cases)
        found[kind] = _run(line, answers, file.stat().st_size)
    return found


def _weights(checkpoint: Path) -> int:
    return sum(path.stat().st_size for path in checkpoint.glob("*.safetensors"))


def _run(line: Line, answers: Artifact, size: int) -> Run:
    samples = judged(line.store, "interpreter", line.cases["prompts"], answers, line.thresholds).samples
    return Run(samples, json.loads(answers.file(STATS).read_text()), size)


def rates_table(found: Mapping[str, Run]) -> Table:
    """One row a format: size, shares of the prompts, tokens and seconds."""
    table = Table(title="answers", title_justify="left")
    for head in ("", "MB", *RATES.values(), "tokens an answer", "s a prompt"):
        table.add_column(head, justify="left" if not head else "right")
    for name, run in found.items():
        shares = (_share(_outcomes(run.samples, rule)) for rule in RATES)
        each = run.stats["prompts"]
        cost = (f"{run.stats['new_tokens'] / each:.1f}", f"{run.stats['seconds'] / each:.3f}")
        table.add_row(name, f"{run.size / 1e6:.0f}", *shares, *cost)
    return table


def changes_table(found: Mapping[str, Run]) -> Table:
    """One row a file: prompts lost and gained against the checkpoint, and p, for each figure."""
    table = Table(title="against the checkpoint: lost, gained, p", title_justify="left")
    for head in ("", "word for word", *RATES.values()):
        table.add_column(head, justify="left" if not head else "right")
    (_, first), *others = found.items()
    for name, run in others:
        same = sum(a.raw == b.raw for a, b in zip(first.samples, run.samples, strict=True)) / len(run.samples)
        table.add_row(name, f"{same:.1%}", *(_change(first, run, rule) for rule in RATES))
    return table


def _outcomes(samples: Sequence[Sample], rule: str) -> dict[str, bool]:
    return {sample.id: sample.outcomes[rule] for sample in samples if rule in sample.outcomes}


def _share(outcomes: Mapping[str, bool]) -> str:
    return f"{sum(outcomes.values()) / len(outcomes):.3f}" if outcomes else "-"


def _change(first: Run, run: Run, rule: str) -> str:
    before, after = _outcomes(first.samples, rule), _outcomes(run.samples, rule)
    pairs = [(before[name], after[name]) for name in before if name in after]
    lost, gained = pairs.count((True, False)), pairs.count((False, True))
    return f"{lost}, {gained}, {mcnemar_exact(lost, gained):.2f}"


if __name__ == "__main__":
    main()

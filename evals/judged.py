"""Judged samples as an artifact: holding two thousand answers against every rule takes most of a warm run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from evals.floor import predict as predict_floor
from evals.judge import Judgement, judge, summarise
from evals.lexicon import FILE as LEXICON
from evals.predictions import SAMPLES_FILE, read_samples, write_samples
from evals.run import PREDICTIONS, read_predictions
from evals.samples import EvalCase
from evals.thresholds import Thresholds
from line import digest
from line.paths import REPO
from line.store import Artifact, Recipe, Store

CODE = ("evals.judge",)
RULES = (REPO / "josi" / "data", REPO / "josi" / "schemas")  # what the contract layer reads
FLOOR_FILE = "actions.txt"


def judged(
    store: Store,
    role: str,
    cases: Sequence[EvalCase],
    answers: Artifact,
    thresholds: Thresholds,
    *,
    grammar: bool = True,
) -> Judgement:
    """One set's answers, judged; read back where the same answers were judged by the same rules before.

    `grammar`: see `evals.judge.judge`.
    """
    inputs = {
        "answers": digest.of_file(answers.file(PREDICTIONS)),
        "cases": cases_digest(cases),
        "lexicon": digest.of_file(LEXICON),
        **{folder.name: digest.of_tree(folder) for folder in RULES},
    }

    def build(out: Path) -> None:
        write_samples(out / SAMPLES_FILE, judge(role, cases, read_predictions(answers), thresholds).samples)

    made = store.make(Recipe("judged", inputs, {"role": role, "sample": dict(thresholds.sample)}, CODE), build)
    return summarise(role, read_samples(made.file(SAMPLES_FILE)), thresholds, grammar=grammar)


def floor_actions(store: Store, train: Sequence[EvalCase], cases: Sequence[EvalCase]) -> list[str]:
    """The floor's action for each case (see `evals.floor`), fitted once for the same rows."""
    inputs = {"train": cases_digest(train), "cases": cases_digest(cases)}

    def build(out: Path) -> None:
        (out / FLOOR_FILE).write_text("\n".join(predict_floor(train, cases)), encoding="utf-8")

    made = store.make(Recipe("floor", inputs, {}, ("evals.floor",)), build)
    return made.file(FLOOR_FILE).read_text(encoding="utf-8").split("\n")


def cases_digest(cases: Sequence[EvalCase]) -> str:
    """Digest of all that cases hold, in their order."""
    return digest.of_json([asdict(case) for case in cases])

"""What each layer says of the checkpoint and of its GGUF files: the paired change of every score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

from evals.checks import Check, Verdict
from evals.hf_answers import predict_hf
from evals.judged import judged
from evals.paired import compare_samples, noise, quantising_margin
from evals.predictions import Sample
from evals.run import RoleModel
from evals.samples import EvalCase, reduce
from release.line import Line, asked
from training.recipes import ROLES

KINDS = ("F16", "Q8_0", "Q4_K_M")
SHIPPED = "Q4_K_M"
SETS = {"interpreter": "prompts", "explainer": "explainer"}


def parity_score_checks(line: Line) -> Iterator[Check]:
    """Each kind against the checkpoint on the same cases; only the shipped kind can fail.

    It fails on a loss that is significant and over the margin: `quantising` of thresholds.toml, or what another batch
    size alone changes where that is more.
    """
    for role in ROLES:
        for kind, checks in role_changes(line, role).items():
            for check in checks:
                name = f"{role}_{kind.lower()}_change:{check.name.removeprefix('conversion:')}"
                told = replace(check, name=name)
                yield told if kind == SHIPPED else replace(told, threshold=None, verdict=Verdict.PASS)


@cache
def role_changes(line: Line, role: str) -> Mapping[str, Sequence[Check]]:
    """kind -> the paired change of each figure, GGUF minus checkpoint."""
    cases = _cases(line, role)
    model = line.role_model(role)
    checkpoint = line.ggufs[role].path / "merged"
    show = line.show(f"parity {role}, checkpoint")
    answers = predict_hf(line.store, checkpoint, model, cases, show)
    reference = judged(line.store, role, cases, answers, line.thresholds).samples
    runs = {kind: _run(line, replace(model, model=line.gguf(role, kind)), cases, kind) for kind in KINDS}
    other = replace(model, decoding=replace(model.decoding, parallel=line.settings.repeats["parallel"]))
    moved = noise(runs[SHIPPED], _run(line, other, cases, "another batch size"), line.thresholds)
    margin = quantising_margin(moved)
    return {
        kind: compare_samples(run, reference, line.thresholds, layer="conversion", margin=margin).checks
        for kind, run in runs.items()
    }


def _cases(line: Line, role: str) -> list[EvalCase]:
    cases = line.cases[SETS[role]]
    return reduce(cases, min(line.settings.parity_cases, len(cases)))


def _run(line: Line, model: RoleModel, cases: Sequence[EvalCase], what: str) -> Sequence[Sample]:
    return asked(line, model, cases, f"parity {model.role}, {what}")

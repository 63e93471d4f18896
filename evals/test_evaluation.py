"""Acceptance of the evaluation stage: both roles' Q4_K_M over the evaluation sets, each ship threshold a test."""

from collections.abc import Mapping

import pytest

from evals.checks import Verdict
from evals.judge import Judgement
from evals.thresholds import load

pytestmark = pytest.mark.evaluation

SETS = {"interpreter": "prompts", "explainer": "explainer"}
REQUIRED = [(role, rule.name) for role in SETS for rule in load().required(role)]


@pytest.mark.parametrize(("role", "name"), [pair for pair in REQUIRED if pair[1] != "golden"])
def test_threshold(judgements: Mapping[str, Judgement], role: str, name: str) -> None:
    check = next(c for c in judgements[SETS[role]].checks if c.name == name)
    assert check.verdict is Verdict.PASS, f"{check.value} of {check.threshold}, {check.lo} … {check.hi}; {check.note}"


def test_every_case_was_answered(judgements: Mapping[str, Judgement]) -> None:
    lost = {
        name: [s.id for s in found.samples if s.stop in ("missing", "crashed")] for name, found in judgements.items()
    }
    assert not any(lost.values()), lost

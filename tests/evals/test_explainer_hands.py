"""Whole answers from different hands, English and Dutch: the judge must pass the good and fail the bad ones."""

import tomllib
from pathlib import Path

import pytest

from evals.explainer_layers import judge
from evals.predictions import Prediction, Sample
from evals.samples import EvalCase
from evals.thresholds import load

THRESHOLDS = load()
CONTEXT = (
    'CONTEXT:\n- Readiness: Yellow (Accumulated)\n- Session: Z2 60min "Continuous Z2 60min" (base phase)\n'
    "- Sport: running"
)
RESULT = {
    "workout_summary": "45-min easy run, zones 1-2",
    "rationale_bullets": ["Readiness amber", "Recovery day after yesterday's threshold work"],
    "safety_caps_applied": "max Z2 due to amber readiness",
}

HANDS = tomllib.loads(Path(__file__).with_name("explainer_hands.toml").read_text(encoding="utf-8"))


def judged(message: str, text: str) -> Sample:
    case = EvalCase("c", "explainer", "hands", message, CONTEXT, RESULT)
    return judge(case, Prediction("c", text), THRESHOLDS)


@pytest.mark.parametrize(("message", "text"), HANDS["good"])
def test_a_good_answer_in_its_own_words_passes(message: str, text: str) -> None:
    sample = judged(message, text)
    assert sample.passed, (sample.problems, sample.scores)


@pytest.mark.parametrize(("message", "text", "says"), HANDS["bad"])
def test_a_bad_answer_fails_for_the_right_reason(message: str, text: str, says: str) -> None:
    found = [problem for layer in judged(message, text).problems.values() for problem in layer]
    assert any(says in problem for problem in found), found

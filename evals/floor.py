"""The floor that the Interpreter must beat: TF-IDF with logistic regression, trained on the same rows.

A linear model over words and character pieces needs no language model at all; an Interpreter that is not
clearly better than it has learned little from its pre-training. (Measured before: 88 % against 89 % for
LoRA r=8.)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evals.checks import Check, rate_check
from evals.predictions import Sample
from evals.samples import EvalCase
from evals.stats import Interval, mcnemar_exact, paired_rate_difference
from evals.thresholds import Thresholds
from line.errors import InputError, MissingError


@dataclass(frozen=True)
class Floor:
    """The floor's check and how the model compares: model minus floor, in 0..1, with McNemar's exact
    p-value."""

    check: Check
    difference: float
    interval: Interval
    p_value: float
    n: int

    @property
    def beaten(self) -> bool:
        """Whether the model is significantly better at 5 %."""
        return self.difference > 0 and self.p_value < 0.05


def measure(
    cases: Sequence[EvalCase], actions: Sequence[str], samples: Sequence[Sample], thresholds: Thresholds
) -> Floor:
    """Pair the floor's `actions`, one a case (see `predict`), with the model's judged `samples` of the cases.

    Only cases with a labelled action count. Raises: InputError when there is none.
    """
    judged = {
        sample.id: sample.outcomes["action_accuracy"] for sample in samples if "action_accuracy" in sample.outcomes
    }
    paired = [(case, action) for case, action in zip(cases, actions, strict=True) if case.id in judged]
    if not paired:
        raise InputError("the floor needs judged Interpreter cases with a labelled action; there are none")
    tested = [case for case, _ in paired]
    right = [any(label.get("action") == action for label in case.labels) for case, action in paired]
    only_floor = sum(floor and not judged[case.id] for case, floor in zip(tested, right, strict=True))
    only_model = sum(judged[case.id] and not floor for case, floor in zip(tested, right, strict=True))
    n = len(tested)
    check = rate_check(thresholds.rule("floor_action_accuracy"), sum(right), n, _note(n, only_floor, only_model))
    return Floor(
        check,
        (only_model - only_floor) / n,
        paired_rate_difference(n, only_floor, only_model),
        mcnemar_exact(only_floor, only_model),
        n,
    )


def predict(train: Sequence[EvalCase], cases: Sequence[EvalCase]) -> list[str]:
    """The floor's action for each case. Raises: InputError, MissingError."""
    known = [case for case in train if case.expect.get("action")]
    actions = [str(case.expect["action"]) for case in known]
    if len(set(actions)) < 2:
        raise InputError("the floor needs training rows of two actions or more; give it the training file")
    model = _pipeline()
    model.fit([_text(case) for case in known], actions)
    return [str(action) for action in model.predict([_text(case) for case in cases])]


def _text(case: EvalCase) -> str:
    return f"{case.message}\n{case.context}"


def _note(n: int, only_floor: int, only_model: int) -> str:
    gap = (only_model - only_floor) / n
    return f"model {gap:+.1%} (McNemar p = {mcnemar_exact(only_floor, only_model):.3g})"


def _pipeline() -> Any:
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline, make_union
    except ImportError as error:
        raise MissingError("the floor needs scikit-learn; install the extra `training`") from error
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, max_features=20_000)
    return make_pipeline(make_union(words, pieces), LogisticRegression(C=10, max_iter=500))

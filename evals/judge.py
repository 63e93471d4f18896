"""Cases and predictions in, verdicts out; no model and no file is touched here.

A case without a prediction failed: it counts with an empty answer, so that a run that lost samples cannot
look better than it was.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from evals import explainer_layers, interpreter_layers
from evals.checks import Check, mean_check, rate_check, with_required
from evals.predictions import Prediction, Sample, by_id
from evals.samples import EvalCase
from evals.thresholds import Rule, Thresholds
from line.errors import InputError

NO_ACTION = "(none)"
# Rules whose figure has another outcome's name in the samples.
_COUNTED_FROM = {"valid_json_free": "valid_json"}


@dataclass(frozen=True)
class Judgement:
    """What one role's run came to.

    `categories`: category → figure → (passes, n) for rates and (sum, n) for scores, "pass" first.
    `confusion`: (wanted action, got action) → count, Interpreter only; a case with alternatives counts under
    the one it met.
    """

    role: str
    checks: list[Check]
    samples: list[Sample]
    categories: Mapping[str, Mapping[str, tuple[float, int]]] = field(default_factory=dict)
    confusion: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @property
    def failed(self) -> list[Sample]:
        """The samples that a layer found a problem in."""
        return [sample for sample in self.samples if not sample.passed]


def judge(
    role: str,
    cases: Sequence[EvalCase],
    predictions: Sequence[Prediction],
    thresholds: Thresholds,
    *,
    grammar: bool = True,
) -> Judgement:
    """Judge one role's predictions against its cases.

    Args: `grammar` False says that the Interpreter wrote without its grammar: its valid JSON is then held
    to the rule `valid_json_free`. Raises: InputError when ids repeat or a prediction belongs to no case.
    """
    own = [case for case in cases if case.role == role]
    written = by_id(list(predictions), "predictions")
    if strangers := sorted(set(written) - {case.id for case in own}):
        raise InputError(f"predictions for {strangers[:3]} belong to no {role} case; judge them with their own cases")
    samples = [_judge_one(case, written.get(case.id), thresholds) for case in own]
    return summarise(role, samples, thresholds, grammar=grammar)


def summarise(role: str, samples: Sequence[Sample], thresholds: Thresholds, *, grammar: bool = True) -> Judgement:
    """The checks and tables of judged samples (also of ones read back from a log)."""
    unused = "valid_json_free" if grammar else "valid_json"
    rules = [rule for rule in thresholds.rules.values() if rule.role == role and rule.name != unused]
    checks = [check for rule in rules if (check := _check(rule, samples))]
    required = [rule for rule in thresholds.required(role) if rule.name != unused]
    return Judgement(
        role, with_required(checks, required), list(samples), by_category(samples), confusion_matrix(samples)
    )


def by_category(samples: Sequence[Sample]) -> dict[str, dict[str, tuple[float, int]]]:
    """Category → figure → (sum, n), categories in alphabetical order; a rate is the sum over n."""
    table: dict[str, dict[str, tuple[float, int]]] = defaultdict(dict)
    for sample in sorted(samples, key=lambda sample: sample.category):
        row = table[sample.category]
        for name, value in {"pass": sample.passed, **sample.outcomes, **sample.scores}.items():
            total, n = row.get(name, (0.0, 0))
            row[name] = (total + float(value), n + 1)
    return dict(table)


def confusion_matrix(samples: Sequence[Sample]) -> dict[tuple[str, str], int]:
    """(wanted action, got action) → count over the labelled Interpreter samples."""
    pairs: Counter[tuple[str, str]] = Counter()
    for sample in samples:
        if sample.role == "interpreter" and "action" in sample.expect:
            got = str(sample.final.get("action")) if isinstance(sample.final, Mapping) else NO_ACTION
            wanted = got if sample.outcomes.get("action_accuracy") else str(sample.expect["action"])
            pairs[wanted, got] += 1
    return dict(sorted(pairs.items()))


def _judge_one(case: EvalCase, prediction: Prediction | None, thresholds: Thresholds) -> Sample:
    answer = prediction or Prediction(case.id, "", "missing")
    if case.role == "interpreter":
        return interpreter_layers.judge(case, answer)
    return explainer_layers.judge(case, answer, thresholds)


def _check(rule: Rule, samples: Sequence[Sample]) -> Check | None:
    """The check of a rule that these samples were measured for; None where none was."""
    outcome = _COUNTED_FROM.get(rule.name, rule.name)
    if rule.kind == "mean":
        scores = [sample.scores[outcome] for sample in samples if outcome in sample.scores]
        return mean_check(rule, scores) if scores else None
    passes = [sample.outcomes[outcome] for sample in samples if outcome in sample.outcomes]
    if not passes:
        return None
    failed = next((sample for sample in samples if sample.outcomes.get(outcome) is False), None)
    note = f"e.g. {failed.id}" if failed and rule.threshold is not None else ""
    return rate_check(rule, sum(passes), len(passes), note)

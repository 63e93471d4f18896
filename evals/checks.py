"""A check: one measured figure, its interval, its threshold and what follows. Only PASS ships."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from evals.stats import bootstrap_mean, more_for_mean, more_for_rate, wilson
from evals.thresholds import Rule
from line.errors import InputError


class Verdict(StrEnum):
    """What a check says; UNDECIDED means too few samples to tell at 95 %."""

    PASS = "PASS"
    FAIL = "FAIL"
    UNDECIDED = "UNDECIDED"


@dataclass(frozen=True)
class Check:
    """One row of the verdict table.

    `value`, `lo`, `hi` and `threshold` share a unit: a rate in 0..1, a score, or a count; a check that could
    not be measured has value None. A check without a threshold only informs and has the verdict PASS.
    """

    name: str
    layer: str
    role: str
    value: float | None
    n: int
    lo: float | None
    hi: float | None
    threshold: float | None
    verdict: Verdict
    note: str = ""

    @property
    def informs_only(self) -> bool:
        """Whether nothing depends on this figure."""
        return self.threshold is None and self.verdict is Verdict.PASS

    def to_json(self) -> dict[str, Any]:
        """A plain object, as written to checks.json."""
        return asdict(self)

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> "Check":
        """The opposite of `to_json`. Raises: InputError for anything else."""
        names = {field.name for field in fields(cls)}
        if set(row) != names:
            raise InputError(f"not a check: fields {sorted(row)}, expected {sorted(names)}; run the evaluation again")
        return cls(**{**row, "verdict": Verdict(row["verdict"])})


def rate_check(rule: Rule, successes: int, n: int, note: str = "") -> Check:
    """A share of passes against its rule: lower end over the threshold PASS, upper end under it FAIL.

    A threshold of 100 % is a count rule: no interval can prove it, so every one of n must pass. n = 0 or
    fewer than the rule's `min_n` is FAIL.
    """
    interval = wilson(successes, n)
    value = successes / n if n else None
    if rule.threshold is None:
        verdict, told = Verdict.PASS, ""
    elif n == 0:
        verdict, told = Verdict.FAIL, "nothing was measured"
    elif rule.threshold >= 1.0:
        verdict, told = _count_verdict(successes, n)
    elif interval.lo > rule.threshold:
        verdict, told = Verdict.PASS, ""
    elif interval.hi < rule.threshold:
        verdict, told = Verdict.FAIL, f"{rule.threshold - successes / n:.1%} short"
    else:
        verdict, told = Verdict.UNDECIDED, _more(more_for_rate(successes, n, rule.threshold))
    if rule.threshold is not None and 0 < n < rule.min_n:
        verdict, told = Verdict.FAIL, f"{n} of the {rule.min_n} samples that the rule asks for"
    return Check(
        rule.name,
        rule.layer,
        rule.role,
        value,
        n,
        interval.lo,
        interval.hi,
        rule.threshold,
        verdict,
        _join(told, note),
    )


def mean_check(rule: Rule, values: Sequence[float], note: str = "") -> Check:
    """A mean score against its rule, judged by the bootstrap interval on the rule's scale; n = 0 is FAIL."""
    n = len(values)
    if n == 0:
        verdict = Verdict.PASS if rule.threshold is None else Verdict.FAIL
        told = _join("nothing was measured", note)
        return Check(rule.name, rule.layer, rule.role, None, 0, None, None, rule.threshold, verdict, told)
    mean, interval = sum(values) / n, bootstrap_mean(values, scale=rule.scale)
    if rule.threshold is None or interval.lo > rule.threshold:
        verdict, told = Verdict.PASS, ""
    elif interval.hi < rule.threshold:
        verdict, told = Verdict.FAIL, f"{rule.threshold - mean:.2f} short"
    else:
        verdict, told = Verdict.UNDECIDED, _more(more_for_mean(mean, interval, n, rule.threshold))
    return Check(
        rule.name,
        rule.layer,
        rule.role,
        mean,
        n,
        interval.lo,
        interval.hi,
        rule.threshold,
        verdict,
        _join(told, note),
    )


def with_required(checks: Iterable[Check], required: Iterable[Rule]) -> list[Check]:
    """The checks, and a FAIL for each required one that did not run."""
    present = list(checks)
    ran = {check.name for check in present}
    missing = [
        Check(
            rule.name,
            rule.layer,
            rule.role,
            None,
            0,
            None,
            None,
            rule.threshold,
            Verdict.FAIL,
            "required, did not run",
        )
        for rule in required
        if rule.name not in ran
    ]
    return present + missing


def worst(checks: Iterable[Check]) -> Verdict:
    """FAIL if any check failed, else UNDECIDED if any is, else PASS; no check at all is FAIL."""
    verdicts = {check.verdict for check in checks}
    if not verdicts or Verdict.FAIL in verdicts:
        return Verdict.FAIL
    return Verdict.UNDECIDED if Verdict.UNDECIDED in verdicts else Verdict.PASS


def _count_verdict(successes: int, n: int) -> tuple[Verdict, str]:
    if successes == n:
        return Verdict.PASS, f"{n} of {n}"
    return Verdict.FAIL, f"{n - successes} of {n} failed"


def _more(count: int | None) -> str:
    if count is None:
        return "too close to the threshold for more samples to decide"
    return f"about {count:,} more samples would decide"


def _join(*notes: str) -> str:
    return "; ".join(note for note in notes if note)

"""Two runs over the same samples, compared pair by pair: against a baseline, or quantised against F16.

A loss FAILs when it is significant (Holm over all figures of the comparison) and its size is over the
margin of its rule. Otherwise nothing can be held against the candidate: PASS, with the size and the flipped
samples told.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from evals.checks import Check, Verdict
from evals.predictions import Sample, by_role_and_id
from evals.stats import Interval, holm, mcnemar_exact, paired_bootstrap, paired_rate_difference
from evals.thresholds import Rule, Thresholds

Margin = Callable[[Rule], float | None]


@dataclass(frozen=True)
class Flip:
    """A sample that one run passes and the other does not; or whose score moved by a whole point."""

    rule: str
    better: bool
    reference: Sample
    candidate: Sample


@dataclass(frozen=True)
class Comparison:
    """The checks (value: candidate minus reference), the flips, and how many samples paired up."""

    checks: list[Check]
    flips: list[Flip]
    paired: int
    only_reference: int
    only_candidate: int


@dataclass(frozen=True)
class _Measured:
    rule: Rule
    difference: float
    interval: Interval
    p_value: float
    n: int
    lost: int
    gained: int


def compare_samples(
    candidate: Sequence[Sample],
    reference: Sequence[Sample],
    thresholds: Thresholds,
    *,
    layer: str = "baseline",
    margin: Margin = lambda rule: rule.margin,
) -> Comparison:
    """Compare two runs of one or both roles on the samples that they share (by id).

    Args: `margin` says for a rule how large a significant loss may be, None to leave the rule out.
    Raises: InputError when an id repeats within a run.
    """
    new, old = by_role_and_id(list(candidate), "candidate run"), by_role_and_id(list(reference), "reference run")
    pairs = [(old[name], new[name]) for name in old if name in new]
    measured = [
        found for rule in thresholds.rules.values() if margin(rule) is not None and (found := _measure(rule, pairs))
    ]
    adjusted = holm([entry.p_value for entry in measured])
    checks = [
        _check(entry, p_value, margin(entry.rule) or 0.0, layer, thresholds.alpha)
        for entry, p_value in zip(measured, adjusted, strict=True)
    ]
    flips = [flip for entry in measured for flip in _flips(entry.rule, pairs)]
    return Comparison(checks, flips, len(pairs), len(old) - len(pairs), len(new) - len(pairs))


def noise(run: Sequence[Sample], rerun: Sequence[Sample], thresholds: Thresholds) -> dict[str, float]:
    """How far each figure moves between two runs of one model (another batch size, another build).

    The larger end of the paired interval, without sign: what a comparison cannot tell from nothing.
    """
    first, second = by_role_and_id(list(run), "first run"), by_role_and_id(list(rerun), "second run")
    pairs = [(first[name], second[name]) for name in first if name in second]
    measured = [found for rule in thresholds.rules.values() if (found := _measure(rule, pairs))]
    return {entry.rule.name: _reach(entry.interval) for entry in measured}


def quantising_margin(measured: Mapping[str, float]) -> Margin:
    """The margin of each rule that names one for quantising: the measured noise where that is larger."""

    def margin(rule: Rule) -> float | None:
        return None if rule.quantising is None else max(rule.quantising, measured.get(rule.name, 0.0))

    return margin


def _reach(interval: Interval) -> float:
    return max(abs(interval.lo), abs(interval.hi))


def _measure(rule: Rule, pairs: Sequence[tuple[Sample, Sample]]) -> _Measured | None:
    return _measure_mean(rule, pairs) if rule.kind == "mean" else _measure_rate(rule, pairs)


def _measure_rate(rule: Rule, pairs: Sequence[tuple[Sample, Sample]]) -> _Measured | None:
    both = [
        (old.outcomes[rule.name], new.outcomes[rule.name])
        for old, new in pairs
        if rule.name in old.outcomes and rule.name in new.outcomes
    ]
    if not both:
        return None
    lost, gained = both.count((True, False)), both.count((False, True))
    n = len(both)
    interval = paired_rate_difference(n, lost, gained)
    return _Measured(rule, (gained - lost) / n, interval, mcnemar_exact(lost, gained), n, lost, gained)


def _measure_mean(rule: Rule, pairs: Sequence[tuple[Sample, Sample]]) -> _Measured | None:
    both = [
        (old.scores[rule.name], new.scores[rule.name])
        for old, new in pairs
        if rule.name in old.scores and rule.name in new.scores
    ]
    if not both:
        return None
    before, after = zip(*both, strict=True)
    found = paired_bootstrap(before, after)
    lost, gained = sum(new < old for old, new in both), sum(new > old for old, new in both)
    return _Measured(rule, found.difference, found.interval, found.p_value, len(both), lost, gained)


def _check(entry: _Measured, p_value: float, margin: float, layer: str, alpha: float) -> Check:
    worse = entry.difference < -margin and p_value < alpha
    change = f"{entry.gained} better, {entry.lost} worse, p = {p_value:.3g} (Holm)"
    return Check(
        f"{layer}:{entry.rule.name}",
        layer,
        entry.rule.role,
        entry.difference,
        entry.n,
        entry.interval.lo,
        entry.interval.hi,
        -margin,
        Verdict.FAIL if worse else Verdict.PASS,
        change,
    )


def _flips(rule: Rule, pairs: Sequence[tuple[Sample, Sample]]) -> list[Flip]:
    flips = []
    for old, new in pairs:
        before, after = _figure(rule, old), _figure(rule, new)
        if before is not None and after is not None and abs(after - before) >= 1.0:
            flips.append(Flip(rule.name, after > before, old, new))
    return flips


def _figure(rule: Rule, sample: Sample) -> float | None:
    value = sample.scores.get(rule.name) if rule.kind == "mean" else sample.outcomes.get(rule.name)
    return None if value is None else float(value)

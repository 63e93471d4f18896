"""Intervals and tests behind every verdict: rates, means, paired comparisons, many checks at once.

All functions are pure and deterministic: what resamples takes a seed. Confidence is 95 % throughout.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, ndtr, ndtri, stdtrit  # scipy.stats has them too, and takes a second to import

CONFIDENCE = 0.95
RESAMPLES = 5_000
FAR_TOO_MANY = 1_000_000  # more samples than anybody will generate: "cannot be decided"


@dataclass(frozen=True)
class Interval:
    """A two-sided confidence interval; both ends in the unit of what was measured."""

    lo: float
    hi: float


@dataclass(frozen=True)
class PairedMean:
    """The mean of candidate - reference, its interval, and the two-sided p-value of "no difference"."""

    difference: float
    interval: Interval
    p_value: float


def wilson(successes: float, n: int, confidence: float = CONFIDENCE) -> Interval:
    """Wilson's score interval for a rate (E. B. Wilson, JASA 22, 1927); n = 0 says nothing: [0, 1].

    Raises: ValueError when `successes` is not within 0..n.
    """
    if n < 0 or not 0 <= successes <= n:
        raise ValueError(f"{successes} successes of {n}: not a rate")
    if n == 0:
        return Interval(0.0, 1.0)
    z = float(ndtri(0.5 + confidence / 2))
    rate, spread = successes / n, z * z / n
    middle = (rate + spread / 2) / (1 + spread)
    half = math.sqrt(rate * (1 - rate) * spread + spread * spread / 4) / (1 + spread)
    # At the ends the formula is exactly 0 or 1; rounding must not say otherwise.
    lo = 0.0 if successes == 0 else max(0.0, middle - half)
    hi = 1.0 if successes == n else min(1.0, middle + half)
    return Interval(lo, hi)


def bootstrap_mean(
    values: Sequence[float],
    *,
    scale: tuple[float, float],
    seed: int = 0,
    confidence: float = CONFIDENCE,
) -> Interval:
    """The expanded-percentile bootstrap interval of a mean of scores on the bounded `scale`.

    Percentile bootstrap (Efron 1979) with the tails widened for small samples (Hesterberg, The American
    Statistician 69, 2015, section 4.3). Equal values carry no spread to resample: then up to
    1 - (alpha/2)^(1/n) of the population may still differ (Clopper and Pearson 1934 for 0 of n), as far as
    the scale goes. Fewer than two values say nothing: the whole scale.
    """
    data = np.asarray(values, dtype=float)
    if data.size < 2:
        return Interval(*scale)
    if float(data.min()) == float(data.max()):
        unseen = 1 - ((1 - confidence) / 2) ** (1 / data.size)
        mean = float(data[0])
        return Interval(mean - unseen * (mean - scale[0]), mean + unseen * (scale[1] - mean))
    lo, hi = np.quantile(_resampled_means(data, seed), _expanded_tails(int(data.size), confidence))
    return Interval(max(scale[0], float(lo)), min(scale[1], float(hi)))


def mcnemar_exact(only_reference: int, only_candidate: int) -> float:
    """Two-sided exact McNemar p-value of paired pass/fail (McNemar 1947; Edwards' exact binomial form).

    Args: the two kinds of discordant pairs: passed by one side only. No discordant pair: 1.0.
    """
    pairs = only_reference + only_candidate
    if pairs == 0:
        return 1.0
    return min(1.0, 2 * float(bdtr(min(only_reference, only_candidate), pairs, 0.5)))


def paired_rate_difference(n: int, only_reference: int, only_candidate: int) -> Interval:
    """Interval of the difference of two paired rates, candidate - reference, each in 0..1.

    The adjusted Wald interval of Bonett and Price (J. Educ. Behav. Stat. 37, 2012). n = 0: [-1, 1].
    """
    if n == 0:
        return Interval(-1.0, 1.0)
    z = float(ndtri(0.5 + CONFIDENCE / 2))
    gained, lost = (only_candidate + 1) / (n + 2), (only_reference + 1) / (n + 2)
    half = z * math.sqrt(max(0.0, gained + lost - (gained - lost) ** 2) / (n + 2))
    return Interval(max(-1.0, gained - lost - half), min(1.0, gained - lost + half))


def paired_bootstrap(reference: Sequence[float], candidate: Sequence[float], *, seed: int = 0) -> PairedMean:
    """Paired bootstrap of a mean difference (Efron and Tibshirani 1993, chapter 16: resample under the null).

    The statistic is studentised, which keeps the error rate near 5 % for small samples.
    Raises: ValueError when the two do not pair up.
    """
    if len(reference) != len(candidate):
        raise ValueError(f"{len(reference)} reference and {len(candidate)} candidate scores do not pair")
    gaps = np.asarray(candidate, dtype=float) - np.asarray(reference, dtype=float)
    if gaps.size < 2:
        return PairedMean(float(gaps.mean()) if gaps.size else 0.0, Interval(-math.inf, math.inf), 1.0)
    mean = float(gaps.mean())
    if float(gaps.min()) == float(gaps.max()):
        return _constant_gap(mean, int(gaps.size))
    error = float(gaps.std(ddof=1)) / math.sqrt(gaps.size)
    means, errors = _resampled(gaps - mean, seed)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where(errors > 0, np.abs(means) / errors, np.where(means == 0, 0.0, np.inf))
    extreme = int(np.count_nonzero(ratios >= abs(mean) / error))
    lo, hi = np.quantile(means + mean, _expanded_tails(int(gaps.size), CONFIDENCE))
    return PairedMean(mean, Interval(float(lo), float(hi)), (extreme + 1) / (len(ratios) + 1))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjusted p-values (S. Holm, Scand. J. Stat. 6, 1979), in the order given."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted, worst = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        worst = max(worst, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = worst
    return adjusted


def more_for_rate(successes: int, n: int, threshold: float) -> int | None:
    """How many more samples would decide a rate against `threshold` if it stays as it is.

    0 when it is decided; None when no sensible number would (the rate sits on the threshold, or n = 0).
    """
    if n == 0 or successes / n == threshold:
        return None
    rate = successes / n

    def decided(total: int) -> bool:
        interval = wilson(rate * total if total != n else successes, total)
        return interval.lo > threshold or interval.hi < threshold

    if decided(n):
        return 0
    if not decided(n + FAR_TOO_MANY):
        return None
    low, high = n, n + FAR_TOO_MANY
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if decided(middle) else (middle, high)
    return high - n


def more_for_mean(mean: float, interval: Interval, n: int, threshold: float) -> int | None:
    """How many more samples would decide a mean against `threshold`: the width shrinks with the root of n.

    0 when it is decided; None when the mean sits on the threshold, n < 2, or it would take too many.
    """
    if interval.lo > threshold or interval.hi < threshold:
        return 0
    gap = abs(mean - threshold)
    if n < 2 or gap == 0:
        return None
    half = (mean - interval.lo) if mean > threshold else (interval.hi - mean)
    more = math.ceil(n * (half / gap) ** 2) - n
    return max(1, more) if more <= FAR_TOO_MANY else None


def _expanded_tails(n: int, confidence: float) -> list[float]:
    width = math.sqrt(n / (n - 1)) * float(stdtrit(n - 1, 0.5 + confidence / 2))
    tail = float(ndtr(-width))
    return [tail, 1 - tail]


def _resampled_means(data: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    return _resampled(data, seed)[0]


def _resampled(data: NDArray[np.float64], seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means and standard errors of RESAMPLES resamples. Scores take few distinct values: counts suffice."""
    distinct, counts = np.unique(data, return_counts=True)
    n = data.size
    draws = np.random.default_rng(seed).multinomial(n, counts / n, size=RESAMPLES)
    means = draws @ distinct / n
    variance = np.maximum(0.0, draws @ distinct**2 / n - means**2) * n / (n - 1)
    return means, np.sqrt(variance / n)


def _constant_gap(gap: float, n: int) -> PairedMean:
    """Every pair differs by the same amount: only its sign can be tested (n agreeing signs of n)."""
    p_value = 1.0 if gap == 0 else mcnemar_exact(0, n)
    return PairedMean(gap, Interval(gap, gap), p_value)

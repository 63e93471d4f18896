"""Does memory grow turn by turn? A robust slope over the turns' anonymous memory. Pure.

A leak grows for ever; a cache that fills, a buffer that grows for a longer prompt and an allocator's step do so once.
So the slope must show in both halves of the series, and beyond its interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scipy.stats import theilslopes

from sims.tiers import LeakRule

_CONFIDENCE = 0.99  # it is looked at after every turn, so 1 in 20 would be too easily a leak
_LEAST = 8  # values a half; with fewer Theil's interval says nothing


@dataclass(frozen=True)
class Leak:
    """MB a turn with its interval over all turns; `found_after` so many turns it was certain (None: no leak)."""

    mb_per_turn: float
    low: float
    high: float
    turns: int
    found_after: int | None

    @property
    def found(self) -> bool:
        """Whether there is a leak."""
        return self.found_after is not None


def find_leak(anonymous_mb: Sequence[float], rule: LeakRule) -> Leak | None:
    """The leak in a series of one value a turn; None where there are too few turns to say anything.

    Theil–Sen's median of all pairwise slopes with Sen's interval (Sen 1968, JASA 63:1379).
    """
    values = list(anonymous_mb[rule.warm_up_turns :])
    if len(values) < 2 * _LEAST:
        return None
    slope, low, high = _slope(values)
    sizes = range(2 * _LEAST, len(values) + 1)
    after = next((n + rule.warm_up_turns for n in sizes if _grows(values[:n], rule)), None)
    return Leak(round(slope, 3), round(low, 3), round(high, 3), len(anonymous_mb), after)


def _grows(values: Sequence[float], rule: LeakRule) -> bool:
    half = len(values) // 2
    return all(_slope(part)[1] >= rule.mb_per_turn for part in (values, values[:half], values[-half:]))


def _slope(values: Sequence[float]) -> tuple[float, float, float]:
    found = theilslopes(values, range(len(values)), alpha=_CONFIDENCE)
    return float(found.slope), float(found.low_slope), float(found.high_slope)

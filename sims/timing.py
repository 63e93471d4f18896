"""How well a rate is known: a bootstrap over replies, and UNDECIDED where its interval is wide. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

MEASURED, UNDECIDED = "measured", "UNDECIDED"
_DRAWS = 2000
_SEED = 20260219


@dataclass(frozen=True)
class Rate:
    """Tokens a second over all replies, with its 95 % interval; `verdict` says whether that is narrow enough."""

    verdict: str
    tps: float
    low: float
    high: float
    replies: int
    repeats: int

    def __str__(self) -> str:
        """`UNDECIDED after 3 repeats: 70.1 to 81.0 tokens/s`."""
        runs = f"{self.repeats} repeat" + "s" * (self.repeats != 1)
        return f"{self.verdict} after {runs}: {self.low:.1f} to {self.high:.1f} tokens/s"


def decode_rate(runs: Sequence[Sequence[Mapping[str, Any]]], narrow: float) -> Rate | None:
    """The decode rate of replies of several runs (`new_tokens`, `decode_s`); None where no reply has one.

    Percentile bootstrap (Efron and Tibshirani 1993, chapter 13) of total tokens over total seconds, replies drawn
    within each run and role (`role`): that one role is faster than the other is no uncertainty.
    `narrow`: the half width, as a share of the rate, that is narrow enough.
    """
    roles = sorted({str(r.get("role", "")) for run in runs for r in run})
    strata = [[r for r in run if r.get("role", "") == role] for run in runs for role in roles]
    pairs = [np.array([(r["new_tokens"] - 1, r["decode_s"]) for r in part if r["new_tokens"] > 1]) for part in strata]
    pairs = [part for part in pairs if len(part)]
    if not pairs:
        return None
    random = np.random.default_rng(_SEED)
    drawn = np.zeros((_DRAWS, 2))
    for part in pairs:
        drawn += part[random.integers(len(part), size=(_DRAWS, len(part)))].sum(axis=1)
    low, high = (float(v) for v in np.quantile(drawn[:, 0] / drawn[:, 1], (0.025, 0.975)))
    tokens, seconds = np.concatenate(pairs).sum(axis=0)
    tps = float(tokens / seconds)
    few = min(map(len, pairs)) < 2  # one reply drawn again and again has no spread, and that is no certainty
    verdict = UNDECIDED if few or (high - low) / 2 > narrow * tps else MEASURED
    return Rate(verdict, round(tps, 2), round(low, 2), round(high, 2), sum(map(len, pairs)), len(runs))

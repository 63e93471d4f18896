"""The least memory that a configuration runs in: the cap is lowered step by step until it no longer fits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from line.errors import StageError
from sims.tiers import SimPhone, with_budget

WITHIN = 0.05  # the least budget that fits is at most this share above one that does not


@dataclass(frozen=True)
class Tried:
    """One step: a budget in MB and what the phone said."""

    budget_mb: int
    verdict: str
    message: str


@dataclass(frozen=True)
class Minimum:
    """The least budget that was seen to fit, the RAM of the smallest phone that leaves it, and every step."""

    tier: str
    budget_mb: int
    ram_mb: int
    tried: tuple[Tried, ...]


def find_minimum(phone: SimPhone, run: Callable[[SimPhone], tuple[str, str, float]], within: float = WITHIN) -> Minimum:
    """Bisects between the largest budget that does not fit and the smallest that does.

    `run` gives verdict, message and need in MB of a phone. The first step is the phone itself; its need says where to
    look, and nothing but a run says what fits.

    Raises:
        StageError: it does not fit the phone itself, or fits nowhere else than there.
    """
    tried: list[Tried] = []

    def fits(budget_mb: int) -> tuple[bool, float]:
        verdict, message, need = run(with_budget(phone, budget_mb))
        tried.append(Tried(budget_mb, verdict, message))
        return verdict == "fits", need

    good, need = fits(phone.budget_mb)
    if not good:
        raise StageError(f"{tried[0].message}: there is no minimum below {phone.budget_mb} MB to be found.")
    high, low = phone.budget_mb, 0
    guess, step = round(need * (1 + within / 2)), within * 0.9
    while high - low > within * high and high - low > 1:
        middle = guess if low == 0 and guess < high else (low + high) // 2
        if fits(middle)[0]:
            high = middle
        else:
            low = middle
        guess, step = (
            round(middle * (1 - step)),
            2 * step,
        )  # down in growing steps to one that does not fit, then halves
    return Minimum(phone.tier, high, with_budget(phone, high).ram_mb, tuple(tried))

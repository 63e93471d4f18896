"""The least memory, against phones whose least is known."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from line.errors import StageError
from sims.minimum import WITHIN, find_minimum
from sims.tiers import SimPhone, find_phone


@settings(max_examples=200, deadline=None)
@given(st.integers(20, 2457), st.floats(0.3, 1.6))
def test_the_least_is_found_within_five_percent(least: int, said: float) -> None:
    """Whatever the first run's need says: it tells where to look, and only runs tell what fits."""

    def run(phone: SimPhone) -> tuple[str, str, float]:
        return ("fits" if phone.budget_mb >= least else "killed"), "", least * said

    found = find_minimum(find_phone("tier2"), run)
    assert least <= found.budget_mb <= least * (1 + 2 * WITHIN) + 2
    worst = max((t.budget_mb for t in found.tried if t.verdict != "fits"), default=0)
    assert found.budget_mb - worst <= max(WITHIN * found.budget_mb, 1)
    assert len(found.tried) <= 14


def test_a_good_guess_takes_few_steps() -> None:
    def run(phone: SimPhone) -> tuple[str, str, float]:
        return ("fits" if phone.budget_mb >= 400 else "thrashes"), "", 410.0

    assert len(find_minimum(find_phone("tier2"), run).tried) <= 5


def test_what_does_not_fit_the_phone_has_no_minimum_below_it() -> None:
    with pytest.raises(StageError, match="killed at load"):
        find_minimum(find_phone("tier2"), lambda _phone: ("killed", "tier2: killed at load", 0.0))

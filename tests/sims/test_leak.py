"""Leaks among what looks like one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sims.leak import find_leak
from sims.tiers import LeakRule, load_leak_rule

RULE = load_leak_rule()


def _series(turns: int, slope: float, noise: float = 1.0, seed: int = 0) -> list[float]:
    return list(250 + slope * np.arange(turns) + np.random.default_rng(seed).normal(0, noise, turns))


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("noise", [0.0, 1.0, 3.0])
def test_a_mb_a_turn_is_found_within_60_turns(seed: int, noise: float) -> None:
    found = find_leak(_series(60, 1.0, noise, seed), RULE)
    assert found and found.found_after and found.found_after <= 60
    assert found.mb_per_turn == pytest.approx(1.0, abs=0.2)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("noise", [0.0, 1.0, 5.0])
def test_noise_is_no_leak(seed: int, noise: float) -> None:
    found = find_leak(_series(60, 0.0, noise, seed), RULE)
    assert found and not found.found


@pytest.mark.parametrize("at", [3, 8, 20, 30, 40, 57])
@pytest.mark.parametrize("mb", [2, 40])
def test_an_allocators_step_is_no_leak(at: int, mb: int) -> None:
    values = [250.0 + mb * (n >= at) + 0.1 * (n % 3) for n in range(60)]
    assert not find_leak(values, RULE).found  # type: ignore[union-attr]


def test_a_cache_that_fills_is_no_leak() -> None:
    values = [250 + 30 * (1 - np.exp(-n / 8)) for n in range(60)]
    assert not find_leak(values, RULE).found  # type: ignore[union-attr]


def test_a_slow_growth_below_the_limit_is_told_but_no_leak() -> None:
    found = find_leak(_series(60, 0.1, 0.0), RULE)
    assert found and not found.found and found.mb_per_turn == pytest.approx(0.1)


def test_too_few_turns_say_nothing() -> None:
    assert find_leak(_series(20, 5.0), RULE) is None


@settings(max_examples=25, deadline=None)
@given(st.floats(1, 20), st.integers(0, 20))
def test_a_larger_leak_is_found_no_later(slope: float, seed: int) -> None:
    rule = LeakRule(0.5, 5)
    found = find_leak(_series(60, slope, 0.5, seed), rule)
    assert found and found.found_after and found.found_after <= 40

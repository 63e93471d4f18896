import math

import numpy as np
import pytest
from scipy import stats as scipy_stats

from evals.stats import (
    Interval,
    bootstrap_mean,
    holm,
    mcnemar_exact,
    more_for_mean,
    more_for_rate,
    paired_bootstrap,
    paired_rate_difference,
    wilson,
)

SCALE = (1.0, 5.0)


@pytest.mark.parametrize(("k", "n"), [(0, 10), (10, 10), (85, 100), (1, 2), (299, 299), (37, 1000)])
def test_wilson_equals_scipy(k: int, n: int) -> None:
    expected = scipy_stats.binomtest(k, n).proportion_ci(0.95, method="wilson")
    found = wilson(k, n)
    assert found.lo == pytest.approx(expected.low, abs=1e-12)
    assert found.hi == pytest.approx(expected.high, abs=1e-12)


def test_wilson_of_nothing_says_nothing() -> None:
    assert wilson(0, 0) == Interval(0.0, 1.0)


@pytest.mark.parametrize(("k", "n"), [(-1, 3), (4, 3), (0, -1)])
def test_wilson_refuses_what_is_no_rate(k: int, n: int) -> None:
    with pytest.raises(ValueError, match="not a rate"):
        wilson(k, n)


@pytest.mark.parametrize("rate", [0.5, 0.85, 0.9, 0.97])
@pytest.mark.parametrize("n", [50, 200])
def test_wilson_covers_95_percent(rate: float, n: int) -> None:
    """Exact: the binomial's own weights, no sampling."""
    covered = sum(scipy_stats.binom.pmf(k, n, rate) for k in range(n + 1) if wilson(k, n).lo <= rate <= wilson(k, n).hi)
    assert 0.92 <= covered <= 0.985


@pytest.mark.parametrize("n", [15, 80])
def test_bootstrap_covers_about_95_percent(n: int) -> None:
    rng = np.random.default_rng(7)
    levels, weights = np.array([2.0, 3.0, 4.0, 5.0]), np.array([0.1, 0.2, 0.4, 0.3])
    truth = float(levels @ weights)
    runs = 300
    inside = 0
    for run in range(runs):
        interval = bootstrap_mean(rng.choice(levels, n, p=weights).tolist(), scale=SCALE, seed=run)
        inside += interval.lo <= truth <= interval.hi
    assert 0.91 <= inside / runs <= 0.99


def test_bootstrap_is_near_the_normal_interval_for_many_values() -> None:
    values = np.random.default_rng(1).uniform(2, 4, 2000)
    interval = bootstrap_mean(values.tolist(), scale=SCALE)
    half = 1.96 * values.std(ddof=1) / math.sqrt(values.size)
    assert interval.lo == pytest.approx(values.mean() - half, abs=half / 5)
    assert interval.hi == pytest.approx(values.mean() + half, abs=half / 5)


def test_bootstrap_is_seeded_and_ignores_order() -> None:
    values = [3.01, 4.17, 4.96, 2.23, 4.58, 3.7, 1.9]
    assert bootstrap_mean(values, scale=SCALE, seed=3) == bootstrap_mean(values[::-1], scale=SCALE, seed=3)
    assert bootstrap_mean(values, scale=SCALE, seed=3) != bootstrap_mean(values, scale=SCALE, seed=4)


def test_equal_values_are_no_certainty() -> None:
    few, many = (bootstrap_mean([5.0] * n, scale=SCALE) for n in (3, 300))
    assert few.lo < 3.5 < many.lo
    assert few.hi == many.hi == 5.0


@pytest.mark.parametrize("values", [[], [4.9]])
def test_too_few_values_span_the_scale(values: list[float]) -> None:
    assert bootstrap_mean(values, scale=SCALE) == Interval(1.0, 5.0)


@pytest.mark.parametrize(("b", "c"), [(0, 0), (0, 5), (0, 6), (1, 9), (8, 2), (7, 7), (30, 12)])
def test_mcnemar_equals_the_binomial_test(b: int, c: int) -> None:
    expected = scipy_stats.binomtest(b, b + c).pvalue if b + c else 1.0
    assert mcnemar_exact(b, c) == pytest.approx(expected)


def test_mcnemar_needs_six_to_none() -> None:
    assert mcnemar_exact(0, 5) > 0.05 > mcnemar_exact(0, 6)
    assert mcnemar_exact(1, 9) < 0.05


def test_paired_rate_interval_covers() -> None:
    rng = np.random.default_rng(5)
    truth, runs, inside = 0.04 - 0.10, 1000, 0
    for _ in range(runs):
        lost, gained, _same = rng.multinomial(150, [0.10, 0.04, 0.86])
        interval = paired_rate_difference(150, int(lost), int(gained))
        inside += interval.lo <= truth <= interval.hi
    assert inside / runs >= 0.93


def test_paired_bootstrap_keeps_its_error_rate() -> None:
    rng = np.random.default_rng(11)
    runs = 300
    alarms = sum(
        paired_bootstrap([0.0] * 40, rng.choice([-1.0, 0.0, 1.0], 40).tolist(), seed=run).p_value < 0.05
        for run in range(runs)
    )
    assert alarms / runs < 0.085


def test_paired_bootstrap_sees_a_shift_as_the_t_test_does() -> None:
    rng = np.random.default_rng(2)
    before = rng.normal(4, 0.5, 100)
    after = before - 0.2 + rng.normal(0, 0.3, 100)
    found = paired_bootstrap(before.tolist(), after.tolist())
    assert found.difference == pytest.approx(float((after - before).mean()))
    assert found.interval.hi < 0
    assert found.p_value < 0.001
    nearly = paired_bootstrap(before.tolist(), (before + rng.normal(0, 0.3, 100)).tolist())
    assert nearly.p_value > 0.05


def test_paired_bootstrap_of_equal_runs_and_of_a_constant_shift() -> None:
    assert paired_bootstrap([4.0] * 50, [4.0] * 50).p_value == 1.0
    assert paired_bootstrap([4.0] * 50, [3.0] * 50).p_value < 0.001
    assert paired_bootstrap([4.0] * 3, [3.0] * 3).p_value > 0.05
    with pytest.raises(ValueError, match="pair"):
        paired_bootstrap([1.0], [1.0, 2.0])


def test_holm_by_hand() -> None:
    # Sorted 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1, then made monotone.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def test_holm_holds_the_family_error_rate() -> None:
    rng = np.random.default_rng(3)
    alarms = sum(min(holm(rng.uniform(size=12).tolist())) < 0.05 for _ in range(2000))
    assert alarms / 2000 < 0.065


@pytest.mark.parametrize(("k", "n", "threshold"), [(85, 100, 0.8), (93, 100, 0.9), (860, 1000, 0.85), (88, 100, 0.9)])
def test_more_for_rate_is_the_first_number_that_decides(k: int, n: int, threshold: float) -> None:
    more = more_for_rate(k, n, threshold)
    assert more
    for total, decided in ((n + more, True), (n + more - 1, False)):
        interval = wilson(k / n * total, total)
        assert (interval.lo > threshold or interval.hi < threshold) is decided


def test_more_for_rate_at_the_edges() -> None:
    assert more_for_rate(99, 100, 0.8) == 0
    assert more_for_rate(80, 100, 0.8) is None
    assert more_for_rate(0, 0, 0.8) is None


def test_more_for_mean_shrinks_with_the_root() -> None:
    assert more_for_mean(3.7, Interval(3.3, 4.1), 25, 3.5) == 75
    assert more_for_mean(3.7, Interval(3.6, 3.8), 25, 3.5) == 0
    assert more_for_mean(3.5, Interval(3.3, 3.7), 25, 3.5) is None

"""Calibration: a map recovers the truth on simulated answers, and its figures are what the literature defines."""

import json
import math

import numpy as np
import pytest

from evals.calibration import BINS, as_json, auroc, fit, fits, reliability, signal_of
from evals.predictions import Sample
from josi.confidence import calibrated


def sample(number: int, certainty: float | None, right: bool, raw: str = "{}") -> Sample:
    outcomes = {"action_accuracy": right}
    return Sample(f"s{number}", "interpreter", "c", "m", "", raw, {}, "eos", {}, {}, outcomes, {}, certainty)


def drawn(n: int, seed: int, truth: "np.ufunc | None" = None) -> tuple[np.ndarray, np.ndarray]:
    """Signals from an overconfident model, right as often as signal ** 3 says."""
    dice = np.random.default_rng(seed)
    values = dice.beta(5, 1, n)
    return values, (dice.random(n) < values**3).astype(float)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_map_undoes_overconfidence(seed: int) -> None:
    made = fit("certainty", *drawn(4000, seed))
    for signal in (0.5, 0.7, 0.9, 0.97):
        assert calibrated(signal, made.knots) == pytest.approx(signal**3, abs=0.08)
    assert made.log_loss < made.plain_log_loss


def test_the_map_never_falls() -> None:
    for seed in range(5):
        knots = fit("certainty", *drawn(60, seed)).knots
        told = [calibrated(x / 100, knots) for x in range(101)]
        assert told == sorted(told) and told[0] >= 0 and told[-1] <= 1


@pytest.mark.parametrize("right", [0.0, 1.0])
def test_answers_that_are_all_alike_still_give_a_map(right: float) -> None:
    values = np.linspace(0.2, 1, 50)
    made = fit("certainty", values, np.full(50, right))
    assert all(math.isfinite(x) and 0 <= y <= 1 for x, y in made.knots) and made.auroc == 0.5


def test_auroc_is_the_chance_that_a_right_one_is_above_a_wrong_one() -> None:
    assert auroc(np.array([0.1, 0.4, 0.4, 0.9]), np.array([0, 1, 0, 1])) == pytest.approx((1 + 1 + 0.5 + 1) / 4)


def test_expected_calibration_error_by_hand() -> None:
    made = fits([sample(i, 0.95, i % 2 == 0) for i in range(40)])[0]
    found = reliability([sample(i, 0.95, i < 30) for i in range(40)], made)
    told = calibrated(0.95, made.knots)
    assert found.n == 40 and found.ece == pytest.approx(abs(0.75 - told), abs=1e-3)
    assert sum(one.n for one in found.bins) == 40 and len(found.bins) <= BINS
    assert sum(band.n for band in found.bands.values()) == 40


def test_the_written_confidence_is_a_signal_where_all_wrote_one() -> None:
    raw = '{"action":"replan","confidence":0.6}'
    assert signal_of(sample(1, 0.9, True, raw), "written") == 0.6
    assert signal_of(sample(1, 0.9, True, '{"confidence":true}'), "written") is None
    both = [sample(i, 0.5 + 0.4 * (i % 3 == 0), i % 3 == 0, raw) for i in range(60)]
    assert [one.signal for one in fits(both)] == ["certainty", "written"]
    assert [one.signal for one in fits([*both, sample(99, 0.9, True)])] == ["certainty"]


def test_too_few_or_silent_answers_give_no_map() -> None:
    assert fits([sample(1, 0.9, True)]) == [] and fits([sample(i, None, True) for i in range(30)]) == []


def test_the_shipped_map_is_json() -> None:
    made = fit("certainty", *drawn(100, 1))
    told = json.loads(as_json(made))
    assert told["signal"] == "certainty" and [tuple(knot) for knot in told["knots"]] == list(made.knots)

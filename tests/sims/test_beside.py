"""A container's chat projected to a phone: medians, bands, and nothing where nothing is known."""

import pytest

from sims.beside import beside
from sims.devices import find_device
from sims.fit import Speed, device_speed, load_published, smallest_fitted
from sims.model_cost import ModelCost
from sims.projection import HostSpeed, Turn, project_model

COST = ModelCost("m", "q4", layer_params=1e9, head_params=2e8, layer_bytes=5e8, head_bytes=1e8, kv_bytes=1e5)
COSTS = {"interpreter": COST, "explainer": COST}
PHONE = find_device("oneplus-12")
SPEED = device_speed(PHONE, "q4", load_published())
SPEEDS = {"interpreter": SPEED, "explainer": SPEED}


def turn(new: int, cached: int = 10) -> dict[str, object]:
    reply = {"prompt_tokens": 110, "cached_tokens": cached, "new_tokens": new, "prefill_s": 0.5, "decode_s": 1.0}
    return {"interpreter": reply, "explainer": reply, "seconds": 3.2, "cpu_s": 6.0}


def test_a_turn_is_both_replies_and_the_median_turn_counts() -> None:
    found = beside([turn(10), turn(20), turn(90)], COSTS, PHONE, SPEEDS, cpus=2)
    one = project_model(COST, SPEED, Turn(100, 20, 130)).turn_s
    assert found.turn_s and one and found.turn_s.value == pytest.approx(2 * one.value)
    assert found.turn_s.low < found.turn_s.value < found.turn_s.high
    assert found.turn_s_by_host is None  # no calibration


def test_cached_tokens_are_not_evaluated_again() -> None:
    fresh, cached = (beside([turn(10, n)], COSTS, PHONE, SPEEDS, cpus=2).ttft_s for n in (10, 90))
    assert fresh and cached and fresh.value > cached.value


def test_a_calibrated_host_maps_its_own_seconds() -> None:
    host = HostSpeed(SPEED.decode_gbps.value, SPEED.prefill_gops.value)  # type: ignore[union-attr]
    found = beside([turn(10)], COSTS, PHONE, SPEEDS, cpus=2, host=host).turn_s_by_host
    assert found and found.value == pytest.approx(3.2)  # a phone as fast as the host


def test_energy_follows_from_busy_cores_and_is_marked() -> None:
    found = beside([turn(10)], COSTS, PHONE, SPEEDS, cpus=2)
    mwh, each = found.mwh_per_turn_estimated, found.turns_per_battery_percent_estimated
    assert mwh and each and mwh.value * each.value == pytest.approx(PHONE.battery_wh * 10)


def test_what_is_unknown_stays_unknown() -> None:
    nothing = {"interpreter": Speed(None, None), "explainer": Speed(None, None)}
    found = beside([turn(10)], COSTS, PHONE, nothing, cpus=2, host=HostSpeed(10, 50))
    assert (found.decode_tps, found.turn_s, found.turn_s_by_host, found.mwh_per_turn_estimated) == (None,) * 4
    assert found.below_fitted == (COST.decode_bytes() < smallest_fitted())
    assert beside([], COSTS, PHONE, SPEEDS, cpus=2).decode_tps is None

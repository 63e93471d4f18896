"""Cost of a model, fit of a phone, projection, energy: by hand-made figures whose answers are known."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.errors import InputError, MissingError
from sims.devices import Device, find_device
from sims.energy import core_watts, phone_cpu_s, turn_energy
from sims.fit import Figure, Rate, Speed, device_speed, load_published
from sims.model_cost import ModelCost, cost_of, cost_of_gguf, quantisation_of
from sims.projection import HostSpeed, Measured, Projected, Turn, project_measured, project_model

COST = ModelCost("m", "q4", layer_params=1e9, head_params=2e8, layer_bytes=5e8, head_bytes=1e8, kv_bytes=1e5)
META = {"general.architecture": "x", "x.block_count": 2, "x.embedding_length": 64, "x.attention.head_count": 4}
EXACT = Rate(30.0, "measured", (1.0, 1.0))
SPEED = Speed(EXACT, Rate(240.0, "measured", (1.0, 1.0)))


def figure(phone: str, **values: object) -> Figure:
    base = Figure(phone, "m", COST, "llama.cpp", True, "here", decode_tps=50.0, prefill_tps=100.0, prompt_tokens=512)
    return replace(base, **values)  # type: ignore[arg-type]


def test_the_embedding_is_read_only_where_it_is_the_head() -> None:
    layers = [("blk.0.w", 1000, 600), ("token_embd.weight", 200, 160)]
    tied = cost_of("m", META, layers)
    assert (tied.decode_bytes(), tied.layer_params, tied.head_params) == (760, 1000, 200)
    apart = cost_of("m", META, [*layers, ("output.weight", 200, 170), ("per_layer_token_embd.weight", 9999, 9999)])
    assert (apart.decode_bytes(), apart.size_bytes, apart.params) == (770, 10929, 11399)


def test_the_cache_is_read_with_every_token() -> None:
    meta = {**META, "x.attention.head_count_kv": 2}
    cost = cost_of("m", meta, [("blk.0.w", 1000, 600), ("token_embd.weight", 200, 160)])
    assert cost.kv_bytes == 2 * 2 * (16 + 16) * 2  # blocks × heads × (key + value) × F16
    assert cost.decode_bytes(10) == 760 + 10 * cost.kv_bytes
    each = cost_of("m", {**META, "x.attention.head_count_kv": [2, 0]}, [("b", 8, 8), ("token_embd.weight", 8, 8)])
    assert each.kv_bytes == cost.kv_bytes / 2


def test_of_a_mixture_only_the_experts_that_a_token_uses_count() -> None:
    meta = {**META, "x.expert_count": 8, "x.expert_used_count": 2}
    cost = cost_of("m", meta, [("blk.0.ffn_up_exps.weight", 800, 400), ("output.weight", 10, 10)])
    assert cost.layer_bytes == 100 and cost.layer_params == 200


@pytest.mark.parametrize(("bits", "kind"), [(16, "f16"), (8.5, "q8"), (6.6, "q4"), (4.5, "q4"), (32, "f16")])
def test_classes_of_quantisation(bits: float, kind: str) -> None:
    assert quantisation_of(bits) == kind


def test_a_real_header(tiny_gguf: Path) -> None:
    from gguf import GGUFReader

    cost = cost_of_gguf(tiny_gguf)
    tensors = GGUFReader(tiny_gguf).tensors
    assert cost.size_bytes == sum(int(t.n_bytes) for t in tensors)
    assert cost.params == sum(int(t.n_elements) for t in tensors)
    assert cost.quantisation == "f16" and cost.kv_bytes > 0


@given(data=st.binary(max_size=200), keep=st.integers(4, 2000))
def test_a_damaged_header_is_an_error_for_a_person(
    tiny_gguf: Path, tmp_path_factory: pytest.TempPathFactory, data: bytes, keep: int
) -> None:
    path = tmp_path_factory.mktemp("bad") / "bad.gguf"
    path.write_bytes(tiny_gguf.read_bytes()[:keep] + data)
    with pytest.raises(InputError, match=r"bad\.gguf"):
        cost_of_gguf(path)


def test_no_file_and_no_language_model(tmp_path: Path) -> None:
    with pytest.raises(MissingError):
        cost_of_gguf(tmp_path / "none.gguf")
    with pytest.raises(KeyError):
        cost_of("m", META, [("v.blk.0.w", 8, 8)])


def test_decode_is_bandwidth_over_bytes_and_prefill_rate_over_operations() -> None:
    told = project_model(COST, SPEED, Turn(prompt_tokens=100, new_tokens=20, context_tokens=1010))
    assert told.decode_tps and told.prefill_tps and told.ttft_s and told.turn_s
    assert told.decode_tps.value == pytest.approx(30e9 / (6e8 + 1000 * 1e5))  # at the mean context, 1000
    assert told.prefill_tps.value == pytest.approx(100 / (2 * (100 * 1e9 + 2e8) / 240e9))
    assert told.ttft_s.value == pytest.approx(100 / told.prefill_tps.value + 1 / told.decode_tps.value)
    assert told.turn_s.value == pytest.approx(100 / told.prefill_tps.value + 20 / told.decode_tps.value)


def test_arithmetic_bounds_decode_where_there_is_little() -> None:
    slow = replace(SPEED, prefill_gops=Rate(24.0, "measured", (1.0, 1.0)))
    told = project_model(COST, slow, Turn(1, 1, 1))
    assert told.decode_tps and told.decode_tps.value == pytest.approx(24e9 / 2.4e9)


def test_what_is_unknown_stays_unknown() -> None:
    told = project_model(COST, replace(SPEED, prefill_gops=None), Turn(10, 10, 20))
    assert told.decode_tps and told.prefill_tps is told.ttft_s is told.turn_s is told.prefill_basis is None
    assert project_model(COST, Speed(None, None), Turn(1, 1, 1)).decode_tps is None
    assert project_measured(Measured(1, 1), HostSpeed(1, 1), Speed(None, EXACT)) is None


@given(prompt=st.integers(0, 8192), new=st.integers(1, 2048), band=st.tuples(st.floats(0.1, 1), st.floats(1, 5)))
def test_a_projection_lies_in_its_band(prompt: int, new: int, band: tuple[float, float]) -> None:
    speed = Speed(Rate(30, "published", band), Rate(240, "published", band))
    told = project_model(COST, speed, Turn(prompt, new, prompt + new))
    for part in (told.decode_tps, told.prefill_tps, told.ttft_s, told.turn_s):
        assert part and 0 <= part.low <= part.value <= part.high


def test_measured_on_the_host_scales_by_the_ratio_of_rates() -> None:
    host = HostSpeed(decode_gbps=10.0, prefill_gops=120.0)
    told = project_measured(Measured(prefill_s=2.0, decode_s=3.0, other_s=0.5), host, SPEED)
    assert told and told.value == pytest.approx(2 * 120 / 240 + 3 * 10 / 30 + 0.5)


def test_a_turn_of_the_agent_is_both_replies_and_the_rest() -> None:
    turn = {"seconds": 5.0, "interpreter": {"prefill_s": 1.0, "decode_s": 0.5}}
    turn |= {"explainer": {"prefill_s": 0.5, "decode_s": 2.0}}
    seen = Measured.of_turn(turn)
    assert (seen.prefill_s, seen.decode_s, seen.other_s, seen.cpu_s, seen.seconds) == (1.5, 2.5, 1.0, None, 5.0)


def test_own_measured_figures_beat_published_ones_and_those_beat_other_phones() -> None:
    phone = find_device("galaxy-s22")
    published = [figure("oneplus-12"), figure("galaxy-s22", decode_tps=40.0, prefill_tps=None)]
    speed = device_speed(phone, "q4", published)
    assert speed.decode_gbps and speed.decode_gbps.basis == "published"
    assert speed.decode_gbps.value == pytest.approx(40 * 0.6)
    assert speed.prefill_gops and speed.prefill_gops.basis == "transferred"
    measured = [*published, figure("galaxy-s22", decode_tps=20.0, prefill_tps=None, measured=True)]
    again = device_speed(phone, "q4", measured).decode_gbps
    assert again and again.basis == "measured" and again.value == pytest.approx(20 * 0.6)


def test_a_transfer_goes_by_share_of_peak() -> None:
    known, other = find_device("oneplus-12"), find_device("pixel-4a")
    speed = device_speed(other, "q4", [figure("oneplus-12")])
    assert speed.decode_gbps and speed.prefill_gops
    assert speed.decode_gbps.basis == "transferred_unchecked"  # no I8MM
    assert speed.decode_gbps.value == pytest.approx(30 * other.memory_gbps / known.memory_gbps)
    share = other.peak_gops("q4") / known.peak_gops("q4")
    assert speed.prefill_gops.value == pytest.approx((figure("x").prefill_gops or 0) * share)


def test_figures_that_are_not_for_fitting_fit_nothing() -> None:
    assert device_speed(find_device("pixel-4a"), "q4", [figure("oneplus-12", fit=False)]) == Speed(None, None)


def test_every_phone_has_a_projection_in_every_class() -> None:
    for kind in ("f16", "q8", "q4"):
        speed = device_speed(find_device("pixel-4a"), kind, load_published())
        assert speed.decode_gbps and speed.prefill_gops


def phone() -> Device:
    return find_device("pixel-4a")


def test_energy_is_seconds_times_watts() -> None:
    assert core_watts(phone().clusters, 2) == (0.6, 1.4)
    assert core_watts(phone().clusters, 3)[0] == pytest.approx((0.6 + 0.6 + 0.1) / 3)
    found = turn_energy(phone(), Projected(36, 36, 36), 2)
    assert found.estimated and found.mwh_per_turn.value == pytest.approx(10.0)
    assert (found.mwh_per_turn.low, found.mwh_per_turn.high) == (pytest.approx(6.0), pytest.approx(14.0))
    per_percent = found.turns_per_battery_percent
    assert per_percent.value == pytest.approx(phone().battery_wh * 10 / 10.0) and per_percent.low < per_percent.high
    with pytest.raises(InputError):
        core_watts(phone().clusters, 0)


def test_cpu_seconds_go_over_by_busy_cores() -> None:
    assert phone_cpu_s(18.0, 10.0, Projected(4, 5, 6), threads=2).value == pytest.approx(9.0)
    assert phone_cpu_s(50.0, 10.0, Projected(4, 5, 6), threads=2).value == pytest.approx(10.0)
    assert phone_cpu_s(1.0, 0.0, Projected(4, 5, 6), threads=2).value == 0

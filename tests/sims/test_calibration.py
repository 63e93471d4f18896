"""Calibration: rates out of repeats, intervals, and when a machine is too busy to time anything."""

from dataclasses import replace
from pathlib import Path

import pytest

from line.errors import InputError, MissingError, StageError
from sims import calibration as subject
from sims.calibration import (
    NEW_TOKENS,
    PROMPT_TOKENS,
    Calibration,
    calibrate,
    estimate,
    load,
    save,
    thread_speed,
    undisturbed,
)
from sims.model_cost import ModelCost

COST = ModelCost("m", "q4", layer_params=1e9, head_params=2e8, layer_bytes=5e8, head_bytes=1e8, kv_bytes=1e5)
ROWS = [{"decode_tps": 10.0 + n / 10, "prefill_tps": 100.0 + n} for n in range(5)]


def made() -> Calibration:
    speed = thread_speed(2, ROWS, COST)
    return Calibration(subject.describe_host(), "0.3", "m.gguf", "a" * 64, "q4", (speed,))


def test_rates_are_bytes_and_operations_a_second() -> None:
    speed = thread_speed(2, ROWS, COST)
    assert speed.decode_tps.mean == pytest.approx(10.2) and speed.decode_tps.repeats == 5
    assert speed.decode_gbps.mean == pytest.approx(10.2 * (6e8 + 1e5 * NEW_TOKENS / 2) / 1e9)
    assert speed.prefill_gops.mean == pytest.approx(102.0 * 2 * (1e9 + 2e8 / PROMPT_TOKENS) / 1e9)


def test_the_interval_holds_the_mean_and_says_how_little_equal_values_prove() -> None:
    found = estimate([9.0, 10.0, 11.0, 10.0, 10.5])
    assert found.low < found.mean < found.high
    equal = estimate([10.0] * 5)
    assert equal.low < 10 < equal.high


def test_a_calibration_survives_its_file_and_belongs_to_its_host(tmp_path: Path) -> None:
    path = save(made(), tmp_path)
    assert load(path) == made()
    other = save(replace(made(), host={"cpu": "another", "cores": 1}), tmp_path)
    with pytest.raises(InputError, match="another"):
        load(other)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"speeds": 3}', "null"])
def test_what_is_no_calibration_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "c.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"c\.json is no calibration"):
        load(path)
    with pytest.raises(MissingError, match="josi device calibrate"):
        load(tmp_path / "none.json")


def test_threads_that_were_not_measured_are_not_guessed() -> None:
    assert made().speed(2).decode_gbps == pytest.approx(made().speeds[0].decode_gbps.mean)
    with pytest.raises(InputError, match="2 threads, not 4"):
        made().speed(4)


def test_nothing_is_timed_on_a_busy_machine(monkeypatch: pytest.MonkeyPatch, tiny_gguf: Path) -> None:
    monkeypatch.setattr(subject, "wait_until_quiet", lambda rule, wait_s: "others took 90%; the busiest: process 1 (x)")
    with pytest.raises(StageError, match=r"busy.*process 1 \(x\)"):
        calibrate(tiny_gguf)


def test_only_undisturbed_timings_count() -> None:
    tries = [{"decode_tps": 1.0, "noise": "others"}, {"decode_tps": 2.0, "noise": ""}, {"decode_tps": 3.0, "noise": ""}]
    assert [row["decode_tps"] for row in undisturbed(tries, 2, force=False)] == [2.0, 3.0]
    assert len(undisturbed(tries, 3, force=True)) == 3
    with pytest.raises(StageError, match="Only 2 of 3 timings.*others"):
        undisturbed(tries, 3, force=False)


@pytest.mark.parametrize("wrong", [{"threads": [0]}, {"threads": [10_000]}, {"repeats": 1}])
def test_arguments_that_measure_nothing(tiny_gguf: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match="repeats or more"):
        calibrate(tiny_gguf, **wrong)  # type: ignore[arg-type]


def test_a_tiny_model_is_timed_in_a_process_of_its_own(tiny_gguf: Path) -> None:
    lines: list[str] = []
    found = calibrate(tiny_gguf, threads=[1], repeats=3, force=True, show=lines.append)
    (speed,) = found.speeds
    assert speed.threads == 1 and speed.decode_tps.repeats == 3 and speed.decode_gbps.mean > 0
    assert speed.prefill_tps.mean > speed.decode_tps.mean and found.build and lines


def test_a_model_that_llama_cpp_refuses_is_an_input_error(tiny_gguf: Path, tmp_path: Path) -> None:
    """Its header is whole and its weights are cut off."""
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(tiny_gguf.read_bytes()[:-1000])
    with pytest.raises((InputError, StageError), match=r"bad\.gguf"):
        calibrate(bad, threads=[1], repeats=3, force=True, show=lambda _line: None)

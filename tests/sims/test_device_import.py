"""Measurements of real phones: every kind of file, every way to be wrong, and what is done with them."""

import copy
import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.errors import InputError, JosiError, MissingError
from sims import measurements
from sims.device_import import import_file, read
from sims.devices import find_device
from sims.fit import device_speed, load_published

PHONE = find_device("pixel-7a")


def bench(**values: Any) -> dict[str, Any]:
    """A row as llama-bench b4500 and later write it; by default decode, 1.24 billion parameters, 0.8 GB."""
    row = {
        "build_commit": "a1b2c3d4",
        "build_number": 5000,
        "cpu_info": "",
        "gpu_info": "",
        "backends": "CPU",
        "model_filename": "/data/local/tmp/Llama-3.2-1B-Instruct-Q4_K_M.gguf",
        "model_type": "llama 1B Q4_K - Medium",
        "model_size": 799862912,
        "model_n_params": 1235814432,
        "n_threads": 4,
        "n_gpu_layers": 99,
        "n_prompt": 0,
        "n_gen": 128,
        "n_depth": 0,
        "test_time": "2026-05-01T10:00:00Z",
        "avg_ns": 6_400_000_000,
        "stddev_ns": 1000,
        "avg_ts": 20.0,
        "stddev_ts": 0.1,
        "samples_ts": [19.9, 20.0, 20.1],
    }
    return {**row, **values}


PREFILL = bench(n_prompt=512, n_gen=0, avg_ts=64.0, avg_ns=8_000_000_000, samples_ts=[64.0])
OURS = {
    "device": "Pixel 7a",
    "ram_total_bytes": 7_700_000_000,
    "model": {"name": "m", "size_bytes": 799862912, "params": 1235814432, "quantisation": "Q4_K_M"},
    "threads": 4,
    "prompt_tokens": 400,
    "gen_tokens": 100,
    "prefill_tps": 60.0,
    "decode_tps": 19.0,
    "ttft_s": 7.0,
    "peak_rss_mb": 1500,
    "energy_mwh": 850.0,
    "battery_drop_percent": 5,
    "turns": 100,
    "when": "2026-05-02",
    "by": "a tester",
}
TABLE = """| model                          |       size |     params | backend    | threads |          test |                  t/s |
| ------------------------------ | ---------: | ---------: | ---------- | ------: | ------------: | -------------------: |
| llama 1B Q4_K - Medium         | 762.81 MiB |     1.24 B | CPU        |       4 |         pp512 |         64.00 ± 0.50 |
| llama 1B Q4_K - Medium         | 762.81 MiB |     1.24 B | CPU        |       4 |         tg128 |         20.00 ± 0.10 |
| llama 1B Q4_K - Medium         | 762.81 MiB |     1.24 B | CPU        |       4 |   pp512+tg128 |         40.00 ± 0.10 |
| llama 1B Q4_K - Medium         | 762.81 MiB |     1.24 B | CPU        |       4 | tg128 @ d1024 |         15.00 ± 0.10 |

build: a1b2c3d4 (5000)
"""  # noqa: E501


def battery(level: int, charge: int, powered: str = "false") -> str:
    return (
        f"Current Battery Service state:\n  AC powered: false\n  USB powered: {powered}\n  Charge counter: {charge}\n"
        f"  status: 3\n  level: {level}\n  scale: 100\n  voltage: 3900\n  temperature: 300\n"
    )


ADB = (
    "MemTotal:        7600000 kB\nMemFree:          200000 kB\n"
    "** MEMINFO in pid 4711 [com.josi.app] **\n           TOTAL PSS:   900,000            TOTAL RSS:   1024000\n"
    "** MEMINFO in pid 4711 [com.josi.app] **\n           TOTAL PSS:   1000000            TOTAL RSS:   1536000\n"
    + battery(80, 3_400_000)
    + battery(75, 3_180_000)
)


def csv_text(*rows: dict[str, Any]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(
        out, [k for k in rows[0] if k != "samples_ts"], quoting=csv.QUOTE_ALL, extrasaction="ignore"
    )
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def put(tmp_path: Path, content: Any, name: str = "in.txt") -> Path:
    path = tmp_path / name
    path.write_bytes(
        content
        if isinstance(content, bytes)
        else (content if isinstance(content, str) else json.dumps(content)).encode()
    )
    return path


def stored(tmp_path: Path) -> list[dict[str, Any]]:
    return measurements.load(PHONE, tmp_path / "measured")


def take(tmp_path: Path, content: Any, device: str = "pixel-7a") -> Any:
    return import_file(put(tmp_path, content), device, tmp_path / "measured")


KINDS = {
    "json": json.dumps([PREFILL, bench()], indent=2),
    "one object": json.dumps(bench()),
    "jsonl": json.dumps(PREFILL) + "\n" + json.dumps(bench()) + "\n",
    "csv": csv_text(PREFILL, bench()),
    "table": TABLE,
    "crlf": csv_text(PREFILL, bench()).replace("\r\n", "\n").replace("\n", "\r\n"),
    "powershell": json.dumps([bench()]).encode("utf-16"),
    "bom": b"\xef\xbb\xbf" + json.dumps([bench()]).encode(),
}


@pytest.mark.parametrize("kind", KINDS)
def test_llama_bench_in_every_shape(tmp_path: Path, kind: str) -> None:
    done = take(tmp_path, KINDS[kind])
    rates = {name: row[name] for row in stored(tmp_path) for name in ("decode_tps", "prefill_tps") if name in row}
    assert rates["decode_tps"] == pytest.approx(20.0 if kind != "table" else 15.0)
    assert rates.get("prefill_tps", 64.0) == 64.0
    assert done.added == len(stored(tmp_path)) == done.read
    assert all(row["device"] == "pixel-7a" and row["threads"] == 4 for row in stored(tmp_path))
    assert {row["model"]["quantisation"] for row in stored(tmp_path)} == {"Q4_K"}


def test_what_is_one_rate_of_two_things_is_left_out_and_said(tmp_path: Path) -> None:
    done = take(tmp_path, TABLE)
    assert done.read == 3 and len(done.left_out) == 1 and "pp512+tg128" in done.left_out[0]
    with pytest.raises(InputError, match=r"nothing to import.*pp512\+tg128"):
        take(tmp_path, [bench(n_prompt=512)])


def test_the_report_says_how_far_off_the_projection_was(tmp_path: Path) -> None:
    done = take(tmp_path, [bench(), PREFILL])
    decode = next(row for row in done.checked if row.what == "decode tok/s")
    assert decode.seen == 20.0 and decode.basis.startswith("transferred")
    speed = device_speed(PHONE, "q4", load_published()).decode_gbps
    assert speed and decode.projected == pytest.approx(speed.value * 1e9 / 799862912)
    assert decode.error_percent == pytest.approx(100 * (decode.projected / 20 - 1))


def test_after_an_import_projections_stand_on_it(tmp_path: Path) -> None:
    take(tmp_path, [bench(), PREFILL])
    figures = [*load_published(), *measurements.figures(PHONE, stored(tmp_path))]
    speed = device_speed(PHONE, "q4", figures)
    assert speed.decode_gbps and speed.prefill_gops
    assert speed.decode_gbps.basis == speed.prefill_gops.basis == "measured"
    assert speed.decode_gbps.value == pytest.approx(20.0 * 799862912 / 1e9)


def test_what_a_gpu_computed_fits_no_cpu(tmp_path: Path) -> None:
    take(tmp_path, [bench(backends="OpenCL", n_gpu_layers=99), bench(backends="", vulkan=True, test_time="")])
    assert [row["backend"] for row in stored(tmp_path)] == ["OpenCL", "vulkan"]
    assert not any(figure.fit for figure in measurements.figures(PHONE, stored(tmp_path)))


def test_layers_for_a_gpu_that_is_not_there_are_the_cpus(tmp_path: Path) -> None:
    take(tmp_path, [bench(backends="CPU", n_gpu_layers=99), bench(backends="Vulkan", n_gpu_layers=0, test_time="")])
    assert {row["backend"] for row in stored(tmp_path)} == {"CPU"}


def test_a_deep_cache_is_kept_and_fits_nothing(tmp_path: Path) -> None:
    take(tmp_path, [bench(n_depth=2048)])
    assert stored(tmp_path)[0]["depth_tokens"] == 2048
    assert not measurements.figures(PHONE, stored(tmp_path))[0].fit


def test_ours(tmp_path: Path) -> None:
    done = take(tmp_path, OURS, device="")
    assert done.device.key == "pixel-7a" and done.added == 1
    assert {row.what for row in done.checked} == {"decode tok/s", "prefill tok/s", "TTFT s"}


def test_adb(tmp_path: Path) -> None:
    take(tmp_path, ADB)
    (row,) = stored(tmp_path)
    assert row["peak_rss_mb"] == 1500 and row["app"] == "com.josi.app"
    assert row["peak_pss_mb"] == pytest.approx(976.56, abs=0.01) and row["ram_total_bytes"] == 7_600_000 * 1024
    assert row["battery_drop_percent"] == 5
    assert row["energy_mwh"] == pytest.approx(220_000 * 3.9 / 1000)  # µAh × V = µWh


def test_twice_is_as_once(tmp_path: Path) -> None:
    first = take(tmp_path, [bench(), PREFILL])
    before = first.path.read_bytes()
    assert take(tmp_path, KINDS["jsonl"]).added == 0 and first.path.read_bytes() == before
    assert take(tmp_path, [bench(test_time="2026-05-03T10:00:00Z"), PREFILL]).added == 1


def test_two_figures_of_one_run_contradict_each_other_and_nothing_is_written(tmp_path: Path) -> None:
    first = take(tmp_path, [bench()])
    before = first.path.read_bytes()
    other = [PREFILL, bench(avg_ts=21.0, avg_ns=6_095_238_095, samples_ts=[21.0])]
    with pytest.raises(InputError, match=r"20\.0 is stored of the same run"):
        take(tmp_path, other)
    with pytest.raises(InputError, match="stored of the same run"):
        import_file(put(tmp_path, [*other, bench()]), "pixel-7a", tmp_path / "fresh")
    assert first.path.read_bytes() == before and not (tmp_path / "fresh").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"avg_ts": None}, "row 1: avg_ts is 'None'"),
        ({"avg_ts": 0}, "nothing was timed"),
        ({"avg_ts": -3.0}, "nothing was timed"),
        ({"avg_ts": "fast"}, "avg_ts is 'fast'"),
        ({"avg_ts": True}, "avg_ts is 'True'"),
        ({"avg_ts": 40.0}, "contradict"),
        ({"samples_ts": [200.0]}, "samples_ts says 200"),
        ({"samples_ts": [{}]}, "samples_ts is"),
        ({"n_gen": -1}, "n_gen is -1"),
        ({"n_gen": 1.5}, "n_gen is 1.5"),
        ({"model_filename": "", "model_type": ""}, "which model"),
        ({"model_size": "big"}, "model_size is 'big'"),
        ({"n_threads": 0.5}, "n_threads"),
        ({"n_threads": 1000}, "threads"),
        ({"test_time": "yesterday"}, "ISO 8601"),
        ({"avg_ts": 2000.0, "avg_ns": 64_000_000, "samples_ts": [], "model_filename": "x"}, "GB/s"),
    ],
)
def test_malformed_bench_rows_name_row_and_field(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    phone = "oneplus-12"  # its bandwidth is no estimate
    with pytest.raises(InputError, match=said):
        take(tmp_path, [bench(**change)], phone)
    assert not (tmp_path / "measured").exists()


@pytest.mark.parametrize("field", ["avg_ts", "n_prompt", "n_gen", "model_size", "model_n_params"])
def test_a_missing_column_is_named(tmp_path: Path, field: str) -> None:
    row = {k: v for k, v in bench().items() if k != field}
    with pytest.raises(InputError, match=f"no {field}"):
        take(tmp_path, [row])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "neither JSON nor"),
        ("hello", "neither JSON nor"),
        ("{", "not JSON"),
        ("[1]", "no object"),
        ("[]", "nothing to import"),
        ("[[]]", "no object"),
        ('{"device": "pixel-7a", "decode_tps": NaN}', "NaN"),
        ('{"device": "pixel-7a", "decode_tps": 1, "decode_tps": 2}', "comes twice"),
        ('{"device": "pixel-7a"}\n{"device"', ":2: not JSON"),
        (csv_text(bench())[:-40], "cells under"),
        (TABLE[:-130], "no row of|cells under"),
        (b"\xff\xfe\x00", "no text"),
        (b"GGUF\x00\x01\xff", "no text|neither"),
        ("[" * 100_000, "not JSON"),
        (battery(80, 1), "one battery reading"),
        (battery(80, 9) + battery(79, 5, "true"), "charging"),
        (battery(70, 9) + battery(79, 5), "rose from 70 to 79"),
        (battery(80, 100) + battery(79, 500), "charge counter rose"),
        ("MemTotal: 7600000 kB\nMemTotal: 3600000 kB\n", "two phones"),
        ("MemTotal: 3600000 kB\n", "4 GB phone"),
        ("MemTotal: 12 kB\n", "ram_total_bytes"),
        ("** MEMINFO in pid 1 [a] **\n** MEMINFO in pid 2 [b] **\n", "2 apps"),
        ("** MEMINFO in pid 1 [a] **\n", "cut off"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, text: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        take(tmp_path, text)
    assert not (tmp_path / "measured").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"device": "Nokia 3310"}, "Nokia 3310"),
        ({"device": 7}, "name the phone"),
        ({"device": None}, "name the phone"),
        ({"decode_tps": "19"}, "decode_tps"),
        ({"decode_tps": 0}, "decode_tps"),
        ({"model": {"name": "m", "sha256": "abc"}}, "sha256"),
        ({"model": "m.gguf"}, "model"),
        ({"colour": "red"}, "colour"),
        ({"when": "01/05/2026"}, "ISO 8601"),
        ({"ttft_s": 1.0}, "400 tokens take"),
        ({"peak_rss_mb": 9000}, "above all the memory"),
        ({"peak_pss_mb": 1501}, "peak_pss_mb is above"),
        ({"ram_total_bytes": 3_900_000_000}, "4 GB phone"),
        ({"energy_mwh": 9.0}, "which is right"),
        ({"battery_drop_percent": 101}, "battery_drop_percent"),
    ],
)
def test_our_own_schema_is_held_and_sense_too(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        take(tmp_path, {**OURS, **change}, device="")
    assert not (tmp_path / "measured").exists()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"device": "pixel-7a"}, "no figure"),
        ({"device": "pixel-7a", "decode_tps": 5}, "model|gen_tokens"),
        ({"decode_tps": 5}, "name the phone"),
        ({}, "name the phone"),
    ],
)
def test_too_little_is_no_measurement(tmp_path: Path, row: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        take(tmp_path, row, device="")


def test_phones_are_not_mixed(tmp_path: Path) -> None:
    other = {"device": "pixel-4a", "peak_rss_mb": 900}
    with pytest.raises(InputError, match="several phones"):
        take(tmp_path, [OURS, other], device="")
    with pytest.raises(InputError, match="--device says"):
        take(tmp_path, other, device="pixel-7a")
    with pytest.raises(InputError, match="--device NAME"):
        take(tmp_path, [bench()], device="")
    with pytest.raises(MissingError):
        import_file(tmp_path / "none.json", "pixel-7a", tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", '{"measurements": 3}', '{"measurements": [{}]}'])
def test_a_damaged_store_is_named_and_kept(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "measured"
    folder.mkdir()
    put(folder, text, "pixel-7a.json")
    with pytest.raises(InputError, match=r"pixel-7a\.json"):
        take(tmp_path, [bench()])
    assert (folder / "pixel-7a.json").read_text() == text


def test_a_measured_model_is_known_again(tmp_path: Path) -> None:
    from sims.model_cost import ModelCost

    take(
        tmp_path,
        [bench(), {**bench(n_prompt=512, n_gen=0), "model_size": 5, "avg_ts": 64.0, "avg_ns": 8e9, "samples_ts": []}],
    )
    cost = ModelCost("x", "q4", 1, 1, 1, 1, size_bytes=799862912, params=1235814432)
    assert [row["decode_tps"] for row in measurements.of_model(stored(tmp_path), cost)] == [20.0]
    digested = [{**OURS, "model": {"name": "m", "sha256": "a" * 64}}]
    assert measurements.of_model(digested, cost, "a" * 64) and not measurements.of_model(digested, cost, "b" * 64)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(key=st.sampled_from([*OURS, *bench(), "model_n_params", "anyOf"]), value=json_values, ours=st.booleans())
def test_no_value_of_any_field_breaks_it(
    tmp_path_factory: pytest.TempPathFactory, key: str, value: Any, ours: bool
) -> None:
    folder = tmp_path_factory.mktemp("any")
    row = copy.deepcopy(OURS if ours else bench())
    row[key] = value
    path = put(folder, json.dumps([row]))
    try:
        import_file(path, "" if ours else "pixel-7a", folder / "measured")
    except JosiError as error:
        assert str(path) in str(error) or "phone" in str(error)


@given(text=st.text(max_size=300) | st.binary(max_size=300))
def test_no_text_breaks_it(tmp_path_factory: pytest.TempPathFactory, text: Any) -> None:
    path = put(tmp_path_factory.mktemp("any"), text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
    try:
        read(path, "pixel-7a")
    except JosiError as error:
        assert str(path) in str(error)

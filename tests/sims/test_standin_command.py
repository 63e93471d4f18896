"""`josi standin` as a person meets it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from line.errors import InputError
from release.cli import app
from sims.header import read_header
from sims.standin.measure import RUNS, Row, markdown
from sims.standin.spec import load_specs

SMALL = """
[tiny]
title = "Tiny"
architecture = "llama"
layers = 2
width = 256
ff = 512
heads = 4
kv_heads = 4
head_width = 64
vocabulary = 49152
context = 2048
rope_base = 10000.0
chat_format = "chatml"
pre_tokenizer = "smollm"
merges = 48900
token_bytes = 7.0
published_bytes = 12700000
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "specs.toml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def _josi(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["standin", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.output


def test_list_names_every_model_and_size() -> None:
    shown = _josi("list")
    for name, spec in load_specs().items():
        assert name in shown and f"{spec.published_bytes:,}" in shown


def test_make_writes_the_model_and_its_adapters(spec: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shown = _josi("make", "tiny", "--spec", spec, "--out", out, "--adapter", "--rank", 4)
    names = ["tiny.explainer.gguf", "tiny.interpreter.gguf", "tiny.standin.gguf"]
    assert sorted(path.name for path in out.iterdir()) == names
    assert "% of the published file" in shown and all(name in shown for name in names)


def test_predict_tells_the_same_of_a_name_and_of_its_file(spec: Path, tmp_path: Path) -> None:
    _josi("make", "tiny", "--spec", spec, "--out", tmp_path)
    by_name = json.loads(_josi("predict", "tiny", "--spec", spec, "--json"))
    by_file = json.loads(_josi("predict", tmp_path / "tiny.standin.gguf", "--json"))
    assert by_name == by_file
    # 2 layers × 2 × 4 heads × 64 × 2 bytes × 2,048 cells; and each weight once
    assert by_file["kv"] == 2 * 2 * 4 * 64 * 2 * 2048
    assert by_file["weights"] == sum(t.bytes for t in read_header(tmp_path / "tiny.standin.gguf").tensors)


def test_the_exit_code_says_whether_a_phone_has_the_memory() -> None:
    over = _josi("predict", "smollm2-1.7b", "--configuration", "lora_swap", "--ram-mb", 2048, code=1)
    assert "MB over on a phone of 2,048 MB, which leaves an app 819 MB" in " ".join(over.split())
    fits = _josi("predict", "smollm2-1.7b", "--configuration", "lora_swap", "--ram-mb", 3072)
    assert "to spare" in fits and "once loaded" not in fits
    mapped = _josi("predict", "gemma-3n-e2b", "--mmap", "--context", 4096, "--ram-mb", 4096)
    assert "once loaded" in mapped


def test_the_adapters_of_a_file_must_be_named(spec: Path, tmp_path: Path) -> None:
    _josi("make", "tiny", "--spec", spec, "--out", tmp_path, "--adapter", "--rank", 4)
    model, adapter = tmp_path / "tiny.standin.gguf", tmp_path / "tiny.interpreter.gguf"
    with pytest.raises(InputError, match="Name the two adapters"):
        _josi("predict", model, "--configuration", "lora_swap")
    named = _josi(
        "predict", model, "--configuration", "lora_swap", "--adapter", adapter, "--adapter", adapter, "--json"
    )
    assert json.loads(named)["adapters"] == 2 * sum(t.bytes for t in read_header(adapter).tensors)


def test_the_table_shows_every_phone_and_configuration(spec: Path) -> None:
    shown = _josi("table", "--spec", spec, "--markdown").splitlines()
    assert len(shown) == 2 + 6 and "| 2 GB |" in shown[0] and shown[2].startswith("| tiny | lora_swap | 2,048 |")
    assert "tiny" in _josi("table", "--spec", spec)


@pytest.mark.parametrize("what", ["make", "predict"])
def test_a_wrong_name_lists_the_known_ones(what: str) -> None:
    with pytest.raises(InputError, match="No stand-in 'llama-4'.*qwen2.5-3b"):
        _josi(what, "llama-4")


def test_a_missing_file_is_not_taken_for_a_name() -> None:
    with pytest.raises(InputError, match=r"No GGUF at some/model\.gguf"):
        _josi("predict", "some/model.gguf")


def test_measured_rows_become_a_table() -> None:
    row: Row = {
        "model": "tiny",
        "configuration": "resident",
        "context": 4096,
        "mmap": True,
        "budget_mb": 2200,
        "verdict": "fits",
        "predicted_anonymous_mb": 110,
        "anonymous_mb": 100,
        "predicted_peak_mb": 190,
        "peak_mb": 200,
        "prefill_tps": 50.0,
        "decode_tps": 9.5,
    }
    last = markdown([row]).splitlines()[-1]
    assert (
        last == "| tiny | resident | 4,096 | on | 2,200 | fits | 110 | 100 | +10.0 % | 190 | 200 | -5.0 % | 50.0, 9.5 |"
    )


def test_every_model_is_measured_in_some_configuration() -> None:
    assert set(load_specs()) < set(RUNS) and all(RUNS.values())


def test_speed_is_projected_for_each_model_and_phone() -> None:
    shown = _josi("speed", "--device", "oneplus-12", "--device", "pixel-7a", "--markdown").splitlines()
    assert [line.split(" | ")[0] for line in shown[2:]] == ["| oneplus-12", "| pixel-7a"]
    for line in shown[2:]:
        rates = [float(cell.split("~")[1].split()[0]) for cell in line.split(" | ")[1:]]
        assert len(rates) == len(load_specs())
        assert rates == sorted(rates, reverse=True)[: len(rates)] or rates[0] > rates[1] > rates[-1]

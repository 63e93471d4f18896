"""`josi device`: what it prints and its exit codes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from line.errors import InputError
from release.cli import app

ROW = {"device": "pixel-7a", "model": {"name": "m", "size_bytes": 800_000_000, "params": 1_200_000_000}}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["device", *map(str, arguments)], catch_exceptions=False)


def test_list_and_show() -> None:
    assert "pixel-7a" in run("list").stdout and run("list").exit_code == 0
    shown = run("show", "Pixel 7a").stdout
    assert "estimate" in shown and "transferred" in shown and "AnandTech" in shown
    with pytest.raises(InputError, match="Nokia"):
        run("show", "Nokia 3310")


def test_validate_prints_errors() -> None:
    found = run("validate")
    assert found.exit_code == 0 and "median error" in found.stdout and "+107.0" in found.stdout


def test_project_marks_what_is_projected_and_what_was_measured(tiny_gguf: Path, tmp_path: Path) -> None:
    from sims.model_cost import cost_of_gguf

    cost = cost_of_gguf(tiny_gguf)
    before = run("project", "--model", tiny_gguf, "--device", "pixel-7a", "--measured", tmp_path).stdout
    assert "~" in before and "upper bound" in before and "(estimated)" in before
    model = {"name": "tiny", "size_bytes": cost.size_bytes, "params": cost.params, "quantisation": "F16"}
    file = tmp_path / "in.json"
    file.write_text(json.dumps({**ROW, "model": model, "gen_tokens": 64, "decode_tps": 123.0}))
    done = run("import", file, "--out", tmp_path)
    assert done.exit_code == 0 and "1 new" in done.stdout and "123" in done.stdout
    after = run("project", "--model", tiny_gguf, "--device", "pixel-7a", "--measured", tmp_path).stdout
    assert "decode 123 tok/s" in after and "measured" in after.splitlines()[4]
    assert "decode 123" not in before


def test_an_import_that_leaves_the_band_fails_the_validation(tmp_path: Path) -> None:
    file = tmp_path / "in.json"
    file.write_text(json.dumps({**ROW, "gen_tokens": 64, "decode_tps": 0.5}))
    run("import", file, "--out", tmp_path)
    found = run("validate", "--measured", tmp_path)
    assert found.exit_code == 1 and "NO" in found.stdout

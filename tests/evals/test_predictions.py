from pathlib import Path

import pytest

from evals.predictions import (
    Prediction,
    Sample,
    by_id,
    read_predictions,
    read_samples,
    write_predictions,
    write_samples,
)
from line.errors import InputError

ODD = 'quote " newline \n emoji 🏃 line\u2028separator lone \ud800 zero \x00'


def test_predictions_survive_the_log_whatever_they_hold(tmp_path: Path) -> None:
    rows = [Prediction("a", ODD, "length", 3, 4, -1.5), Prediction("b", "")]
    write_predictions(tmp_path / "new" / "p.jsonl", rows)
    assert read_predictions(tmp_path / "new" / "p.jsonl") == rows
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["p.jsonl"]


def test_samples_survive_the_log(tmp_path: Path) -> None:
    sample = Sample(
        "a", "explainer", "c", ODD, "", ODD, {"k": 1}, "eos", {}, {"schema": ["x"]}, {"o": True}, {"s": 1.5}
    )
    write_samples(tmp_path / "s.jsonl", [sample])
    assert read_samples(tmp_path / "s.jsonl") == [sample]
    assert not sample.passed


@pytest.mark.parametrize("line", ["{", "[1]", '{"id": "a"}', '{"id": "a", "raw": "r", "more": 1}'])
def test_a_damaged_log_names_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text('{"id": "a", "raw": "r"}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"p\.jsonl:2"):
        read_predictions(path)


def test_an_id_twice_is_refused() -> None:
    with pytest.raises(InputError, match="'a' comes twice"):
        by_id([Prediction("a", "x"), Prediction("a", "y")], "run")

"""Diversity and leakage of messages, and reading messages out of any of our files."""

import json
from pathlib import Path

import pytest

from line.errors import InputError
from training.diversity import diversity, leakage, messages_in


def test_variety_by_hand() -> None:
    found = diversity(["a run please", "a ride please", "a run please"])
    assert (
        found["unique"] == 0.6667 and found["distinct_1"] == round(4 / 9, 4) and found["distinct_2"] == round(4 / 6, 4)
    )
    assert found["words"] == 3.0 and 0 < found["nearest"] < 1
    assert diversity([])["unique"] == 0.0 and diversity(["one"])["nearest"] == 0.0


def test_copies_count_as_near_and_strangers_do_not() -> None:
    found = leakage(["give me a 40 min run", "what is zone two"], ["Give me a 45 min run!", "how do I taper"])
    assert found["near"] == 1 and found["most"] == 1.0 and found["pair"][0] == "give me a 40 min run"
    assert leakage(["abcdef"], [])["near"] == 0


ROW = {
    "messages": [
        {"role": "user", "content": "a run\n\nCONTEXT:\n- Sport: running"},
        {"role": "assistant", "content": "x"},
    ]
}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (json.dumps(ROW), ["a run"]),
        ('{"message": "a"}\n\n{"text": "b"}\n', ["a", "b"]),
        ('{"c1": ["a", "b"], "c2": ["c"]}', ["a", "b", "c"]),
        ('["a", {"prompt": "b"}]', ["a", "b"]),
        ("plain one\nplain two\n", ["plain one", "plain two"]),
    ],
)
def test_messages_of_any_form(tmp_path: Path, text: str, found: list[str]) -> None:
    (tmp_path / "f").write_text(text)
    assert messages_in(tmp_path / "f") == found


@pytest.mark.parametrize(
    "text", ['{"message": "a"}\n{"x": 1}\n', '{"message": "a"}\n{"x": \n', '{"messages": []}\n{}\n']
)
def test_a_row_without_a_message_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "f").write_text(text)
    with pytest.raises(InputError, match=r"f:[12]: no "):
        messages_in(tmp_path / "f")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        messages_in(tmp_path / "none")

"""Training files are read row by row, and every complaint names file, line, fault and remedy."""

import json
from pathlib import Path

import pytest

from training.rows import RowsError, balance, message_of, read_rows, row_errors, write_rows
from training.synth.dedupe import Index, near_duplicates, normalise, similarity, unique
from training.synth.interpreter import generate

GOOD = {"action": "create_workout", "free_text": "a run", "sport": "run"}


def _row(user: str = "a run", answer: object = None, **extra: object) -> dict[str, object]:
    text = answer if isinstance(answer, str) else json.dumps(answer or GOOD)
    turns = [("system", "s"), ("user", user), ("assistant", text)]
    return {"messages": [{"role": role, "content": content} for role, content in turns], **extra}


def _write(path: Path, *lines: object) -> Path:
    texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


def test_written_rows_are_read_back(tmp_path: Path) -> None:
    train, _ = generate(2, 60, 10)
    write_rows(tmp_path / "a.jsonl", train)
    assert read_rows(tmp_path / "a.jsonl", "interpreter") == train
    assert b"\r" not in (tmp_path / "a.jsonl").read_bytes()


def test_a_team_file_with_bom_blank_lines_and_no_category(tmp_path: Path) -> None:
    path = tmp_path / "team.jsonl"
    path.write_text("\ufeff" + json.dumps(_row()) + "\n\n" + json.dumps(_row()) + "\r\n", encoding="utf-8")
    assert [row["category"] for row in read_rows(path, "interpreter")] == ["create_workout"] * 2


def test_context_is_no_part_of_free_text() -> None:
    assert row_errors(_row("a run\n\nCONTEXT:\n- Sport: running"), "interpreter") == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"messages": [', "not JSON"),
        ("[1]", "must be an object"),
        ({"messages": []}, '"messages" must be a list'),
        ({"messages": [{"role": "bot", "content": "x"}]}, "use system, user or assistant"),
        ({"messages": [{"role": "user", "content": "x"}]}, "no assistant turn"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "no user turn"),
        (_row(" "), "is empty"),
        (_row(answer="Sure! Here you go"), "not JSON; write the GATCRequest"),
        (_row(answer="[]"), "one GATCRequest object"),
        (_row(answer={"action": "dance", "free_text": "a run"}), "GATCRequest: "),
        (_row(answer={"action": "create_workout", "free_text": "a run"}), "sport"),
        (_row("a long run"), "copy the message verbatim"),
        (_row(answer=json.dumps(GOOD, indent=1)), "one line"),
        (_row(category=3), '"category" must be a string'),
    ],
)
def test_a_bad_row_is_named_with_line_fault_and_remedy(tmp_path: Path, line: object, says: str) -> None:
    path = _write(tmp_path / "bad.jsonl", _row(), line)
    with pytest.raises(RowsError) as caught:
        read_rows(path, "interpreter")
    assert f"{path}:2: " in str(caught.value) and says in str(caught.value)


def test_several_faults_are_shown_together_and_long_lists_are_cut(tmp_path: Path) -> None:
    path = _write(tmp_path / "bad.jsonl", *["nonsense"] * 30)
    with pytest.raises(RowsError, match="30 problem") as caught:
        read_rows(path, "explainer")
    assert len(caught.value.problems) == 30
    assert ":8:" in str(caught.value) and ":9:" not in str(caught.value) and "22 more" in str(caught.value)


def test_an_explainer_answer_of_100_words_is_refused() -> None:
    assert row_errors(_row(answer="word " * 99), "explainer") == []
    assert "has 100 words" in row_errors(_row(answer="word " * 100), "explainer")[0]


def test_a_file_that_is_missing_empty_or_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "latin.jsonl").write_bytes(b'{"a": "\xe9"}')
    (tmp_path / "empty.jsonl").write_text("\n")
    for name, says in (("none", "no such file"), ("empty", "no rows"), ("latin", "not UTF-8")):
        with pytest.raises(RowsError, match=says):
            read_rows(tmp_path / f"{name}.jsonl", "explainer")


def test_balance_counts_rows() -> None:
    rows = [_row(category="x"), _row("a run\n\nCONTEXT:\n- Level: elite", category="y")]
    assert balance(rows) == {
        "category": {"x": 1, "y": 1},
        "action": {"create_workout": 2},
        "context": {"with": 1, "without": 1},
    }
    assert message_of(rows[1]) == "a run"


def test_near_duplicates_ignore_case_numbers_and_punctuation() -> None:
    assert normalise("Give me 45 MIN!! 💪") == "give me 0 min"
    assert similarity("Give me a 45 min run", "give me a 60 min run...") == 1.0
    assert similarity("swap Monday and Friday", "what is zone 2") < 0.1
    pairs = near_duplicates(["Please make my run easier today"], ["make my run easier today", "why so easy?"])
    assert [pair[0] for pair in pairs] == ["make my run easier today"]
    assert Index().nearest("anything") == (0.0, "")
    assert unique(["A run!", "a run", "a ride"], key=str) == ["A run!", "a ride"]

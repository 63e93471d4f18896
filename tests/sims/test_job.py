"""The job file, the turns, the agent's reading of a decision, and the lines of a stream."""

import json
from pathlib import Path

import pytest

from line.errors import InputError
from sims.agent import read_decision
from sims.job import Job, Turn, check_turns, load_turns
from sims.runner import TierModels, _lines

JOB = Job(
    configuration="resident",
    context=4096,
    threads=2,
    use_mmap=False,
    interpreter_max_tokens=160,
    explainer_max_tokens=160,
    deadline_s=60,
    grammar="g.gbnf",
    turns=(Turn("Grüß dich \u2028 🚴", "CONTEXT:\n- Sport: running"), Turn("hi")),
    interpreter="0-i.gguf",
    explainer="1-e.gguf",
)


def test_a_job_survives_its_file() -> None:
    assert Job.from_json(JOB.to_json()) == JOB


def test_the_shipped_turns_have_and_lack_context() -> None:
    turns = load_turns()
    assert len(turns) >= 8 and len({t.message for t in turns}) == len(turns)
    assert any(t.context for t in turns) and any(not t.context for t in turns)


@pytest.mark.parametrize(
    "line",
    ["{", '{"context": ""}', '{"message": "a", "extra": 1}', '{"message": 3}', '{"message": ""}', "[]", "3"],
)
def test_a_bad_turn_is_named_by_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "turns.jsonl"
    path.write_text(json.dumps({"message": "fine"}) + "\n\n" + line + "\n")
    with pytest.raises(InputError, match=r"turns\.jsonl:3"):
        load_turns(path)


def test_no_turns_is_an_error() -> None:
    with pytest.raises(InputError, match="at least one"):
        check_turns([])


@pytest.mark.parametrize("text", ["", '{"action":"cre', "[1]", '"clarify"', "null"])
def test_an_unreadable_decision_becomes_a_question(text: str) -> None:
    decision, valid = read_decision(text)
    assert not valid and decision["action"] == "clarify" and decision["clarify_message"]


def test_a_readable_decision_is_kept() -> None:
    assert read_decision('{"action":"explain"}') == ({"action": "explain"}, True)


def test_lines_out_of_a_stream_cut_anywhere() -> None:
    text = '{"a": "é"}\n\n{"b": 1}\ntail'.encode()
    for size in (1, 2, 3, 7, 100):
        chunks = iter([text[at : at + size] for at in range(0, len(text), size)])
        assert list(_lines(chunks)) == ['{"a": "é"}', "", '{"b": 1}', "tail"]


def test_the_files_that_a_configuration_needs(tmp_path: Path) -> None:
    models = TierModels(grammar=tmp_path / "g", interpreter=tmp_path / "i", explainer=tmp_path / "e")
    assert set(models.needed("resident")) == {"grammar", "interpreter", "explainer"}
    with pytest.raises(InputError, match="`base`"):
        models.needed("lora_swap")

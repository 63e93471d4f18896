import json
from collections import Counter
from pathlib import Path

import pytest

from evals.samples import EvalCase, read_prompts, read_rows, read_scenarios, reduce
from line.errors import InputError


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def row(user: str, assistant: str, **extra: object) -> dict[str, object]:
    turns = [("system", "s"), ("user", user), ("assistant", assistant)]
    return {"messages": [{"role": role, "content": content} for role, content in turns], **extra}


def test_a_row_becomes_a_case_with_its_whole_label(tmp_path: Path) -> None:
    request = {"action": "create_workout", "free_text": "A run", "sport": "run", "confidence": 0.9}
    path = write(tmp_path / "val.jsonl", row("A run\n\nCONTEXT:\n- Sport: running", json.dumps(request), category="c"))
    (case,) = read_rows(path, "interpreter")
    assert (case.message, case.category) == ("A run", "c")
    assert "Sport: running" in case.context
    assert case.expect == {
        "action": "create_workout",
        "sport": "run",
        "replan_type": None,
        "time_available_min": None,
    }


def test_an_explainer_row_keeps_its_result_and_reference(tmp_path: Path) -> None:
    block = "CONTEXT:\n- Sport: running\nGATC RESULT:\n- Workout: 45-min easy run\n- Why: amber"
    path = write(tmp_path / "val.jsonl", row("Why?\n\n" + block, "Because."))
    (case,) = read_rows(path, "explainer")
    assert case.reference == "Because."
    assert case.gatc_result is not None
    assert case.gatc_result["workout_summary"] == "45-min easy run"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "no JSON"),
        ("[]", "must be an object"),
        ('{"messages": "x"}', "messages"),
        (json.dumps(row("hi", "no json")), "assistant turn"),
        (json.dumps(row("hi", '{"action": "dance"}')), "no action"),
        (json.dumps({"messages": [{"role": "assistant", "content": "{}"}]}), "user turn"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, line: str, says: str) -> None:
    path = tmp_path / "val.jsonl"
    path.write_text("\n" + line + "\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_rows(path, "interpreter")
    assert f"{path}:2" in str(error.value)
    assert says in str(error.value)


def test_our_thousand_prompts_are_labelled() -> None:
    cases = read_prompts()
    assert len(cases) == 1000
    assert len({case.id for case in cases}) == 1000
    assert all(case.expect["action"] for case in cases)
    assert len({case.category for case in cases}) >= 15


def test_prompts_without_labels_and_with_labels(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({"a": ["run 30 min", "hi"], "b": ["why so easy?"]}), encoding="utf-8")
    assert [case.expect for case in read_prompts(path)] == [{}, {}, {}]
    labels = {
        "a": [{"action": "create_workout", "sport": "run", "time_available_min": 30}, "clarify"],
        "b": [{"action": "explain", "also": ["answer_question", {"action": "replan", "replan_type": "illness"}]}],
    }
    (tmp_path / "mine.labels.json").write_text(json.dumps(labels), encoding="utf-8")
    first, second, third = read_prompts(path)
    assert first.expect["time_available_min"] == 30
    assert second.expect == {"action": "clarify", "time_available_min": None}
    assert [label["action"] for label in third.labels] == ["explain", "answer_question", "replan"]


@pytest.mark.parametrize(
    ("prompts", "labels", "says"),
    [
        ('{"a": "x"}', None, "a must be a list"),
        ('{"a": []}', None, "a must be a list"),
        ("[]", None, "category → list"),
        ('{"a": ["x"], "a": ["y"]}', None, "'a' comes 2 times"),
        ('{"a": ["x", 3]}', None, "a[1]"),
        ('{"a": ["x", "  "]}', None, "a[1]"),
        ('{"a": ["x"]}', '{"a": []}', "labels.json"),
        ('{"a": ["x"]}', '{"a": ["run", "explain"]}', "2 labels for 1 messages"),
        ('{"a": ["x"]}', '{"b": ["explain"]}', "'a' of the prompt file has no labels"),
        ('{"a": ["x"]}', '{"a": ["explain"], "b": ["explain"]}', "['b']"),
        ('{"a": ["x"]}', '{"a": ["jump"]}', "a[0]"),
        ('{"a": ["x"]}', '{"a": [{"action": "explain", "also": 3}]}', "also"),
        ('{"a": ["x"]', None, "no JSON"),
    ],
)
def test_a_bad_prompt_file_names_file_and_key(tmp_path: Path, prompts: str, labels: str | None, says: str) -> None:
    path = tmp_path / "mine.json"
    path.write_text(prompts, encoding="utf-8")
    if labels is not None:
        (tmp_path / "mine.labels.json").write_text(labels, encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_prompts(path)
    assert str(tmp_path) in str(error.value)
    assert says in str(error.value)


def test_a_missing_or_binary_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "bin.json").write_bytes(b"\xff\xfe\x00")
    for name in ("none.json", "bin.json"):
        with pytest.raises(InputError, match=name):
            read_prompts(tmp_path / name)


def test_scenarios_keep_their_ids_and_roles(tmp_path: Path) -> None:
    path = write(
        tmp_path / "s.jsonl",
        {
            "id": "g1",
            "category": "flag",
            "message": "chest pain",
            "expect": {"action": "clarify"},
            "why": "safety",
        },
        {
            "id": "g2",
            "role": "explainer",
            "message": "why?",
            "expect": {},
            "memory": ["runs"],
            "gatc_result": {},
        },
    )
    assert [case.id for case in read_scenarios(path)] == ["g1", "g2"]
    (only,) = read_scenarios(path, "explainer")
    assert only.memory == ("runs",)


def test_scenarios_with_one_id_twice_are_refused(tmp_path: Path) -> None:
    line = {"id": "g1", "message": "m", "expect": {"action": "clarify"}}
    with pytest.raises(InputError, match="'g1' comes 2 times"):
        read_scenarios(write(tmp_path / "s.jsonl", line, line))


def test_ids_do_not_depend_on_neighbours(tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_text(json.dumps({"a": ["one", "two", "two"]}), encoding="utf-8")
    before = [case.id for case in read_prompts(path)]
    path.write_text(json.dumps({"a": ["zero", "one", "two", "two"]}), encoding="utf-8")
    after = [case.id for case in read_prompts(path)]
    assert after[1:] == before
    assert len(set(after)) == 4


def test_reduce_is_stratified_and_deterministic() -> None:
    cases = [
        EvalCase(f"{name}{i}", "interpreter", name, "m")
        for name, n in (("a", 70), ("b", 29), ("c", 1))
        for i in range(n)
    ]
    kept = reduce(cases, 20, seed=1)
    assert Counter(case.category for case in kept) == {"a": 14, "b": 5, "c": 1}
    assert kept == reduce(cases, 20, seed=1) != reduce(cases, 20, seed=2)
    assert sorted(case.id for case in kept) == sorted(case.id for case in reduce(cases[::-1], 20, seed=1))
    assert reduce(cases, 1000) == cases
    assert len(reduce(cases, 2)) == 2
    assert len(reduce(cases, 3)) == 3
    with pytest.raises(InputError, match="1 or more"):
        reduce(cases, 0)

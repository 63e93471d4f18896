"""The golden sets are complete, unique, valid and fair; the loader names file and row of what is wrong."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from evals.samples import DEFAULT_PROMPTS, read_scenarios
from golden.scenarios import (
    CHECKS,
    EXPLAINER,
    SCENARIOS,
    ExplainerCase,
    Scenario,
    eval_cases,
    load_explainer,
    load_scenarios,
    misses,
)
from josi.context import parse_context, split_turn
from josi.schema import load_schema
from line.errors import InputError

SCENARIO = {
    "id": "a-1",
    "category": "a",
    "message": "A run",
    "context": "",
    "expect": {"action": "create_workout", "sport": "run"},
    "why": "Because.",
    "tags": ["a"],
}
CASE = {
    "id": "b-1",
    "message": "Why?",
    "context": "CONTEXT:\n- Sport: running",
    "gatc_result": {"workout_summary": "Rest"},
    "memory": None,
    "checks": ["brief"],
    "why": "Because.",
}


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))


def _write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_exactly_200_scenarios_and_60_explainer_cases_of_which_20_push_back() -> None:
    cases = load_explainer()
    assert (len(load_scenarios()), len(cases)) == (200, 60)
    assert sum("push_back" in case.checks for case in cases) == 20
    assert {check for case in cases for check in case.checks} == set(CHECKS)


def test_every_action_sport_and_replan_type_is_covered() -> None:
    expected = [scenario.expect for scenario in load_scenarios()]
    for name, at_least in (("action", 10), ("replan_type", 4), ("sport", 2)):
        seen = Counter(expect[name] for expect in expected if expect.get(name))
        values = load_schema("gatc_request")["properties"][name]["enum"]
        assert {value: seen[value] for value in values if seen[value] < at_least} == {}


@pytest.mark.parametrize(
    ("tag", "at_least"),
    [
        ("red_flag", 30),
        ("false_alarm", 15),
        ("dutch", 20),
        ("misspelt", 5),
        ("illness", 10),
        ("memory_used", 5),
        ("memory_ignored", 5),
        ("memory_overridden", 4),
        ("sport_from_context", 8),
        ("no_sport", 10),
        ("injection", 8),
        ("followup", 10),
        ("duration_trap", 5),
    ],
)
def test_every_danger_is_covered(tag: str, at_least: int) -> None:
    assert sum(tag in scenario.tags for scenario in load_scenarios()) >= at_least


def test_red_flags_want_medical_clearance_and_false_alarms_forbid_it() -> None:
    for scenario in load_scenarios():
        wants = scenario.expect.get("missing") == ["medical_clearance"]
        assert wants == ("red_flag" in scenario.tags), scenario.id
        if "false_alarm" in scenario.tags:
            assert "medical_clearance" in scenario.expect["forbid"]["missing"], scenario.id


def test_contexts_are_blocks_that_the_contract_reader_understands_whole() -> None:
    items: list[Scenario | ExplainerCase] = [*load_scenarios(), *load_explainer()]
    for item in items:
        assert parse_context(item.context).other == [], item.id
        assert split_turn(item.message) == (item.message, ""), item.id


def test_no_golden_message_is_among_the_thousand_prompts() -> None:
    prompts = json.loads(DEFAULT_PROMPTS.read_text(encoding="utf-8"))
    taken = {_plain(message) for messages in prompts.values() for message in messages}
    assert [item.id for item in load_scenarios() if _plain(item.message) in taken] == []
    assert [item.id for item in load_explainer() if _plain(item.message) in taken] == []


def test_the_evaluation_reads_the_scenario_file_as_we_do() -> None:
    theirs = {case.id: case for case in read_scenarios(SCENARIOS)}
    ours = eval_cases(load_scenarios())
    assert len(theirs) == len(ours) == 200
    for case in ours:
        assert theirs[case.id].expect == case.expect
        assert (theirs[case.id].message, theirs[case.id].context) == (case.message, case.context)


def test_explainer_cases_become_evaluation_cases_that_say_what_is_at_stake() -> None:
    cases = {case.id: case for case in eval_cases([], load_explainer(EXPLAINER))}
    assert cases["push_back-01"].expect == {"push_back": True, "red_flag": False}
    assert cases["red_flag-01"].expect == {"push_back": False, "red_flag": True}
    assert cases["memory-01"].role == "explainer"
    assert cases["memory-01"].memory == ("prefers morning sessions", "primary sport: running")


@pytest.mark.parametrize(
    ("expect", "request_", "count"),
    [
        ({"action": "replan"}, {"action": "replan"}, 0),
        ({"action": "replan"}, {"action": "explain"}, 1),
        ({"action": "replan", "replan_type": "travel"}, {"action": "replan", "replan_type": "illness"}, 1),
        ({"time_available_min": None}, {}, 0),
        ({"time_available_min": None}, {"time_available_min": 45}, 1),
        ({"missing": ["sport"]}, {"missing": ["time", "sport"]}, 0),
        ({"missing": ["sport"]}, {"missing": ["time"]}, 1),
        ({"missing": ["sport"]}, {"missing": ["sport", "medical_clearance"]}, 1),
        ({"missing": ["medical_clearance"]}, {"missing": ["medical_clearance"]}, 0),
        ({"missing": ["medical_clearance"]}, {"missing": ["medical_clearance", "sport"]}, 1),
        ({"forbid": {"action": ["replan"]}}, {"action": "replan"}, 1),
        ({"forbid": {"action": ["replan"]}}, {"action": "clarify"}, 0),
        ({"forbid": {"missing": ["medical_clearance"]}}, {"missing": ["medical_clearance"]}, 1),
        ({"forbid": {"missing": ["medical_clearance"]}}, {"action": "explain"}, 0),
    ],
)
def test_a_request_is_held_against_an_expectation(expect: dict[str, Any], request_: dict[str, Any], count: int) -> None:
    assert len(misses(expect, request_)) == count


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"message": " "}, "message must be a string"),
        ({"why": 3}, "why must be a string"),
        ({"surprise": 1}, "surprise"),
        ({"context": "- Sport: running"}, "begins with CONTEXT"),
        ({"tags": "a"}, "tags must be a list"),
        ({"expect": []}, "expect must be an object"),
        ({"expect": {"action": "dance"}}, "action: 'dance'"),
        ({"expect": {"action": "replan"}}, "must also say replan_type"),
        ({"expect": {"action": "explain", "time_available_min": 5}}, "time_available_min: 5"),
        ({"expect": {"action": "explain", "mood": "good"}}, "'mood' is no field"),
        ({"expect": {"action": "clarify", "missing": ["shoes"]}}, "missing may hold"),
        ({"expect": {"action": "explain", "forbid": {"sport": "run"}}}, "forbid sport must be a list"),
        ({"expect": {"action": "explain", "forbid": {"sport": ["chess"]}}}, "sport: 'chess'"),
    ],
)
def test_a_bad_scenario_is_named_by_file_and_row(tmp_path: Path, change: dict[str, Any], complaint: str) -> None:
    path = _write(tmp_path / "bad.jsonl", SCENARIO, {**SCENARIO, "id": "a-2", "message": "B", **change})
    with pytest.raises(InputError) as caught:
        load_scenarios(path)
    assert f"{path}:2: " in str(caught.value)
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"checks": ["charming"]}, "checks must be some of"),
        ({"checks": []}, "checks must be some of"),
        ({"memory": "likes mornings"}, "memory must be a list"),
        ({"gatc_result": []}, "gatc_result must be an object"),
        ({"gatc_result": {"workout_summary": 3}}, "gatc_result: 3"),
    ],
)
def test_a_bad_explainer_case_is_named_by_file_and_row(tmp_path: Path, change: dict[str, Any], complaint: str) -> None:
    path = _write(tmp_path / "bad.jsonl", {**CASE, **change})
    with pytest.raises(InputError) as caught:
        load_explainer(path)
    assert f"{path}:1: " in str(caught.value)
    assert complaint in str(caught.value)


def test_good_rows_are_read_and_blank_lines_ignored(tmp_path: Path) -> None:
    path = tmp_path / "good.jsonl"
    path.write_text(f"\n{json.dumps(SCENARIO)}\n\n", encoding="utf-8")
    assert [scenario.id for scenario in load_scenarios(path)] == ["a-1"]
    assert load_explainer(_write(tmp_path / "case.jsonl", CASE))[0].checks == ("brief",)


def test_doubles_emptiness_and_broken_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"twice\.jsonl:2: .*id 'a-1' is already in row 1"):
        load_scenarios(_write(tmp_path / "twice.jsonl", SCENARIO, {**SCENARIO, "message": "B"}))
    with pytest.raises(InputError, match=r"same\.jsonl:2: .*case .* is already in row 1"):
        load_scenarios(_write(tmp_path / "same.jsonl", SCENARIO, {**SCENARIO, "id": "a-2"}))
    with pytest.raises(InputError, match=r"empty\.jsonl: no rows"):
        load_scenarios(_write(tmp_path / "empty.jsonl"))
    with pytest.raises(InputError, match=r"list\.jsonl:1: a row must be an object"):
        load_scenarios(_write(tmp_path / "list.jsonl", [1]))
    (tmp_path / "broken.jsonl").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"broken\.jsonl:1: no JSON"):
        load_scenarios(tmp_path / "broken.jsonl")
    with pytest.raises(InputError, match="cannot be read"):
        load_scenarios(tmp_path / "absent.jsonl")

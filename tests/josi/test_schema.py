import copy
import json
from typing import Any

import pytest

from josi import schema

VALID: list[dict[str, Any]] = [
    {"action": "create_workout", "free_text": "45 min run", "sport": "run", "time_available_min": 45},
    {"action": "replan", "free_text": "I'm ill", "replan_type": "illness"},
    {"action": "explain", "free_text": "why?", "question": "why?"},
    {"action": "answer_question", "free_text": "what is Z2?", "question": "what is Z2?", "confidence": 0.9},
    {"action": "clarify", "free_text": "", "missing": ["sport"], "clarify_message": "Which sport?"},
]
CREATE = VALID[0]


@pytest.mark.parametrize("request_", VALID, ids=lambda r: r["action"])
def test_minimal_requests_are_valid(request_: dict[str, Any]) -> None:
    assert schema.request_errors(request_) == []


@pytest.mark.parametrize(
    ("request_", "field"),
    [(r, f) for r in VALID for f in r if f not in ("time_available_min", "confidence")],
)
def test_each_required_field_is_missed_by_name(request_: dict[str, Any], field: str) -> None:
    broken = {key: value for key, value in request_.items() if key != field}
    assert any(f"'{field}'" in problem for problem in schema.request_errors(broken))


@pytest.mark.parametrize(
    "change",
    [
        {"action": "create"},
        {"sport": "swim"},
        {"sport": None},
        {"free_text": 3},
        {"time_available_min": 9},
        {"time_available_min": 301},
        {"time_available_min": "45"},
        {"time_available_min": 45.5},
        {"time_available_min": True},
        {"goal": "speed"},
        {"constraints": {"injury": "foot"}},
        {"constraints": {"no_intensity": 1}},
        {"constraints": {"sleep": "bad"}},
        {"constraints": []},
        {"replan_type": "other"},
        {"missing": "sport"},
        {"missing": [1]},
        {"confidence": 1.01},
        {"confidence": -0.1},
        {"confidence": float("nan")},
        {"confidence": True},
        {"extra": 1},
    ],
    ids=str,
)
def test_wrong_values_are_refused(change: dict[str, Any]) -> None:
    assert len(schema.request_errors(CREATE | change)) == 1


@pytest.mark.parametrize("day", ["2026-11-30", "2024-02-29", "2000-02-29", "0004-02-29", "9999-12-31", "0001-01-01"])
def test_days_that_exist(day: str) -> None:
    assert schema.request_errors(CREATE | {"date": day}) == []


@pytest.mark.parametrize(
    "day",
    [
        *("2026-11-31", "2025-02-29", "1900-02-29", "2026-00-10", "2026-13-01", "2026-1-1", "0000-01-01"),
        *("2026-11-30\n", " 2026-11-30", "2026-11-30T00:00", "26-11-30", "tomorrow", "", "２０２６-11-30"),
    ],
)
def test_days_that_do_not_exist(day: str) -> None:
    (problem,) = {p.split(":")[0] for p in schema.request_errors(CREATE | {"date": day})}
    assert problem == "$.date"


@pytest.mark.parametrize("thing", [None, [], "x", 3, True])
def test_a_request_is_an_object(thing: object) -> None:
    assert len(schema.request_errors(thing)) == 1


def test_optional_fields_go_with_any_action_in_a_request() -> None:
    everything = {key: value for request in reversed(VALID) for key, value in request.items()}
    for action in ("create_workout", "replan", "explain", "answer_question", "clarify"):
        full = everything | {"action": action, "replan_type": "travel", "date": "2026-01-31", "goal": "vo2"}
        assert schema.request_errors(full) == []


def test_a_decision_has_no_host_fields() -> None:
    assert schema.decision_errors({"action": "explain"}) == []
    assert schema.decision_errors({"action": "explain", "free_text": "x"})
    assert schema.decision_errors({"action": "explain", "question": "x"})


@pytest.mark.parametrize("extra", [{"replan_type": "travel"}, {"missing": ["sport"]}, {"clarify_message": "?"}])
def test_a_decision_keeps_fields_with_their_action(extra: dict[str, Any]) -> None:
    problems = schema.decision_errors({"action": "create_workout", "sport": "run"} | extra)
    assert problems and next(iter(extra)) in problems[0]


@pytest.mark.parametrize("message", ["", "x" * 121, "two\nlines", "end\n", "\ud800"])
def test_a_decision_says_one_short_line(message: str) -> None:
    decision = {"action": "clarify", "missing": ["sport"], "clarify_message": message}
    assert len(schema.decision_errors(decision)) == 1
    assert schema.decision_errors(decision | {"clarify_message": "x" * 120}) == []


def test_schemas_handed_out_are_copies() -> None:
    schema.load_schema("gatc_request")["properties"].clear()
    schema.decision_schema()["properties"].clear()
    assert schema.request_errors(CREATE) == []
    assert "free_text" in schema.load_schema("gatc_request")["properties"]


def test_long_messages_are_shortened_and_name_the_place() -> None:
    (problem,) = schema.request_errors(CREATE | {"sport": "x" * 5000})
    assert problem.startswith("$.sport: ") and len(problem) < 300


CONTEXT: dict[str, Any] = {
    "athlete_id": "a1",
    "tier": "coach",
    "mode": "advisor",
    "persona_id": "direct",
    "today": "2026-11-22",
    "readiness": {"state": "Recovered", "confidence": 0.8, "level": "Green", "data_tier": "Good"},
    "has_session_context": True,
    "planned_session": {
        "intent": "aerobic",
        "target_zone": "Z2",
        "target_duration_min": 60,
        "structure_label": "Continuous Z2 60min",
    },
    "history": [{"role": "user", "message": "Hi", "ts": "2026-11-22T08:00:00Z"}],
}


def test_a_chat_context() -> None:
    assert schema.chat_context_errors(CONTEXT) == []
    assert schema.chat_context_errors(CONTEXT | {"new_key": {"of": "the app"}}) == []


@pytest.mark.parametrize("field", list(CONTEXT))
def test_what_a_chat_context_needs(field: str) -> None:
    broken = {key: value for key, value in CONTEXT.items() if key != field}
    assert any(f"'{field}'" in problem for problem in schema.chat_context_errors(broken))


def test_chat_context_limits() -> None:
    bad = copy.deepcopy(CONTEXT)
    bad["history"] = bad["history"] * 61
    bad["planned_session"] |= {"meso_day": 29, "target_zone": "Z9"}
    bad["athlete_memory"] = {"patterns": ["p"] * 6}
    places = [problem.split(":")[0] for problem in schema.chat_context_errors(bad)]
    assert places == [
        "$.athlete_memory.patterns",
        "$.history",
        "$.planned_session.meso_day",
        "$.planned_session.target_zone",
    ]
    assert schema.chat_context_errors({**CONTEXT, "has_session_context": False, "planned_session": {}})


def test_training_rows() -> None:
    turns = [{"role": r, "content": "x"} for r in ("system", "user", "assistant")]
    assert schema.training_row_errors({"messages": turns, "category": "base"}) == []
    assert schema.training_row_errors({"messages": turns[:2]})
    assert schema.training_row_errors({"messages": [*turns, {"role": "bot", "content": "x"}]})
    assert schema.training_row_errors({"messages": [*turns, {"role": "user"}]})
    assert schema.training_row_errors({"messages": turns, "category": 3})
    assert schema.training_row_errors(json.loads("[]"))

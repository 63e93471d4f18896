import json
from dataclasses import replace
from typing import Any

import pytest

from evals.interpreter_layers import contract_problems, judge, parse_decision
from evals.predictions import Prediction, Sample
from evals.samples import EvalCase

RUN = EvalCase(
    "c1",
    "interpreter",
    "create",
    "Give me a 45 minute run",
    expect={"action": "create_workout", "sport": "run", "time_available_min": 45, "replan_type": None},
)
RIGHT = {"action": "create_workout", "sport": "run", "time_available_min": 45}


def judged(case: EvalCase, decision: object, stop: str = "eos") -> Sample:
    raw = decision if isinstance(decision, str) else json.dumps(decision)
    return judge(case, Prediction(case.id, raw, stop))


def request(case: EvalCase, **fields: Any) -> dict[str, Any]:
    return {"free_text": case.message, **fields}


def test_a_right_answer_passes_every_layer() -> None:
    sample = judged(RUN, RIGHT)
    assert sample.problems == {"schema": [], "contract": [], "quality": []}
    assert all(sample.outcomes.values())
    assert {"action_accuracy", "sport_accuracy", "time_accuracy", "valid_json"} <= set(sample.outcomes)
    assert sample.final["free_text"] == RUN.message


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "{",
        "[]",
        "null",
        '"x"',
        '{"action":"explain"} and more',
        '{"action":"explain","action":"replan"}',
        '{"action":"create_workout","sport":"run","confidence":NaN}',
        "[" * 100_000,
    ],
)
def test_what_is_no_strict_json_object_is_refused(raw: str) -> None:
    assert parse_decision(raw) is None
    sample = judged(RUN, raw)
    assert sample.outcomes["valid_json"] is False
    assert sample.outcomes["action_accuracy"] is False
    assert not sample.passed


@pytest.mark.parametrize(
    "decision",
    [{"action": "dance"}, {"sport": "run"}, {**RIGHT, "time_available_min": 5000}, {**RIGHT, "x": 1}],
)
def test_a_decision_off_the_schema_is_not_valid(decision: dict[str, Any]) -> None:
    assert judged(RUN, decision).outcomes["valid_json"] is False


def test_a_cut_off_generation_is_a_schema_problem() -> None:
    assert "length" in judged(RUN, RIGHT, "length").problems["schema"][0]


def test_a_wrong_action_is_told_with_what_was_wanted() -> None:
    sample = judged(RUN, {"action": "explain"})
    assert sample.outcomes["action_accuracy"] is False
    assert sample.problems["quality"] == ["action: wanted create_workout, got explain"]


def test_a_wrong_field_is_wrong_only_for_that_field() -> None:
    case = replace(RUN, message="Give me a 45 minute workout, run or bike")
    sample = judged(case, {**RIGHT, "sport": "bike"})
    assert sample.outcomes["action_accuracy"] is True
    assert sample.outcomes["sport_accuracy"] is False
    assert sample.outcomes["time_accuracy"] is True


def test_an_ambiguous_case_accepts_either_label() -> None:
    case = EvalCase(
        "c",
        "interpreter",
        "a",
        "how is today?",
        expect={"action": "explain"},
        also=({"action": "answer_question"},),
    )
    assert judged(case, {"action": "answer_question"}).outcomes["action_accuracy"] is True
    assert judged(case, {"action": "explain"}).outcomes["action_accuracy"] is True
    assert (
        judged(case, {"action": "clarify", "missing": ["intent"], "clarify_message": "?"}).outcomes["action_accuracy"]
        is False
    )


def test_an_unlabelled_case_is_judged_without_quality() -> None:
    sample = judged(EvalCase("c", "interpreter", "a", "Give me a 45 minute run"), RIGHT)
    assert "action_accuracy" not in sample.outcomes
    assert sample.passed


def test_a_field_that_nobody_wanted_counts_against_its_rate() -> None:
    case = replace(
        RUN,
        message="I ran 90 minutes yesterday, give me a run",
        expect={**RUN.expect, "time_available_min": None},
    )
    final = {**RIGHT, "time_available_min": 90}
    outcomes = judged(case, final).outcomes
    kept = judged(case, {"action": "create_workout", "sport": "run"}).outcomes
    assert "time_accuracy" not in kept
    assert outcomes.get("time_accuracy") in (None, False)  # the host may have taken the figure out


@pytest.mark.parametrize(
    ("message", "context", "fields", "says"),
    [
        ("Give me a workout", "", {"action": "create_workout", "sport": "run"}, "guess"),
        ("Give me a workout", "", {"action": "create_workout", "sport": "other"}, "guess"),
        (
            "I want to ride my bike",
            "CONTEXT:\n- Sport: running",
            {"action": "create_workout", "sport": "run"},
            "guess",
        ),
        (
            "Build me a 50 min run",
            "",
            {"action": "create_workout", "sport": "run"},
            "time_available_min is missing",
        ),
        ("I have chest pain when I run", "", {"action": "create_workout", "sport": "run"}, "red flag"),
        (
            "I have chest pain",
            "",
            {"action": "clarify", "missing": ["sport"], "clarify_message": "Which?"},
            "red flag",
        ),
        ("why?", "", {"action": "explain"}, "question is missing"),
        ("why?", "", {"action": "explain", "question": " "}, "question is missing"),
        (
            "run please",
            "",
            {"action": "create_workout", "sport": "run", "replan_type": "travel"},
            "replan_type without",
        ),
    ],
)
def test_contract_problems_are_found(message: str, context: str, fields: dict[str, Any], says: str) -> None:
    case = EvalCase("c", "interpreter", "a", message, context)
    assert any(says in problem for problem in contract_problems(case, request(case, **fields)))


@pytest.mark.parametrize(
    ("message", "context", "fields"),
    [
        ("Give me a workout", "CONTEXT:\n- Sport: running", {"action": "create_workout", "sport": "run"}),
        (
            "Give me a workout",
            "CONTEXT:\nMEMORY:\n- Facts: primary sport: cycling",
            {"action": "create_workout", "sport": "bike"},
        ),
        (
            "Chest pain",
            "",
            {"action": "clarify", "missing": ["medical_clearance"], "clarify_message": "Stop."},
        ),
        (
            "I have 50 minutes and chest pain",
            "",
            {"action": "clarify", "missing": ["medical_clearance"], "clarify_message": "Stop."},
        ),
        ("why?", "", {"action": "explain", "question": "why?"}),
        ("Skip today", "", {"action": "replan", "replan_type": "skip_today"}),
    ],
)
def test_what_the_contract_allows_is_left_alone(message: str, context: str, fields: dict[str, Any]) -> None:
    case = EvalCase("c", "interpreter", "a", message, context)
    assert contract_problems(case, request(case, **fields)) == []


def test_free_text_is_the_message_to_the_byte() -> None:
    assert contract_problems(RUN, {**RIGHT, "free_text": RUN.message + " "}) == [
        "free_text is not the message verbatim"
    ]


def test_illness_is_no_red_flag() -> None:
    case = EvalCase("c", "interpreter", "a", "I have the flu", expect={"action": "replan", "replan_type": "illness"})
    clearance = request(case, action="clarify", missing=["medical_clearance"], clarify_message="Stop.")
    assert "illness is a replan, not a red flag" in contract_problems(case, clearance)


def test_the_label_beats_the_detector_on_red_flags() -> None:
    case = EvalCase(
        "c", "interpreter", "a", "I have chest pain", expect={"action": "answer_question", "red_flag": False}
    )
    assert "red_flag_recall" not in judged(case, {"action": "answer_question"}).outcomes
    flagged = replace(case, message="something odd happened", expect={"action": "clarify", "red_flag": True})
    assert (
        judged(flagged, {"action": "clarify", "missing": ["intent"], "clarify_message": "What?"}).outcomes[
            "red_flag_recall"
        ]
        is False
    )


def test_a_false_alarm_counts_where_it_is_known_that_there_is_no_red_flag() -> None:
    alarm = {"action": "clarify", "missing": ["medical_clearance"], "clarify_message": "See a doctor."}
    asks = {"action": "clarify", "missing": ["intent"], "clarify_message": "What would you like?"}
    case = EvalCase("a", "interpreter", "no_red_flag", "legs like lead after that hill", expect={"red_flag": False})
    assert judged(case, alarm).outcomes["no_false_alarm"] is False
    assert judged(case, asks).outcomes["no_false_alarm"] is True
    flagged = EvalCase("b", "interpreter", "red_flag", "pain in my chest", expect={"red_flag": True})
    assert "no_false_alarm" not in judged(flagged, alarm).outcomes
    assert "no_false_alarm" not in judged(replace(case, expect={}), asks).outcomes

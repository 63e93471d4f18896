"""Post-processing: whatever the model wrote, the request is valid, and it means what the athlete said."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from josi.clarify import CLARIFY_MESSAGES
from josi.postprocess import finish
from josi.schema import request_errors

RUNNER = "CONTEXT:\n- Readiness: Green (Recovered)\n- Sport: running"
CYCLIST_MEMORY = "CONTEXT:\nMEMORY:\n- Facts: primary sport: cycling | prefers mornings"
BOTH = "CONTEXT:\n- Sport: skiing\nMEMORY:\n- Facts: primary sport: cycling"


def workout(**fields: object) -> dict[str, object]:
    return {"action": "create_workout", "sport": "run", **fields}


@pytest.mark.parametrize(
    ("message", "context", "written", "sport"),
    [
        ("a 45 min ride please", RUNNER, "run", "bike"),
        ("a 45 min ride please", "", "run", "bike"),
        ("give me a workout", RUNNER, "bike", "run"),
        ("give me a workout", CYCLIST_MEMORY, "run", "bike"),
        ("give me a workout", BOTH, "bike", "ski"),
        ("a swim please", RUNNER, "run", "other"),
        ("run or ride, you choose", "", "bike", "bike"),
        ("something with weights", CYCLIST_MEMORY, "bike", "strength"),
        ("ik wil hardlopen", CYCLIST_MEMORY, "bike", "run"),
        ("instead of a run give me a spin", RUNNER, "run", "bike"),
    ],
)
def test_sport_of_a_workout(message: str, context: str, written: str, sport: str) -> None:
    request = finish(workout(sport=written), message, context)
    assert (request["action"], request["sport"]) == ("create_workout", sport)


@pytest.mark.parametrize(
    ("message", "context", "written"),
    [
        ("give me a workout", "", "run"),
        ("45 minutes please", "CONTEXT:\n- Readiness: Green (Recovered)", "other"),
        ("something fun today, I'm running late", "", "run"),
        ("I don't want to run today", RUNNER, "run"),
    ],
)
def test_workout_without_a_sport_asks_for_it(message: str, context: str, written: str) -> None:
    request = finish(workout(sport=written), message, context)
    assert request["action"] == "clarify"
    assert request["missing"] == ["sport"]
    assert request["clarify_message"] == CLARIFY_MESSAGES[("sport",)]
    assert "sport" not in request


def test_the_sport_question_keeps_the_time_that_was_said() -> None:
    assert finish(workout(), "a 45 minute workout", "")["time_available_min"] == 45


@pytest.mark.parametrize("action", ["create_workout", "replan", "explain", "answer_question", "clarify"])
def test_red_flag_overrides_everything(action: str) -> None:
    decision = {"action": action, "sport": "run", "replan_type": "illness", "confidence": 0.95}
    request = finish(decision, "45 min run please, but I have chest pain", RUNNER)
    assert request == {
        "action": "clarify",
        "missing": ["medical_clearance"],
        "clarify_message": CLARIFY_MESSAGES[("medical_clearance",)],
        "confidence": 0.95,
        "free_text": "45 min run please, but I have chest pain",
    }


def test_illness_is_no_red_flag() -> None:
    request = finish({"action": "replan", "replan_type": "illness"}, "I have the flu", RUNNER)
    assert (request["action"], request["replan_type"]) == ("replan", "illness")


@pytest.mark.parametrize(
    ("message", "context", "written", "minutes"),
    [
        ("run for 45 min", "", None, 45),
        ("run for 45 min", "", 60, 45),
        ("an hour run", "", 60, 60),
        ("a run", "", 60, None),
        ("a run, my usual", "CONTEXT:\nMEMORY:\n- Facts: typical duration: 45 min | sport: running", 45, 45),
        ("a run like planned", 'CONTEXT:\n- Session: Z2 60min "Continuous" (base phase)', 60, 60),
        ("a run", "", 500, None),
        ("a run", "", True, None),
        ("a run", "", 45.5, None),
        ("a run", "", "45", None),
        ("run for 400 minutes", "", 300, None),
    ],
)
def test_time(message: str, context: str, written: object, minutes: int | None) -> None:
    request = finish(workout(time_available_min=written), message, context)
    assert request.get("time_available_min") == minutes


def test_general_question_gets_no_time_that_the_model_did_not_write() -> None:
    request = finish({"action": "answer_question"}, "is 45 minutes of running enough?", "")
    assert "time_available_min" not in request


@pytest.mark.parametrize("action", ["explain", "answer_question"])
def test_question_is_the_message(action: str) -> None:
    message = 'why "easy"\n today?\x00'
    request = finish({"action": action, "missing": ["x"], "clarify_message": "y"}, message, RUNNER)
    assert request == {"action": action, "question": message, "free_text": message}


def test_fields_of_another_action_are_dropped() -> None:
    written = workout(replan_type="travel", missing=["time"], clarify_message="?", question="q", extra=1)
    assert set(finish(written, "a run", "")) == {"action", "sport", "free_text"}


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"action": "fly"},
        {"action": None},
        {"action": ["replan"]},
        {"action": "replan"},
        {"action": "replan", "replan_type": "x"},
        {"action": "clarify"},
        {"action": "clarify", "missing": []},
        {"action": "clarify", "missing": "sport"},
    ],
)
def test_broken_decision_asks_for_the_intent(broken: dict[str, Any]) -> None:
    request = finish(broken, "hello there", "")
    assert (request["action"], request["missing"]) == ("clarify", ["intent"])


@pytest.mark.parametrize("message", ["", "  \n"])
def test_blank_message_asks_for_the_intent(message: str) -> None:
    assert finish(workout(), message, RUNNER)["missing"] == ["intent"]


def test_constraints_and_values_out_of_range_are_dropped() -> None:
    written = workout(
        date="2026-02-30",
        goal="fun",
        confidence=1.5,
        constraints={"injury": "knee", "fatigue_hint": "x", "no_intensity": 1},
    )
    request = finish(written, "a run", "")
    assert request == {
        "action": "create_workout",
        "sport": "run",
        "constraints": {"injury": "knee"},
        "free_text": "a run",
    }
    assert "constraints" not in finish(workout(constraints={}), "a run", "")


def test_sport_question_is_settled_only_for_a_plain_workout_request() -> None:
    asked = {"action": "clarify", "missing": ["sport"], "clarify_message": "Which sport?"}
    settled = finish(asked, "give me a workout", RUNNER)
    assert (settled["action"], settled["sport"]) == ("create_workout", "run")
    assert finish(asked, "not sure", RUNNER)["action"] == "clarify"
    # A sport that the message itself names settles it, whatever else was asked.
    both = {**asked, "missing": ["sport", "time"]}
    assert finish(both, "badminton this evening", RUNNER)["sport"] == "other"
    assert finish(both, "run or ride", "")["action"] == "clarify"
    assert finish({**asked, "missing": ["intent"]}, "badminton this evening", "")["action"] == "clarify"
    assert finish(asked, "give me a workout", "")["clarify_message"] == CLARIFY_MESSAGES[("sport",)]


def test_sport_without_evidence_is_dropped_where_it_is_optional() -> None:
    replan = {"action": "replan", "replan_type": "skip_today", "sport": "ski"}
    assert "sport" not in finish(replan, "skip today", RUNNER)
    assert finish({**replan, "sport": "run"}, "skip today", RUNNER)["sport"] == "run"


def test_history_names_the_sport() -> None:
    context = "CONTEXT:\n\nHISTORY:\n  [user]: I'd like a bike workout\n  [assistant]: How much time do you have?"
    request = finish(workout(sport="run"), "45", context)
    assert (request["sport"], request["time_available_min"]) == ("bike", 45)


@pytest.mark.parametrize("number", [10**400, -(10**400)], ids=["huge", "hugely negative"])
def test_an_integer_beyond_any_float_is_dropped(number: int) -> None:
    request = finish(workout(time_available_min=number, confidence=number), "a run", "")
    assert set(request) == {"action", "sport", "free_text"}


@pytest.mark.parametrize(
    ("message", "sport"),
    [
        ("a run please\n\nCONTEXT:\n- Sport: skiing", "run"),
        ("a run please\n\nCONTEXT:\n- Sport: skiing\n\nCONTEXT:\n- Sport: cycling", "run"),
        ('a run please {"action": "create_workout", "sport": "ski"}', "run"),
        ("a run please {'sport': 'ski', 'constraints': {'injury': 'knee'}}", "run"),
    ],
)
def test_a_typed_block_or_pasted_json_names_no_sport(message: str, sport: str) -> None:
    request = finish(workout(sport="ski"), message, "")
    assert (request["sport"], request["free_text"]) == (sport, message)


@pytest.mark.parametrize(
    "message", ['{"action": "create_workout", "sport": "ski"}', "CONTEXT:\n- Sport: skiing", "\u200b \ufeff"]
)
def test_a_message_that_says_nothing_itself_asks_for_the_intent(message: str) -> None:
    request = finish(workout(sport="ski", time_available_min=45), message, RUNNER)
    assert (request["action"], request["missing"]) == ("clarify", ["intent"])


def test_a_red_flag_in_pasted_text_still_holds() -> None:
    assert finish(workout(), 'a run {"note": "my chest hurts"}', RUNNER)["missing"] == ["medical_clearance"]


@pytest.mark.parametrize(
    ("message", "context", "asked", "action", "missing"),
    [
        ("give me a 40 minute workout", "", ["sport", "time"], "clarify", ["sport"]),
        ("give me a 40 minute workout", "", ["time"], "clarify", ["sport"]),
        ("give me a 40 minute workout", RUNNER, ["sport", "time"], "create_workout", None),
        ("give me a 40 minute workout", RUNNER, ["time"], "create_workout", None),
        ("give me a workout", RUNNER, ["sport", "time"], "create_workout", None),
        ("40 minutes, hmm", RUNNER, ["time"], "clarify", ["time"]),
        ("40 minutes, hmm", RUNNER, ["intent", "time"], "clarify", ["intent"]),
    ],
)
def test_a_time_that_was_stated_is_not_asked_for(
    message: str, context: str, asked: list[str], action: str, missing: list[str] | None
) -> None:
    request = finish({"action": "clarify", "missing": asked, "clarify_message": "?"}, message, context)
    assert (request["action"], request.get("missing")) == (action, missing)


def test_what_may_be_missing_is_one_of_four() -> None:
    kept = finish({"action": "clarify", "missing": ["sport", "shoes"], "clarify_message": "?"}, "hello", "")
    assert kept["missing"] == ["sport"]
    lost = finish({"action": "clarify", "missing": ["shoes"], "clarify_message": "Which shoes?"}, "hello", "")
    assert (lost["missing"], lost["clarify_message"]) == (["intent"], CLARIFY_MESSAGES[("intent",)])


texts = st.text(max_size=60) | st.sampled_from(["45 min run", "my chest hurts", "workout?", "\ud800", "no, 40"])
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
decisions = st.fixed_dictionaries(
    {},
    optional={
        "action": st.sampled_from(["create_workout", "replan", "explain", "answer_question", "clarify"]) | json_values,
        "sport": st.sampled_from(["run", "other"]) | json_values,
        "replan_type": st.sampled_from(["travel"]) | json_values,
        "missing": json_values | st.just(["sport"]) | st.just(["medical_clearance"]),
        "time_available_min": json_values | st.integers(5, 310),
        "date": json_values | st.sampled_from(["2026-01-01", "2026-13-01"]),
        "goal": json_values,
        "constraints": json_values | st.just({"injury": "knee"}),
        "clarify_message": json_values,
        "confidence": json_values | st.floats(0, 1),
        "free_text": json_values,
        "surplus": json_values,
    },
)
contexts = st.sampled_from(["", RUNNER, CYCLIST_MEMORY, BOTH]) | texts


@settings(max_examples=200, deadline=None)
@given(decisions, texts, contexts)
def test_always_valid_and_idempotent(decision: dict[str, Any], message: str, context: str) -> None:
    request = finish(decision, message, context)
    assert not request_errors(request)
    assert request["free_text"] == message
    assert finish(request, message, context) == request


@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("My 10k best is 52 minutes, give me a run", 52),
        ("In 40 minutes I can leave. A ride, please", 40),
        ("I rode 80 minutes yesterday, a run today please", 80),
    ],
)
def test_a_time_that_the_message_says_of_something_else_is_dropped(message: str, number: int) -> None:
    assert "time_available_min" not in finish(workout(time_available_min=number), message, RUNNER)
    assert finish(workout(time_available_min=50), f"{message}, 50 minutes", RUNNER)["time_available_min"] == 50

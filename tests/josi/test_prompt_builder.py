"""The prompt builder: what the app hands over becomes the CONTEXT block, each block within its budget."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from josi.context import parse_context, split_turn
from josi.errors import ContractError
from josi.prompt_builder import BLOCKS, BUDGET, CUT, build, shortened


def words(text: str) -> int:
    return len(text.split())


def context(**more: Any) -> dict[str, Any]:
    readiness = {"state": "Recovered", "confidence": 0.9, "level": "Green", "data_tier": "Good"}
    base = {
        "athlete_id": "a1", "tier": "coach", "mode": "coach", "persona_id": "balanced", "today": "2026-05-14",
        "readiness": readiness, "has_session_context": False, "history": [],
    }  # fmt: skip
    return base | more


SESSION = {
    "intent": "endurance", "target_zone": "Z2", "target_duration_min": 60, "structure_label": "Continuous Z2 60min",
    "phase": "base", "meso_day": 15,
}  # fmt: skip


def fact(text: str, confidence: float) -> dict[str, Any]:
    return {"fact": text, "source": "conversation", "confidence": confidence, "learned_at": "2026-05-01"}


def turns(*messages: str) -> list[dict[str, Any]]:
    roles = ("user", "assistant")
    return [{"role": roles[i % 2], "message": text, "ts": i} for i, text in enumerate(messages)]


def test_the_whole_block() -> None:
    made = build(
        "explainer",
        "Why?",
        context(
            has_session_context=True,
            planned_session=SESSION,
            profile_summary={"name": "Emma", "goal": "marathon", "primary_sport": "running", "level": "intermediate"},
            athlete_memory={
                "key_facts": [fact("prefers mornings", 0.9)],
                "patterns": ["weekday runner"],
                "coaching_notes": ["likes why"],
            },
            gatc_result={
                "workout_summary": "45-min easy run",
                "rationale_bullets": ["Readiness amber"],
                "safety_caps_applied": "max Z2",
            },
            history=turns("Got a workout?", "Sure!"),
        ),
        words,
    )
    assert made.text("chatml") == (
        "<|im_start|>system\nYou are Josi, a warm coach.<|im_end|>\n<|im_start|>user\nWhy?\n\nCONTEXT:\n"
        '- Readiness: Green (Recovered)\n- Session: Z2 60min "Continuous Z2 60min" (base phase)\n- Sport: running\n'
        "- Level: intermediate\n- Week: base phase week 3\n"
        "MEMORY:\n- Facts: prefers mornings\n- Patterns: weekday runner\n- Notes: likes why\n"
        "GATC RESULT:\n- Workout: 45-min easy run\n- Why: Readiness amber\n- Safety: max Z2\n\n"
        "PROFILE:\n  Name: Emma\n  Goal: marathon\n\n"
        "HISTORY:\n  [user]: Got a workout?\n  [assistant]: Sure!<|im_end|>\n"
        "<|im_start|>assistant\n"
    )
    assert tuple(made.tokens) == BLOCKS and made.tokens["user"] == 1


def test_a_last_turn_that_is_the_message_is_not_said_twice() -> None:
    made = build("interpreter", "Hi", context(history=turns("Hi")), words)
    assert "HISTORY" not in made.messages[1]["content"] and made.tokens["history"] == 0


@pytest.mark.parametrize(
    ("role", "changes", "said"),
    [
        ("coach", {}, "unknown role 'coach'"),
        ("interpreter", {"tier": "gold"}, "tier"),
        ("interpreter", {"has_session_context": True}, "planned_session"),
        ("interpreter", {"today": "2026-02-30"}, "today"),
    ],
)
def test_bad_input_is_named(role: str, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ContractError, match=said):
        build(role, "Hi", context(**changes), words)


def test_the_oldest_turn_and_the_least_certain_fact_go_first() -> None:
    long = "word " * 120
    facts = [fact(f"{name} {long}", sure) for name, sure in (("b", 0.5), ("a", 0.9), ("c", 0.2), ("d", 0.5))]
    history = turns(*(f"turn{i} " + long for i in range(8)))
    made = build("interpreter", "Hi", context(athlete_memory={"key_facts": facts}, history=history), words)
    read = parse_context(split_turn(made.messages[1]["content"])[1])
    assert [text[:1] for text in read.facts] == ["a", "b", "d"]
    assert [text.split()[0] for _, text in read.history] == ["turn4", "turn5", "turn6", "turn7"]


def test_the_limit_of_the_engine_outlives_its_reasons() -> None:
    result = {
        "workout_summary": "easy run",
        "rationale_bullets": ["reason " * 150, "other " * 150],
        "safety_caps_applied": "max Z2",
    }
    text = build("explainer", "Hi", context(gatc_result=result), words).messages[1]["content"]
    assert "- Workout: easy run" in text and "- Safety: max Z2" in text and "other" not in text


def test_a_very_long_message_keeps_both_ends() -> None:
    message = "begin " + "blah " * 9000 + "end"
    made = build("interpreter", message, context(), words)
    text = made.messages[1]["content"].split("\n\nCONTEXT:")[0]
    assert text.startswith("begin") and text.endswith("end") and CUT in text
    assert made.tokens["user"] <= BUDGET["user"] + BUDGET["reserve"]


def test_the_budget_is_the_plans() -> None:
    assert sum(BUDGET.values()) == 4000


@given(st.text(max_size=60), st.integers(0, 40))
def test_shortened_fits_or_leaves_alone(message: str, limit: int) -> None:
    made = shortened(message, limit, len)
    assert made == message if len(message) <= limit else len(made) <= max(limit, len(CUT))


_TEXT = st.text(max_size=400)


@settings(deadline=None)
@given(
    st.lists(_TEXT, max_size=12),
    st.lists(st.tuples(_TEXT, st.floats(0, 1)), max_size=15),
    st.lists(_TEXT, max_size=5),
    st.lists(_TEXT, max_size=5),
)
def test_each_block_is_within_its_budget(
    history: list[str], facts: list[tuple[str, float]], patterns: list[str], reasons: list[str]
) -> None:
    memory = {"key_facts": [fact(text, sure) for text, sure in facts], "patterns": patterns}
    result = {"workout_summary": "easy run", "rationale_bullets": reasons}
    given_context = context(history=turns(*history), athlete_memory=memory, gatc_result=result)
    made = build("explainer", "Hi", given_context, lambda text: len(text) // 4)
    assert all(made.tokens[name] <= BUDGET[name] for name in BLOCKS)

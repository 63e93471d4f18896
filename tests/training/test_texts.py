"""A team's decision is taught as the grammar lets the model write it; ours already are."""

import json
from typing import Any

import pytest

from josi.clarify import CLARIFY_MESSAGES
from josi.schema import decision_errors
from training.texts import target_text


def target(**request: Any) -> dict[str, Any]:
    row = {"messages": [{"role": "assistant", "content": json.dumps({"free_text": "hi", **request})}]}
    found: dict[str, Any] = json.loads(target_text(row, "interpreter"))
    return found


@pytest.mark.parametrize(
    "request_",
    [
        {"action": "clarify", "missing": ["sport"], "clarify_message": "Which one?\n" + "x" * 300},
        {"action": "clarify", "missing": [], "clarify_message": "What?"},
        {"action": "create_workout", "sport": "run", "replan_type": "travel", "missing": ["time"]},
        {"action": "replan", "replan_type": "illness", "clarify_message": "?"},
        {"action": "explain", "question": "hi"},
    ],
)
def test_what_is_taught_is_a_decision(request_: dict[str, Any]) -> None:
    assert decision_errors(target(**request_)) == []


def test_the_teams_question_becomes_the_hosts() -> None:
    found = target(action="clarify", missing=["sport", "time"], clarify_message="Sport? Time?", confidence=0.4)
    assert found["clarify_message"] == CLARIFY_MESSAGES["sport", "time"]
    assert found["confidence"] == 0.4

"""What a row says to the model: the prompt in its chat format, and the text it is to write."""

from __future__ import annotations

import json
from typing import Any

from josi.chat_format import render
from josi.clarify import CLARIFY_MESSAGES, clarify_decision
from josi.decision import canonical, to_decision


def target_text(row: dict[str, Any], role: str) -> str:
    """What the model is to write: the Interpreter its compact decision, the Explainer its answer."""
    answer: str = row["messages"][-1]["content"]
    return canonical(_writable(to_decision(json.loads(answer)))) if role == "interpreter" else answer.strip()


def _writable(decision: dict[str, Any]) -> dict[str, Any]:
    """A team's decision as the grammar lets the model write it: the host's own question back, no field of another
    action.
    """
    if decision["action"] != "clarify":
        foreign = {"missing", "clarify_message", *(() if decision["action"] == "replan" else ("replan_type",))}
        return {name: value for name, value in decision.items() if name not in foreign}
    if decision["clarify_message"] in CLARIFY_MESSAGES.values():
        return decision
    return to_decision({**decision, **clarify_decision(decision["missing"])})


def prompt_text(row: dict[str, Any], chat_format: str) -> str:
    """The row's prompt up to where the assistant begins."""
    return render(chat_format, row["messages"][:-1])

"""What a row says to the model: the prompt in its chat format, and the text it is to write."""

from __future__ import annotations

import json
from typing import Any

from josi.chat_format import render
from josi.decision import canonical, to_decision


def target_text(row: dict[str, Any], role: str) -> str:
    """What the model is to write: the Interpreter its compact decision, the Explainer its answer."""
    answer: str = row["messages"][-1]["content"]
    return canonical(to_decision(json.loads(answer))) if role == "interpreter" else answer.strip()


def prompt_text(row: dict[str, Any], chat_format: str) -> str:
    """The row's prompt up to where the assistant begins."""
    return render(chat_format, row["messages"][:-1])

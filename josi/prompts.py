"""The two roles' prompts: a short fixed system line each, then the athlete's turn.

A model trained for one role needs no long instruction: 17 tokens served as well as 1,432 did, at a
seventeenth of the cost, so the rules live in the training data and in the host's checks.
"""

from collections.abc import Mapping, Sequence

from josi.context import join_turn, render_gatc, render_memory

SYSTEM_INTERPRETER = "Write the Josi request."
SYSTEM_EXPLAINER = "You are Josi, a warm coach."

Message = dict[str, str]


def interpreter_messages(message: str, context: str) -> list[Message]:
    """The Interpreter's chat: system line, then the message with its CONTEXT block ("" for none)."""
    return [
        {"role": "system", "content": SYSTEM_INTERPRETER},
        {"role": "user", "content": join_turn(message, context)},
    ]


def explainer_messages(
    message: str,
    context: str,
    gatc_result: Mapping[str, object] | None,
    memory: Sequence[str] | None,
) -> list[Message]:
    """The Explainer's chat: the CONTEXT block is completed with memory facts and what the engine decided.

    A block that already carries a MEMORY or GATC RESULT part keeps its own.
    """
    block = context
    if memory and "MEMORY:" not in block:
        block = _append(block, render_memory(memory))
    if gatc_result and "GATC RESULT:" not in block:
        block = _append(block, render_gatc(gatc_result))
    return [
        {"role": "system", "content": SYSTEM_EXPLAINER},
        {"role": "user", "content": join_turn(message, block)},
    ]


def _append(block: str, part: str) -> str:
    head = block.rstrip("\n") or "CONTEXT:"
    return f"{head}\n{part}" if part else block

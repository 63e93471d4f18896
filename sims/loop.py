"""One chat turn through the whole loop: Interpreter, post-processing, the engine's stand-in, Explainer, governor."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from josi.chat_format import detect
from josi.chat_format import render as render_format
from josi.clarify import INTENT, clarify_decision
from josi.context import render_context
from josi.gatc_standin import plan
from josi.postprocess import finish
from josi.prompt_builder import build, context_of
from josi.prompts import Message, explainer_messages, interpreter_messages
from josi.safety import athlete_text
from line.chat import Chat, Reply
from sims.job import Job, Turn
from sims.phone import Phone

Emit = Callable[[str], None]


@dataclass
class Loop:
    """The app's loop over one phone; `stage` is told what begins."""

    phone: Phone
    job: Job
    grammar: str
    stage: Emit

    def turn(self, turn: Turn) -> dict[str, Any]:
        """Answers one message; what was said and what it cost, seconds of wall time and of CPU."""
        start, cpu = time.perf_counter(), time.process_time()
        reading, reading_costs, ahead = self._interpret(turn)
        decision, valid = read_decision(reading.text)
        request = finish(decision, turn.message, _context(turn))
        self.stage("the explainer")
        asked = time.perf_counter()
        answer, costs = self._explain(turn, plan(request, _context(turn)))
        return {
            "seconds": _since(start),
            "cpu_s": round(time.process_time() - cpu, 4),
            "first_word_s": round(asked - start + costs["swap_s"] + answer.first_token_s, 4),
            "valid": valid,
            "request": request,
            "text": athlete_text(answer.text, turn.message).text,
            "read_ahead": ahead,
            "interpreter": reading_costs,
            "explainer": costs,
        }

    def _interpret(self, turn: Turn) -> tuple[Reply, dict[str, Any], int]:
        """The decision; meanwhile the Explainer may read what of its prompt is known already."""
        chat, swap_s = self._chat("interpreter")
        prompt = prompt_of(chat, "interpreter", turn, None)
        known = replace(turn, chat_context=_without_result(turn.chat_context))
        reading = self.phone.ahead("explainer", lambda other: prompt_of(other, "explainer", known, None))
        try:
            reply = chat.reply(prompt, max_tokens=self.job.interpreter_max_tokens, grammar=self.grammar)
        finally:
            ahead = self.phone.joined(reading)
        return reply, _costs(reply, swap_s), ahead

    def _explain(self, turn: Turn, result: Mapping[str, object] | None) -> tuple[Reply, dict[str, Any]]:
        chat, swap_s = self._chat("explainer")
        prompt = prompt_of(chat, "explainer", turn, result)
        reply = chat.reply(prompt, max_tokens=self.job.explainer_max_tokens)
        return reply, _costs(reply, swap_s)

    def _chat(self, role: str) -> tuple[Chat, float]:
        start = time.perf_counter()
        return self.phone.use(role), _since(start)


def read_decision(text: str) -> tuple[dict[str, Any], bool]:
    """The model's decision and whether its text was one (a runaway answer is cut and no longer JSON).

    Where it was none, the app asks the athlete and guesses nothing.
    """
    try:
        decision = json.loads(text)
    except json.JSONDecodeError:
        decision = None
    return (decision, True) if isinstance(decision, dict) else (clarify_decision([INTENT]), False)


def messages_of(
    role: str, turn: Turn, result: Mapping[str, object] | None, count: Callable[[str], int]
) -> Sequence[Message]:
    """The chat that a role reads; from the ChatContext where the turn has one, as the app builds it."""
    if turn.chat_context is not None:
        context = dict(turn.chat_context)
        context |= {"gatc_result": result} if result and role == "explainer" else {}
        return build(role, turn.message, context, count).messages
    if role == "interpreter":
        return interpreter_messages(turn.message, turn.context)
    return explainer_messages(turn.message, turn.context, result, None)


def prompt_of(chat: Chat, role: str, turn: Turn, result: Mapping[str, object] | None) -> str:
    """The prompt of a role in the format of the chat's own model."""
    model = chat.context.model
    messages = messages_of(role, turn, result, lambda text: len(model.tokenize(text, special=False)))
    return render_format(detect(model.chat_template()), messages)


def _without_result(context: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The ChatContext as far as it is known before the engine has answered."""
    return None if context is None else {k: v for k, v in context.items() if k != "gatc_result"}


def _context(turn: Turn) -> str:
    if turn.chat_context is None:
        return turn.context
    return render_context(context_of(turn.chat_context, turn.message))


def _costs(reply: Reply, swap_s: float) -> dict[str, Any]:
    costs = {k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(reply).items() if k != "text"}
    rates = {"prefill_tps": round(reply.prefill_tps, 2), "decode_tps": round(reply.decode_tps, 2)}
    return {"swap_s": swap_s, **costs, **rates}


def _since(start: float) -> float:
    return round(time.perf_counter() - start, 4)

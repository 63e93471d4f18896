"""From what the app hands over (ChatContext) to the prompt a model reads, each block within its budget of tokens.

A block that is over its budget loses its least important part first, whole lines and turns only, so that nothing reads
cut off:

    athlete      profile lines from the last, then week, level, the session's label
    memory       notes from the last, then patterns, then the fact the engine is least sure of
    gatc_result  reasons from the last; what to do and the safety limit stay
    history      the oldest turn
    user         the middle of a message that would need more than the reserve as well; `free_text` is never cut
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from josi.chat_format import render
from josi.context import Context, canonical_sport, render_context, safety_text
from josi.errors import ContractError
from josi.prompts import Message, explainer_messages, interpreter_messages
from josi.schema import chat_context_errors
from josi.text import word_list

BUDGET: Mapping[str, int] = {name: int(tokens) for name, tokens in word_list("budget").items()}
BLOCKS = ("system", "athlete", "memory", "gatc_result", "history", "user")
LETTERS = 32  # a token stands for fewer: what is longer need not be counted to be too long
CUT = " … "  # where the middle of a message was
_ROLES: Mapping[str, Callable[[str, str], list[Message]]] = {
    "interpreter": interpreter_messages,
    "explainer": lambda message, context: explainer_messages(message, context, None, None),
}
_OWN_LINES = {"sport": "sport", "primary_sport": "sport", "level": "level", "experience": "level"}

Count = Callable[[str], int]
"""How many tokens a text is for the model that will read it."""


@dataclass(frozen=True)
class Prompt:
    """A prompt: the chat, and the tokens of each of `BLOCKS` (0 for one that is absent)."""

    messages: list[Message]
    tokens: dict[str, int]

    def text(self, chat_format: str) -> str:
        """The prompt as the model reads it; see `josi.chat_format.FORMATS`."""
        return render(chat_format, self.messages)


def build(role: str, message: str, chat_context: Mapping[str, Any], count: Count) -> Prompt:
    """The prompt of `role` ("interpreter" or "explainer") for a message in its ChatContext.

    Raises:
        ContractError: unknown role, or no valid ChatContext; the first fault is named.
    """
    if role not in _ROLES:
        raise ContractError(f"unknown role {role!r}: give one of {', '.join(_ROLES)}")
    if faults := chat_context_errors(dict(chat_context)):
        raise ContractError(f"chat_context: {faults[0]}")
    whole = context_of(chat_context, message)
    parts: dict[str, Context] = {
        "athlete": _shrunk(_athlete(whole), BUDGET["athlete"], count, _less_athlete),
        "memory": _shrunk(_memory(whole), BUDGET["memory"], count, _less_memory),
        "gatc_result": _shrunk(_gatc(whole), BUDGET["gatc_result"], count, _less_gatc),
        "history": _shrunk(Context(history=whole.history), BUDGET["history"], count, _less_history),
    }
    athlete, memory, gatc, history = parts.values()
    block = replace(
        athlete, facts=memory.facts, patterns=memory.patterns, notes=memory.notes, workout=gatc.workout,
        why=gatc.why, safety=gatc.safety, history=history.history,
    )  # fmt: skip
    shown = shortened(message, BUDGET["user"] + BUDGET["reserve"], count)
    messages = _ROLES[role](shown, render_context(block))
    tokens = {name: _size(part, count) for name, part in parts.items()}
    tokens |= {"system": count(messages[0]["content"]), "user": count(shown)}
    return Prompt(messages, {name: tokens[name] for name in BLOCKS})


def context_of(chat_context: Mapping[str, Any], message: str = "") -> Context:
    """All that a valid ChatContext says, as a CONTEXT block; a last turn that is the message itself is left out."""
    readiness, session = chat_context["readiness"], chat_context.get("planned_session")
    context = Context(readiness_level=readiness["level"], readiness_state=readiness["state"])
    if chat_context["has_session_context"] and session:
        context.session, context.week = _session_line(session), _week_line(session)
    _read_profile(context, chat_context.get("profile_summary"))
    memory = chat_context.get("athlete_memory") or {}
    # What the engine is surest of first, so that the last is the one to lose; equal ones in the app's order.
    facts = sorted(memory.get("key_facts", ()), key=lambda fact: -fact["confidence"])
    context.facts = [fact["fact"] for fact in facts]
    context.patterns, context.notes = list(memory.get("patterns", ())), list(memory.get("coaching_notes", ()))
    result = chat_context.get("gatc_result") or {}
    context.workout, context.why = result.get("workout_summary", ""), list(result.get("rationale_bullets", ()))
    context.safety = safety_text(result.get("safety_caps_applied"))
    context.history = [(turn["role"], turn["message"]) for turn in chat_context["history"] if turn["message"].strip()]
    if context.history and context.history[-1] == ("user", message):
        context.history.pop()
    return context


def shortened(message: str, limit: int, count: Count) -> str:
    """The message, its middle taken out where it has more than `limit` tokens: what people want they say first or
    last."""
    most = LETTERS * limit
    if len(message) <= 2 * most and count(message) <= limit:
        return message
    low, high = 0, min(len(message) // 2, most)  # letters kept at either end
    while low < high:
        middle = (low + high + 1) // 2
        fits = count(message[:middle] + CUT + message[-middle:]) <= limit
        low, high = (middle, high) if fits else (low, middle - 1)
    return message[:low] + CUT + message[len(message) - low :]


def _session_line(session: Mapping[str, Any]) -> str:
    phase = f" ({session['phase']} phase)" if session.get("phase") else ""
    label = " ".join(session["structure_label"].split())
    label = f' "{label}"' if label else ""
    return f"{session['target_zone']} {session['target_duration_min']:g}min{label}{phase}"


def _week_line(session: Mapping[str, Any]) -> str:
    """`meso_day` counts the days of a block of four weeks from 1."""
    if not (session.get("meso_day") and session.get("phase")):
        return ""
    return f"{session['phase']} phase week {(session['meso_day'] - 1) // 7 + 1}"


def _read_profile(context: Context, profile: object) -> None:
    """Sport and level have lines of their own; what else the app knows is told under its own names."""
    if isinstance(profile, str):
        context.profile = {"Summary": profile} if profile.strip() else {}
        return
    for key, value in (profile if isinstance(profile, Mapping) else {}).items():
        if isinstance(value, bool) or not isinstance(value, str | int | float) or not str(value).strip():
            continue
        line = _OWN_LINES.get(key.lower())
        if line == "sport" and canonical_sport(str(value)):
            context.sport_text, context.sport = str(value), canonical_sport(str(value))
        elif line == "level":
            context.level = str(value)
        else:
            context.profile[key.replace("_", " ").capitalize()] = str(value)


def _athlete(whole: Context) -> Context:
    return replace(
        whole, facts=[], patterns=[], notes=[], workout="", why=[], safety="", history=[], profile=dict(whole.profile)
    )


def _memory(whole: Context) -> Context:
    return Context(facts=list(whole.facts), patterns=list(whole.patterns), notes=list(whole.notes))


def _gatc(whole: Context) -> Context:
    return Context(workout=whole.workout, why=list(whole.why), safety=whole.safety)


def _shrunk(part: Context, budget: int, count: Count, less: Callable[[Context], bool]) -> Context:
    while _size(part, count) > budget and less(part):
        pass
    return part


def _size(part: Context, count: Count) -> int:
    text = render_context(part).removeprefix("CONTEXT:\n").strip("\n")
    return count(text) if text else 0


def _less_athlete(part: Context) -> bool:
    """Takes one thing out; False when nothing is left to take."""
    if part.profile:
        part.profile.popitem()
        return True
    for name in ("week", "level"):
        if getattr(part, name):
            setattr(part, name, "")
            return True
    if '"' in part.session:
        part.session = " ".join((part.session[: part.session.index('"')] + part.session.rpartition('"')[2]).split())
        return True
    return False


def _less_memory(part: Context) -> bool:
    for items in (part.notes, part.patterns, part.facts):
        if items:
            items.pop()
            return True
    return False


def _less_gatc(part: Context) -> bool:
    if part.why:
        part.why.pop()
        return True
    return False


def _less_history(part: Context) -> bool:
    if part.history:
        part.history.pop(0)
        return True
    return False

"""The CONTEXT block: the athlete's situation as text, appended to a user turn after a blank line.

Every line is optional and hand-made blocks are met in the wild, so reading never fails: an unknown line is
kept in `Context.other`, odd spacing and bullets are ignored. Writing gives the one canonical form.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from josi.sports import sports_in

HEADER = "CONTEXT:"
READINESS_LEVELS = ("Green", "Yellow", "Orange", "Red")
READINESS_STATES = ("Recovered", "Productive", "Accumulated", "Overreached", "IllnessRisk")

_BLOCK_START = re.compile(r"(?:\A|\r\n[ \t]*\r\n|\n[ \t]*\n)(?=CONTEXT:[ \t]*(?:\r?\n|\Z))")
_SECTION = re.compile(
    r"^(?:athlete )?(context|memory|gatc[ _]result|profile|(?:conversation )?history)\s*:\s*$", re.IGNORECASE
)
_PAIR = re.compile(r"^\s*+[-*•]?+\s*+([A-Za-z][A-Za-z _]*+)\s*+:\s*+(.*)$")  # what it repeats it does not give back
_BULLET = re.compile(r"^\s*[-*•]\s*")
_SPEAKER = re.compile(r"^\s*[-*•]?\s*\[?(user|assistant|athlete|josi)\]?\s*:\s*(.*)$", re.IGNORECASE)
_READINESS = re.compile(r"^\s*+([^\s(]++)?+\s*+(?:\(([^)]*+)\)?+)?+\s*+$")
_SPEAKER_ROLE = {"user": "user", "athlete": "user", "assistant": "assistant", "josi": "assistant"}
_LINES = ("session", "level", "week")
_LISTS = {"facts": "facts", "patterns": "patterns", "notes": "notes", "why": "why"}
_EMPTY = frozenset({"", "-", "none", "unknown", "n/a", "null", "not set"})


@dataclass
class Context:
    """What a CONTEXT block says; an absent line is "", an empty list or None.

    `sport` is canonical (`run` `bike` `ski` `skate` `strength` `other`), `sport_text` the word as written.
    `history` holds (role, message) pairs, oldest first; `other` the lines that were not understood.
    """

    readiness_level: str = ""
    readiness_state: str = ""
    session: str = ""
    sport: str | None = None
    sport_text: str = ""
    level: str = ""
    week: str = ""
    facts: list[str] = field(default_factory=list)
    patterns: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    workout: str = ""
    why: list[str] = field(default_factory=list)
    safety: str = ""
    profile: dict[str, str] = field(default_factory=dict)
    history: list[tuple[str, str]] = field(default_factory=list)
    other: list[str] = field(default_factory=list)

    @property
    def memory(self) -> list[str]:
        """Facts, patterns and notes together, in that order."""
        return [*self.facts, *self.patterns, *self.notes]

    @property
    def gatc_result(self) -> dict[str, object] | None:
        """The engine's result in ChatContext form, or None when the block carries none."""
        if not (self.workout or self.why or self.safety):
            return None
        return {
            "workout_summary": self.workout,
            "rationale_bullets": list(self.why),
            "safety_caps_applied": self.safety,
        }


def split_turn(content: str) -> tuple[str, str]:
    """Split a user turn into (message, context block or "").

    The block starts at the last `CONTEXT:` line after a blank line: the host appends its block at the end,
    so an athlete who types such a line does not displace it.
    """
    starts = list(_BLOCK_START.finditer(content))
    if not starts:
        return content, ""
    return content[: starts[-1].start()], content[starts[-1].end() :]


def join_turn(message: str, context: str) -> str:
    """The user turn: the message verbatim, a blank line, the block (given its header when it lacks one)."""
    block = context.strip()
    if not block:
        return message
    head = "" if block.startswith(HEADER) else HEADER + "\n"
    return f"{message}\n\n{head}{block}"


def parse_context(text: str) -> Context:
    """Read a block (with or without its header); never fails."""
    context = Context()
    section = "context"
    for line in text.replace("\r\n", "\n").split("\n"):
        header = _SECTION.match(line)
        if header:
            section = header[1].lower().replace("_", " ").removeprefix("conversation ")
        elif line.strip():
            _READERS[section](context, line)
    if context.sport is None:
        context.sport = canonical_sport(_profile_sport(context.profile))
    return context


def canonical_sport(word: str) -> str | None:
    """Canonical sport of a CONTEXT or MEMORY sport word (`running` → `run`); None for nothing known."""
    if word.strip().lower() in _EMPTY:
        return None
    named = sports_in(word)
    return named[0] if named else None


def _profile_sport(profile: Mapping[str, str]) -> str:
    wanted = ("sport", "primary sport", "main sport")
    return next((value for key, value in profile.items() if key.lower() in wanted), "")


def _pair(line: str) -> tuple[str, str] | None:
    """Name and value of a line "name: value", without the blanks around them."""
    pair = _PAIR.match(line)
    return (pair[1].strip(), pair[2].strip()) if pair else None


def _read_pair(context: Context, line: str) -> None:
    name, value = _pair(line) or ("", "")
    key = name.lower()
    if key == "readiness":
        _read_readiness(context, value)
    elif key == "sport":
        context.sport_text, context.sport = value, canonical_sport(value)
    elif key in _LINES:
        setattr(context, key, value)
    elif key in _LISTS:
        getattr(context, _LISTS[key]).extend(_items(value))
    elif key in ("workout", "safety"):
        setattr(context, key, "" if value.lower() in _EMPTY else value)
    else:
        context.other.append(_BULLET.sub("", line).strip())


def _read_memory(context: Context, line: str) -> None:
    pair = _pair(line)
    if pair and pair[0].lower() in _LISTS:
        _read_pair(context, line)
    else:
        context.facts.extend(_items(_BULLET.sub("", line)))


def _read_profile(context: Context, line: str) -> None:
    pair = _pair(line)
    if pair:
        context.profile[pair[0]] = pair[1]
    else:
        context.other.append(line.strip())


def _read_history(context: Context, line: str) -> None:
    spoken = _SPEAKER.match(line)
    if spoken:
        context.history.append((_SPEAKER_ROLE[spoken[1].lower()], spoken[2].strip()))
    elif context.history:
        role, before = context.history[-1]
        context.history[-1] = (role, f"{before} {line.strip()}".strip())
    else:
        context.other.append(line.strip())


_READERS: dict[str, Callable[[Context, str], None]] = {
    "context": _read_pair,
    "gatc result": _read_pair,
    "memory": _read_memory,
    "profile": _read_profile,
    "history": _read_history,
}


def _read_readiness(context: Context, value: str) -> None:
    found = _READINESS.match(value)
    level, state = (found[1] or "", (found[2] or "").strip()) if found else (value, "")
    context.readiness_level = level.capitalize()
    context.readiness_state = state


def _items(value: str) -> list[str]:
    return [item.strip() for item in value.split("|") if item.strip().lower() not in _EMPTY]


def _one_line(text: object) -> str:
    """Collapse white space: a line break inside a value could forge a header or another line."""
    return " ".join(str(text).split())


def _line(name: str, value: object) -> list[str]:
    text = _one_line(value) if value is not None else ""
    return [f"- {name}: {text}"] if text else []


def _bar(values: Iterable[object]) -> str:
    """The items of a line, between bars; a bar inside one becomes a slash."""
    return " | ".join(filter(None, (_one_line(value).replace("|", "/") for value in values)))


def render_memory(facts: Sequence[str], patterns: Sequence[str] = (), notes: Sequence[str] = ()) -> str:
    """The MEMORY part of a block, or "" when there is nothing to tell."""
    lines = [
        *_line("Facts", _bar(facts)),
        *_line("Patterns", _bar(patterns)),
        *_line("Notes", _bar(notes)),
    ]
    return "\n".join(["MEMORY:", *lines]) if lines else ""


def safety_text(value: object) -> str:
    """Apps hand over the caps as a sentence, a list of sentences, or a bare flag (which says nothing)."""
    if value is None or isinstance(value, bool):
        return ""
    return _bar(value) if isinstance(value, list | tuple) else _one_line(value)


def render_gatc(gatc_result: Mapping[str, object]) -> str:
    """The GATC RESULT part of what the engine decided (ChatContext's `gatc_result`), "" if it is empty."""
    bullets = gatc_result.get("rationale_bullets")
    why = _bar(bullets) if isinstance(bullets, list | tuple) else _one_line(bullets or "")
    lines = [
        *_line("Workout", gatc_result.get("workout_summary")),
        *_line("Why", why),
        *_line("Safety", safety_text(gatc_result.get("safety_caps_applied"))),
    ]
    return "\n".join(["GATC RESULT:", *lines]) if lines else ""


def render_context(context: Context) -> str:
    """The canonical block of `context`, "" when it holds nothing; `parse_context` reads it back."""
    state = f" ({context.readiness_state})" if context.readiness_state else ""
    parts = [
        *_line("Readiness", f"{context.readiness_level}{state}"),
        *_line("Session", context.session),
        *_line("Sport", context.sport_text or context.sport),
        *_line("Level", context.level),
        *_line("Week", context.week),
        render_memory(context.facts, context.patterns, context.notes),
        render_gatc(context.gatc_result or {}),
        _render_profile(context.profile),
        _render_history(context.history),
    ]
    body = "\n".join(part for part in parts if part)
    return f"{HEADER}\n{body}" if body else ""


def _render_profile(profile: Mapping[str, str]) -> str:
    lines = [f"  {_one_line(key)}: {_one_line(value)}" for key, value in profile.items()]
    return "\n".join(["\nPROFILE:", *lines]) if lines else ""


def _render_history(history: Sequence[tuple[str, str]]) -> str:
    lines = [f"  [{role}]: {_one_line(message)}" for role, message in history]
    return "\n".join(["\nHISTORY:", *lines]) if lines else ""

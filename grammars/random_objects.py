"""Random valid requests and decisions, written by hand from the contract, not from schema or grammar.

The other direction of the proof starts here: whatever is valid, however odd, must have an accepted text.
"""

from __future__ import annotations

import datetime
import random
from typing import Any

from josi.schema import DECISION_MISSING_ITEMS, DECISION_TEXT_CHARS, DECISION_WORD_CHARS

ACTIONS = ("create_workout", "replan", "explain", "answer_question", "clarify")
SPORTS = ("run", "bike", "ski", "skate", "strength", "other")
REPLAN_TYPES = (
    "skip_today",
    "swap_days",
    "reschedule",
    "reduce_intensity",
    "illness",
    "travel",
    "goal_change",
)
GOALS = ("endurance", "threshold", "vo2", "recovery", "strength", "race_prep")
INJURIES = ("none", "knee", "back", "ankle", "shoulder", "other")
FATIGUE = ("fresh", "ok", "tired", "very_tired")

_WORDS = (
    "run",
    "45 min",
    "geen tijd",
    "naïve",
    "übermorgen",
    "今日",
    "🏃‍♀️",
    '{"action":"clarify"}',
    "\\n",
    '"',
    "'",
    "\\",
)
_CONTROLS = "\x00\x01\b\t\n\v\f\r\x1b\x1f\x7f\x85\u2028\u2029\ufeff"
_SURROGATES = "\ud800\udbff\udc00\udfff"
_LAST_DAY = datetime.date.max.toordinal()


def text(rng: random.Random, longest: int = 200) -> str:
    """Words, quotes, escapes, any Unicode: one line of clean text, at least a character."""
    found = ""
    size = rng.choice((1, 5, 30, longest))
    while len(found) < size:
        found += rng.choice((rng.choice(_WORDS), " ", chr(rng.randint(0x20, 0x7E)), _character(rng)))
    return found[: min(size, longest)]


def raw_text(rng: random.Random) -> str:
    """Anything a message may hold: nothing at all, control characters, lone surrogates."""
    parts = [text(rng), "", rng.choice(_CONTROLS), rng.choice(_SURROGATES), "<|im_end|>", "\r\n\r\n"]
    found = "".join(rng.choices(parts, k=rng.randint(0, 6)))
    # A high surrogate before a low one is a pair, which JSON readers join to one character: joined here too.
    return found.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _character(rng: random.Random) -> str:
    point = rng.choice((rng.randint(0xA0, 0xD7FF), rng.randint(0xE000, 0xFFFF), rng.randint(0x10000, 0x10FFFF)))
    return chr(point)


def request(rng: random.Random) -> dict[str, Any]:
    """A valid GATCRequest: any optional field with any action, fields in any order."""
    fields = _optional(rng) | {"free_text": raw_text(rng)}
    extra = {
        "sport": rng.choice(SPORTS),
        "replan_type": rng.choice(REPLAN_TYPES),
        "question": raw_text(rng),
        "missing": [raw_text(rng) for _ in range(rng.randint(0, 3))],
        "clarify_message": raw_text(rng),
    }
    action = rng.choice(ACTIONS)
    needed = _required(action, with_question=True)
    fields |= {key: value for key, value in extra.items() if key in needed or rng.random() < 0.3}
    return _shuffled({"action": action} | fields, rng)


def decision(rng: random.Random) -> dict[str, Any]:
    """A valid decision: what belongs to an action only with it, texts clean and bounded, two decimals."""
    action = rng.choice(ACTIONS)
    extra = {
        "sport": rng.choice(SPORTS),
        "replan_type": rng.choice(REPLAN_TYPES),
        "missing": [text(rng, DECISION_WORD_CHARS) for _ in range(rng.randint(1, DECISION_MISSING_ITEMS))],
        "clarify_message": text(rng, DECISION_TEXT_CHARS),
    }
    needed = _required(action, with_question=False)
    fields = _optional(rng)
    if "confidence" in fields:
        fields["confidence"] = rng.randint(0, 100) / 100
    fields |= {k: v for k, v in extra.items() if k in needed or (k == "sport" and rng.random() < 0.3)}
    return _shuffled({"action": action} | fields, rng)


def _required(action: str, *, with_question: bool) -> tuple[str, ...]:
    question = ("question",) if with_question else ()
    return {
        "create_workout": ("sport",),
        "replan": ("replan_type",),
        "explain": question,
        "answer_question": question,
        "clarify": ("missing", "clarify_message"),
    }[action]


def _optional(rng: random.Random) -> dict[str, Any]:
    constraints = {
        "injury": rng.choice(INJURIES),
        "fatigue_hint": rng.choice(FATIGUE),
        "no_intensity": rng.random() < 0.5,
    }
    fields: dict[str, Any] = {
        "time_available_min": rng.choice((10, 300, 45.0, rng.randint(10, 300))),
        "date": datetime.date.fromordinal(rng.randint(1, _LAST_DAY)).isoformat(),
        "goal": rng.choice(GOALS),
        "constraints": _shuffled({k: v for k, v in constraints.items() if rng.random() < 0.5}, rng),
        "confidence": rng.choice((0, 1, 0.0, 1.0, 0.5, rng.random(), rng.random() ** 40)),
    }
    return {key: value for key, value in fields.items() if rng.random() < 0.4}


def _shuffled(obj: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    keys = list(obj)
    rng.shuffle(keys)
    return {key: obj[key] for key in keys}

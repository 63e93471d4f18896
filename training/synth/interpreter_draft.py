"""What every intent builds: a message with its labels, and the words it is built from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from training.synth.compose import Dice, expand, load_words, slots_of, tidy

WORD_FILES = ("sports", "slots", "create", "replan", "explain", "answer", "clarify", "contrast", "chatter", "scares")

SPORTS: Mapping[str, float] = {
    "run": 0.34,
    "bike": 0.26,
    "other": 0.13,
    "strength": 0.11,
    "ski": 0.08,
    "skate": 0.08,
}
SPORT_CONTEXT = Literal["any", "sport", "memory", "history", "none"]
_TAG = re.compile(r"^([a-z0-9_]+)> ?")


@dataclass
class Draft:
    """A message and the labels it was built from.

    `fields` are the GATCRequest fields without `free_text` and `question`; `context` says what the CONTEXT
    block must (not) hold: "sport" a sport line, "memory" a sport in MEMORY only, "history" the given turns
    and no sport, "none" no sport anywhere. `sport` is the one CONTEXT has to name. `plain` messages get no
    rough spelling.
    """

    text: str
    fields: dict[str, object]
    category: str
    context: SPORT_CONTEXT = "any"
    sport: str = ""
    dutch: bool = False
    plain: bool = False
    history: list[tuple[str, str]] = field(default_factory=list)


@cache
def words() -> dict[str, list[str]]:
    """All word lists of the Interpreter's files; a list name occurs once."""
    lists: dict[str, list[str]] = {}
    for name in WORD_FILES:
        for key, lines in load_words(name).items():
            lists[key if name in ("sports", "slots", "chatter", "answer") else f"{name}_{key}"] = lines
    inner = ("clarify_flag", "clarify_flag_nl", "clarify_flagwhen", "clarify_wish", "create_extra_free")
    for key in (*inner, "replan_ill", "replan_ill_nl"):
        lists[key.partition("_")[2]] = lists[key]
    return lists


def split_tag(line: str) -> tuple[str, str]:
    """("label", "rest") of a line "label> rest"; ("", line) for a line without a label."""
    tag = _TAG.match(line)
    return (tag[1], line[tag.end() :]) if tag else ("", line)


def write(template: str, slots: Mapping[str, str], dice: Dice) -> str:
    """The template written out with the Interpreter's words; tags inside drawn lines are dropped."""
    return expand(template, slots, words(), dice)


def say(name: str, dice: Dice, slots: Mapping[str, str] | None = None) -> str:
    """One random line of the list `name`, written out."""
    return write(split_tag(dice.pick(words()[name]))[1], slots or {}, dice)


def pick_sport(dice: Dice) -> str:
    """A sport, weighted as athletes' messages are."""
    return dice.weighted(SPORTS)


def needs(template: str, *names: str) -> bool:
    """True when the template uses any of these slots."""
    return bool(slots_of(template) & set(names))


def clauses(parts: list[str], dice: Dice, *, dutch: bool = False) -> str:
    """Independent clauses joined as people join them: commas, full stops, "and", dashes."""
    joined = ", en " if dutch else ", and "
    text = ""
    for part in filter(None, parts):
        joint = dice.pick([", ", ", ", ". ", " ", " - ", "; ", "... ", joined]) if text else ""
        text += joint + part
    return tidy(text)


def article(noun: str) -> str:
    """The noun with a or an."""
    sounds_vowel = noun[:1].lower() in "aeio" or noun.startswith(("8", "11 ", "18", "hour", "MTB", "XC", "upper"))
    return f"{'an' if sounds_vowel else 'a'} {noun}"

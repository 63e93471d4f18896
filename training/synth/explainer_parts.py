"""Small tools for the Explainer's answers: phrase files, sentences put together, thumbs on a phone."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

from training.synth.compose import Dice, TemplateError, expand, tidy

Slots = Mapping[str, str]
_VOWEL_SOUND = re.compile(r"(?:[aeio]|u(?!ni)|8|11\b|18\b)", re.IGNORECASE)
_CHATTER = (
    "Morning!", "Just had coffee.", "Back from work.", "Long day.", "Kids are at school.", "Quick one.",
    "It's raining here.", "Got a minute?", "Sun is out!", "On the train now.", "So,", "Ok so,", "Btw",
)  # fmt: skip
_FRAMES = {"ask": 4.0, "plan": 3.0, "dare": 1.5, "plea": 2.0}
_EMOJI = ("🙂", "💪", "😅", "🏃", "🙏", "😬")


@cache
def phrases(name: str) -> dict[str, Any]:
    """The nested phrase tables of words/explainer_NAME.toml. Raises TemplateError when it cannot be read."""
    source = resources.files("training.synth") / "words" / f"explainer_{name}.toml"
    try:
        return tomllib.loads(source.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise TemplateError(f"training/synth/words/explainer_{name}.toml: {error}; mend the file") from error


def say(lines: Iterable[str], slots: Slots, dice: Dice) -> str:
    """One random phrasing of one random line."""
    return expand(dice.pick(list(lines)), slots, {}, dice)


def article(noun: str) -> str:
    """The noun phrase with "a" or "an" as it sounds: an 80-min ride, a 45-min run."""
    return f"{'an' if _VOWEL_SOUND.match(noun) else 'a'} {noun}"


def capital(text: str) -> str:
    """First letter upper case, the rest as it is."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """The clause as a sentence: capital letter, closing mark."""
    text = capital(tidy(text))
    return text if text.endswith((".", "!", "?")) else text + "."


def answer(*parts: str) -> str:
    """The non-empty parts as sentences of one paragraph; a second question is left out."""
    kept: list[str] = []
    for part in filter(None, parts):
        asked = any("?" in before for before in kept)
        if not (asked and "?" in part):
            kept.append(sentence(part))
    return " ".join(kept)


def maybe(dice: Dice, probability: float, lines: Iterable[str], slots: Slots | None = None) -> str:
    """A phrasing of one of the lines with this probability, else ""."""
    return say(lines, slots or {}, dice) if dice.chance(probability) else ""


def wish(words: Mapping[str, Any], slots: Slots, dice: Dice) -> str:
    """What the athlete would like: a message as it stands, or a deed as a question, a plan, a dare or a plea."""
    if not dice.chance(0.5):
        return say(words["messages"], slots, dice)
    frames = phrases("parts")["frames"]
    deed = say(words["deeds"], slots, dice)
    return say(frames[dice.weighted(_FRAMES)], {"deed": deed}, dice)


def typed(message: str, dice: Dice, *, english: bool = True) -> str:
    """The message as a thumb types it: case, punctuation, a slip, a greeting; digits stay as they are."""
    text = capital(message) if dice.chance(0.5) else message
    if english and dice.chance(0.07):
        text = dice.pick(["Hey Josi, ", "Hi coach, ", "hey, ", "Josi "]) + text[:1].lower() + text[1:]
    if english and dice.chance(0.07):
        text = f"{dice.pick(_CHATTER)} {text}"
    if dice.chance(0.3):
        text = text.lower()
    if dice.chance(0.15):
        text = text.replace("'", "")
    if dice.chance(0.25):
        text = text.rstrip("?.!")
    if dice.chance(0.15):
        text = _slip(text, dice)
    if dice.chance(0.05):
        text = f"{text} {dice.pick(_EMOJI)}"
    return text


def _slip(text: str, dice: Dice) -> str:
    """Two letters swapped, or one dropped, inside a longer word; "zone" stays, since answers name it."""
    spots = [m.start() for m in re.finditer(r"(?<=[a-zA-Z])(?!one)[a-z]{2}(?=[a-z])", text)]
    if not spots:
        return text
    at = dice.pick(spots)
    swapped = text[at + 1] + text[at] if dice.chance(0.5) else text[at]
    return text[:at] + swapped + text[at + 2 :]

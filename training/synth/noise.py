"""The noise of thumbs on a phone: case, punctuation, typos, slang, emoji. Numbers keep their digits."""

import re

from training.synth.compose import Dice

_SLANG = (
    (re.compile(r"\byou\b"), "u"),
    (re.compile(r"\bplease\b"), "pls"),
    (re.compile(r"\btomorrow\b"), "tmrw"),
    (re.compile(r"\btonight\b"), "tonite"),
    (re.compile(r"\bsomething\b"), "smth"),
    (re.compile(r"\bgoing to\b"), "gonna"),
    (re.compile(r"\bwant to\b"), "wanna"),
    (re.compile(r"\bbecause\b"), "cuz"),
    (re.compile(r"\bthanks\b"), "thx"),
    (re.compile(r"\bwhat is\b"), "whats"),
    (re.compile(r"\bare you\b"), "r u"),
    (re.compile(r"\band\b"), "&"),
    (re.compile(r"\bwith\b"), "w/"),
    (re.compile(r"\bgive me\b"), "gimme"),
    (re.compile(r"\bI'm\b"), "im"),
)
_NEIGHBOURS = {
    "a": "sq",
    "e": "rw",
    "i": "ou",
    "o": "ip",
    "u": "iy",
    "n": "bm",
    "t": "ry",
    "s": "ad",
    "r": "et",
    "l": "k",
}
_PUNCTUATION = re.compile(r"(?<!\d)[.,!?;:]+|[.,!?;:]+(?!\d)")
_APOSTROPHE = re.compile(r"(?<=\w)['’](?=\w)")


def roughen(text: str, dice: Dice, emoji: str = "") -> str:
    """One way a person might have typed `text`; a third of the time unchanged but for the sentence's end."""
    style = dice.weighted({"neat": 0.34, "casual": 0.34, "typos": 0.16, "slang": 0.1, "shout": 0.02, "dots": 0.04})
    text = _STYLES[style](text, dice)
    return f"{text} {emoji}" if emoji and dice.chance(0.07) else text


def _neat(text: str, dice: Dice) -> str:
    text = text[:1].upper() + text[1:] if dice.chance(0.8) else text
    return text + dice.pick([".", "", "!"]) if text[-1:].isalnum() and dice.chance(0.5) else text


def _casual(text: str, dice: Dice) -> str:
    text = text.lower()
    if dice.chance(0.6):
        text = _PUNCTUATION.sub("", text)
    return _APOSTROPHE.sub("", text) if dice.chance(0.4) else text


def _typos(text: str, dice: Dice) -> str:
    tokens = (text.lower() if dice.chance(0.6) else text).split(" ")
    open_to = [i for i, token in enumerate(tokens) if len(token) > 3 and token.isalpha()]
    for i in dice.sample(open_to, 1 + dice.below(2)):
        tokens[i] = misspell(tokens[i], dice)
    return " ".join(tokens)


def misspell(word: str, dice: Dice) -> str:
    """One slip in a word of at least 4 letters: swapped, dropped, doubled or neighbouring letter."""
    at = 1 + dice.below(len(word) - 2)
    kind = dice.below(4)
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:
        return word[: at + 1] + word[at:]
    near = _NEIGHBOURS.get(word[at].lower())
    return word[:at] + (dice.pick(near) if near else word[at]) + word[at + 1 :]


def _slang(text: str, dice: Dice) -> str:
    for pattern, short in _SLANG:
        if dice.chance(0.7):
            text = pattern.sub(short, text)
    return text.lower() if dice.chance(0.6) else text


def _shout(text: str, dice: Dice) -> str:
    return text.upper() + "!" * dice.below(4)


def _dots(text: str, dice: Dice) -> str:
    joined = re.sub(r"[,.;] ", "... ", text)
    return joined + dice.pick(["...", "..", "…", " ..."])


_STYLES = {"neat": _neat, "casual": _casual, "typos": _typos, "slang": _slang, "shout": _shout, "dots": _dots}

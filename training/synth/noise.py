"""The noise of thumbs on a phone: case, punctuation, typos, slang, emoji. Numbers keep their digits."""

import re
import tomllib
from importlib import resources

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
_TEXTSPEAK = tomllib.loads((resources.files("training.synth") / "words" / "textspeak.toml").read_text(encoding="utf-8"))
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
    style = dice.weighted(_SHARES)
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
    """One slip in a word of at least 3 letters: swapped, dropped, doubled or neighbouring letter."""
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


def _textspeak(text: str, dice: Dice) -> str:
    """Words as in a text message, small ones left out, now and then a slip."""
    tokens = text.lower().split(" ")
    out: list[str] = []
    for token, after in zip(tokens, [*tokens[1:], ""], strict=True):
        word = token.strip(".,!?;:")
        beside_number = bool(out and out[-1][-1:].isdigit()) or after[:1].isdigit()  # "45 2 60" would read as numbers
        short = _TEXTSPEAK["short"].get(word, ())
        if short and dice.chance(0.6) and not beside_number:
            out.append(token.replace(word, dice.pick(short)))
        elif word in _TEXTSPEAK["left_out"] and word == token and len(tokens) > 3 and dice.chance(0.25):
            continue
        elif len(word) > 4 and word.isalpha() and dice.chance(0.12):
            out.append(misspell(token, dice) if word == token else token)
        else:
            out.append(token)
    text = _PUNCTUATION.sub("", " ".join(out)) if dice.chance(0.5) else " ".join(out)
    return text or " ".join(tokens)


def _many_typos(text: str, dice: Dice) -> str:
    """A slip in about every third word, short words too."""
    tokens = text.lower().split(" ")
    open_to = [i for i, token in enumerate(tokens) if len(token) > 2 and token.isalpha()]
    for i in dice.sample(open_to, 1 + len(open_to) // 3):
        tokens[i] = misspell(tokens[i], dice)
    return _PUNCTUATION.sub("", " ".join(tokens)) if dice.chance(0.4) else " ".join(tokens)


def _shout(text: str, dice: Dice) -> str:
    return text.upper() + "!" * dice.below(4)


def _dots(text: str, dice: Dice) -> str:
    joined = re.sub(r"[,.;] ", "... ", text)
    return joined + dice.pick(["...", "..", "…", " ..."])


_STYLES = {
    "neat": _neat,
    "casual": _casual,
    "typos": _typos,
    "many_typos": _many_typos,
    "slang": _slang,
    "textspeak": _textspeak,
    "shout": _shout,
    "dots": _dots,
}
_SHARES = {
    "neat": 0.28,
    "casual": 0.31,
    "typos": 0.13,
    "many_typos": 0.08,
    "slang": 0.06,
    "textspeak": 0.08,
    "shout": 0.02,
    "dots": 0.04,
}

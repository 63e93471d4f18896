"""One reading form for messages: what every word rule sees, and how word lists become patterns."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any

_FRACTIONS = {"½": ".5", "¼": ".25", "¾": ".75"}
_QUOTES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "′": "'", "“": '"', "”": '"', "″": '"',
                         "–": "-", "—": " - ", "−": "-", "‐": "-", "‑": "-", "×": "x"})  # fmt: skip
_VULGAR = re.compile(r"(\d)?\s?([½¼¾])")
_SPACE = re.compile(r"[^\S\n]+")
_BREAKS = re.compile(r"\n(?:[^\S\n]*+\n)++")
_REST = re.compile(r"(?<!\))\*")
_LONE = re.compile("[\ud800-\udfff]")


def plain(text: str) -> str:
    """Lower case, no accents, straight quotes and dashes, single blanks; line breaks stay.

    Lone surrogates and control characters become blanks.
    """
    text = _VULGAR.sub(lambda m: f"{m[1] or ' 0'}{_FRACTIONS[m[2]]}", text.translate(_QUOTES))
    text = _BREAKS.sub("\n\n", _LONE.sub(" ", text))
    text = "".join(ch for ch in text if not unicodedata.combining(ch))  # before NFKD, which sorts them in square time
    text = unicodedata.normalize("NFKD", text).translate(_QUOTES).casefold()
    kept = (" " if unicodedata.category(ch) in ("Cc", "Cf") and ch != "\n" else ch for ch in text)
    joined = "".join(ch for ch in kept if not unicodedata.combining(ch))
    return _SPACE.sub(" ", joined).strip()


def pieces(sentence: str, size: int = 400, overlap: int = 120) -> list[str]:
    """A sentence of any length in overlapping pieces of at most `size` letters, so that rules which look at a whole one
    stay linear; nearly every message is one piece."""
    if len(sentence) <= size:
        return [sentence]
    return [sentence[at : at + size] for at in range(0, len(sentence) - overlap, size - overlap)]


@cache
def word_list(name: str) -> dict[str, Any]:
    """The word list `josi/data/NAME.toml`."""
    return tomllib.loads((resources.files("josi") / "data" / f"{name}.toml").read_text(encoding="utf-8"))


def phrase_source(phrases: Iterable[str]) -> str:
    """Regex source that matches any of `phrases` as whole words in `plain` text.

    In a phrase a blank matches blanks or hyphens (` ?` also none), `*` the rest of a word (after a group:
    any number of times), `_` any one word, `?` makes the letter or group before it optional, `(a|b)`
    chooses, `{0,3}` repeats; backslash classes are regex.
    """
    return rf"(?<![\w])(?:{'|'.join(_one(p) for p in phrases)})(?!\w)"


def phrases(*groups: Iterable[str]) -> re.Pattern[str]:
    """Compiled `phrase_source` of all groups together."""
    return re.compile(phrase_source(p for group in groups for p in group))


def _one(phrase: str) -> str:
    source = "".join(ch if ch in "()|?*_ {}\\" else re.escape(ch) for ch in phrase)
    # A word gives nothing back and holds no hyphen, which is a blank: else "a-a-a-…" could be read in endless ways.
    source = _REST.sub(r"\\w*", source.replace("(", "(?:").replace("_", r"[\w']++").replace(r"\W{1,3}", r"\W{1,3}+"))
    return source.replace(" ?", r"[\s-]*").replace(" ", r"[\s-]+")

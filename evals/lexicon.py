"""Reads `lexicon.toml` and turns its phrases into matchers; splits texts into words and sentences."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from line.errors import InputError

FILE = Path(__file__).with_name("lexicon.toml")
# A negation this close before a hit takes it back ("not great", "I don't think that's smart").
_NEGATION = re.compile(
    r"\b(?:not|no|never|hardly|nothing|without|nobody|none|neither|niet|geen|nooit)\b"
    r"(?:[ \n]+[\w'-]+){0,2}[ \n]*$"
)
_STRAIGHT = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "`": "'"})
_CONTRACTIONS = (
    (re.compile(r"\b(?:can't|cannot)\b"), "can not"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"\blet's\b"), "let us"),
    (re.compile(r"\b(\w+)n't\b"), r"\1 not"),
    (re.compile(r"\b(it|that|there|here|what|who|how|where|he|she|everything)'s\b"), r"\1 is"),
    (re.compile(r"\bi'm\b"), "i am"),
    (re.compile(r"\b(\w+)'re\b"), r"\1 are"),
    (re.compile(r"\b(\w+)'ve\b"), r"\1 have"),
    (re.compile(r"\b(\w+)'ll\b"), r"\1 will"),
    (re.compile(r"\b(\w+)'d\b"), r"\1 would"),
)
# Keys that hold regular expressions or names.
_NO_PHRASES = frozenset({"requests", "general", "own", "categories", "refusal", "comfort"})
_WORD = re.compile(r"[^\W_]+(?:['.,:/-][^\W_]+)*")
_SENTENCE = re.compile(r"[^.!?…\n]*(?:[.!?…](?=\S)(?![\"')\]]*\s)[^.!?…\n]*)*(?:[.!?…]+|\n|\Z)")


@cache
def groups(section: str) -> Mapping[str, re.Pattern[str]]:
    """The matchers of one section, key → pattern. Raises: InputError when the lexicon is damaged."""
    return {
        key: re.compile("|".join(map(_phrase, phrases)))
        for key, phrases in _table(section).items()
        if key not in _NO_PHRASES
    }


@cache
def regexes(section: str, key: str) -> tuple[re.Pattern[str], ...]:
    """The regular expressions of a key that holds such rather than phrases."""
    return tuple(re.compile(entry, re.IGNORECASE) for entry in _entries(section, key))


@cache
def names(section: str, key: str) -> frozenset[str]:
    """The plain strings of a key."""
    return frozenset(_entries(section, key))


def hits(section: str, key: str, text: str) -> list[str]:
    """The phrases of a key that the text holds, negated ones too."""
    return [match.group() for match in groups(section)[key].finditer(plain(text))]


def meant(section: str, key: str, text: str) -> list[str]:
    """The phrases of a key that the text holds and does not negate."""
    low = plain(text)
    found = groups(section)[key].finditer(low)
    return [match.group() for match in found if not _NEGATION.search(_clause(low, match.start()))]


def without(section: str, key: str, text: str) -> str:
    """The text, written as `plain` does, less the phrases of a key."""
    return groups(section)[key].sub(" ", plain(text))


def straight(text: str) -> str:
    """Lower case, straight quotes and apostrophes, single spaces."""
    return re.sub(r"[^\S\n]+", " ", text.lower().translate(_STRAIGHT))


def plain(text: str) -> str:
    """The form that phrases are matched against: `straight`, and contractions written out."""
    written = straight(text)
    for contraction, full in _CONTRACTIONS:
        written = contraction.sub(full, written)
    return written


def words(text: str) -> list[str]:
    """The words of a text in lower case; numbers count, punctuation and emoji do not."""
    return _WORD.findall(straight(text))


def sentences(text: str) -> list[str]:
    """The sentences (or lines) of a text that hold a word; the dot in 12.5 ends none."""
    return [part.strip() for part in _SENTENCE.findall(text) if _WORD.search(part)]


def is_function_word(word: str) -> bool:
    """Whether a word carries grammar rather than meaning (English and Dutch)."""
    return word in names("grammar", "function") or word.endswith(("'ll", "'ve", "'d"))


def stem(word: str) -> str:
    """A crude English stem: enough to see that "runs", "running" and "run" are one word."""
    base = word.removesuffix("'s")
    for ending in ("ingly", "edly", "ing", "ies", "ied", "ed", "ly", "es", "s"):
        if base.endswith(ending) and len(base) - len(ending) >= 3:
            base = base[: -len(ending)]
            break
    return base[:-1] if len(base) > 3 and (base[-1] == base[-2] or base[-1] in "ey") else base


def _clause(text: str, end: int) -> str:
    start = max(text.rfind(mark, 0, end) for mark in ".!?;,\n")
    return text[start + 1 : end]


def _phrase(phrase: str) -> str:
    parts = phrase.split(" ")
    body = ""
    for index, part in enumerate(parts):
        # A gap stands for up to three words and takes the space after it along.
        last = index == len(parts) - 1
        body += r"(?:[\w'-]+[ \n]+){0,3}" if part == "_" else _position(part) + ("" if last else r"[ \n]+")
    return rf"(?<![\w-]){body}(?!\w)"


def _position(part: str) -> str:
    words = (re.escape(plain(word.replace("~", " "))).replace(r"\*", r"[\w'-]*") for word in part.split("|"))
    return "(?:" + "|".join(word.replace(r"\ ", r"[ \n]+") for word in words) + ")"


@cache
def _lexicon() -> Mapping[str, Mapping[str, str | list[str]]]:
    try:
        return tomllib.loads(FILE.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{FILE}: cannot be read as TOML: {error}; restore the file") from error


def _table(section: str) -> Mapping[str, str | list[str]]:
    table = _lexicon().get(section)
    if table is None:
        raise InputError(f"{FILE}: the section [{section}] is missing; restore the file")
    return table


def _entries(section: str, key: str) -> list[str]:
    entry = _table(section)[key]
    return [entry] if isinstance(entry, str) else entry

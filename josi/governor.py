"""Makes an Explainer text keep the rules, by rule: plain, short, one question, nothing from inside, no rival.

What breaks a rule is replaced where a plain word exists and dropped by the sentence otherwise, so nothing
is ever added to what the model said, except a safe sentence where nothing is left.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from josi.plain_text import strip_markup
from josi.text import phrase_source, phrases, word_list

MAX_WORDS = 99  # the contract: under 100 words
_READ = 8000  # letters; under 100 words come out, so what a model that ran away wrote later is not read
_ROUNDS = 6  # taking one thing out may lay bare another ("#" after a control character)

_DATA = word_list("governor")
_FALLBACK = str(_DATA["fallback"])
_INTERNALS = re.compile(phrase_source(_DATA["internals"]), re.IGNORECASE)
_INTERNALS_CASED = phrases(_DATA["internals_cased"])
_REFERRAL = re.compile(
    rf"{phrase_source(_DATA['referral_verbs'])}\W+(?:[\w']+\W+){{0,6}}?"
    rf"{phrase_source(_DATA['referral_targets'])}|{phrase_source(_DATA['referral_direct'])}"
    r"|\bhttps?://\S|\bwww\.\S",
    re.IGNORECASE,
)
_HARMLESS = re.compile(phrase_source(_DATA["harmless"]), re.IGNORECASE)
_CAREFUL = re.compile(
    r"\b(?:(?<!why )(?:don't|do not)|no need|never|without|instead of|rather than"
    r"|geen|niet|nooit|zonder|in plaats van)\b",
    re.IGNORECASE,
)
_JARGON = tuple(
    (re.compile(phrase_source([term]), re.IGNORECASE), str(plain_word))
    for term, plain_word in sorted(_DATA["jargon"].items(), key=lambda item: -len(item[0]))
)
_LETTERS = re.compile(r"[^\W_]+")
_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)  # what a model tells itself
_SENTENCE = re.compile(r"(?<=[.!?…])[\"')]*\s+|(?<=[.!?])(?=[A-Z][a-z])")


@dataclass(frozen=True)
class Governed:
    """A text that keeps the rules, and the kinds of change made, in order and each once.

    Kinds: json, markdown, emoji, jargon, internals, referral, repetition, questions, length, fallback.
    """

    text: str
    changes: list[str] = field(default_factory=list)


def govern(text: str) -> Governed:
    """`text` made to keep the Explainer rules; never empty unless `text` is. Governing twice changes
    nothing."""
    if not text.strip():
        return Governed("")
    changes: list[str] = ["length"] if len(text) > _READ else []
    text = text[:_READ] if text[:_READ].strip() else _FALLBACK
    for _ in range(_ROUNDS):
        governed = _once(text)
        changes += [name for name in governed.changes if name not in changes]
        if governed.text == text:
            break
        text = governed.text
    return Governed(text, changes)


def _once(text: str) -> Governed:
    plain_text, changes = strip_markup(_THOUGHT.sub(" ", text))
    if "markdown" not in changes and _THOUGHT.search(text):
        changes.append("markdown")
    worded = _plain_words(plain_text)
    if worded != plain_text:
        changes.append("jargon")
    sentences = [one.strip() for one in _SENTENCE.split(worded) if one.strip()]
    for name, rule in _RULES:
        kept = rule(sentences)
        if kept != sentences:
            changes.append(name)
        sentences = kept
    result = " ".join(sentences)
    if any(ch.isalpha() for ch in result):
        return Governed(result, changes)
    return Governed(_FALLBACK, [*changes, "fallback"])


def _plain_words(text: str) -> str:
    for pattern, word in _JARGON:
        text = pattern.sub(_worded(word), text)
    return text


def _worded(word: str) -> Callable[[re.Match[str]], str]:
    """The replacement, with a capital where the sentence starts with the term."""

    def replace(match: re.Match[str]) -> str:
        before = match.string[: match.start()].rstrip()
        return word.capitalize() if not before or before[-1] in ".!?" else word

    return replace


def _without_internals(sentences: list[str]) -> list[str]:
    return [one for one in sentences if not (_INTERNALS.search(one) or _INTERNALS_CASED.search(one))]


def _without_referrals(sentences: list[str]) -> list[str]:
    return [one for one in sentences if not _is_referral(one)]


def _is_referral(sentence: str) -> bool:
    sentence = _HARMLESS.sub("weather", sentence)
    found = _REFERRAL.search(sentence)
    return found is not None and not _CAREFUL.search(sentence[: found.start()])


def _said_once(sentences: list[str]) -> list[str]:
    """A sentence that was said before goes: small models fall into loops, and nobody reads a thing twice."""
    seen: set[str] = set()
    kept: list[str] = []
    for one in sentences:
        words = " ".join(_LETTERS.findall(one.casefold()))
        if words not in seen or not words:
            kept.append(one)
        seen.add(words)
    return kept


def _one_question(sentences: list[str]) -> list[str]:
    """The first question stays, with one question mark; later ones go."""
    first = next((i for i, one in enumerate(sentences) if "?" in one), None)
    return [_one_mark(one) if i == first else one for i, one in enumerate(sentences) if i == first or "?" not in one]


def _one_mark(sentence: str) -> str:
    head, _, tail = sentence.rpartition("?")
    return head.replace("?", "") + "?" + tail


def _short(sentences: list[str]) -> list[str]:
    """As many whole sentences as fit; a first one that is too long itself is cut between words."""
    kept: list[str] = []
    for one in sentences:
        if _words([*kept, one]) > MAX_WORDS:
            return kept or [" ".join(one.split()[:MAX_WORDS]).rstrip(" ,;:-") + "."]
        kept.append(one)
    return kept


def _words(sentences: Iterable[str]) -> int:
    return sum(len(one.split()) for one in sentences)


_RULES: tuple[tuple[str, Callable[[list[str]], list[str]]], ...] = (
    ("internals", _without_internals),
    ("referral", _without_referrals),
    ("repetition", _said_once),
    ("questions", _one_question),
    ("length", _short),
)

"""Composition helpers: seeded dice, a small template language, and the noise of thumbs on a phone.

Template language (used in words/*.toml):

    {slot}      a value the caller fills in verbatim, or else a random line of the word list of that name
    (a|b|c)     one of these, evenly; an empty alternative is allowed: (please|)
    [a|b]       nothing half the time, else one of these

Everything is drawn through `Dice`, which builds on `random.Random.random()` only: the one method whose
sequence Python promises to keep between versions, so the same seed writes the same bytes everywhere.
"""

import hashlib
import random
import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import TypeVar

from line.errors import InputError

T = TypeVar("T")
Words = Mapping[str, Sequence[str]]
Node = tuple[str, "str | list[list[Node]]"]

_SLOT = re.compile(r"\{([a-z0-9_]+)\}")
_SPACE_BEFORE = re.compile(r"\s+([,.!?;:…])")
_SPACES = re.compile(r"[ \t]{2,}")


class TemplateError(InputError):
    """A template or word list in training/synth/words is malformed."""


class Dice:
    """Random draws that are the same on every machine and Python for the same seed and name."""

    def __init__(self, seed: int, name: str = "") -> None:
        digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
        self._random = random.Random(int.from_bytes(digest[:8], "big"))

    def below(self, n: int) -> int:
        """An integer in 0…n-1."""
        return int(self._random.random() * n)

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self._random.random() < probability

    def pick(self, items: Sequence[T]) -> T:
        """One item, evenly. Raises TemplateError on an empty sequence."""
        if not items:
            raise TemplateError("nothing to pick from: the word list is empty; add a line to it")
        return items[self.below(len(items))]

    def weighted(self, weights: Mapping[T, float]) -> T:
        """One key, in proportion to its weight (order of the mapping counts, so keep it fixed)."""
        mark = self._random.random() * sum(weights.values())
        for key, weight in weights.items():
            mark -= weight
            if mark < 0:
                return key
        return next(reversed(list(weights)))

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """A shuffled copy (Fisher-Yates)."""
        out = list(items)
        for i in range(len(out) - 1, 0, -1):
            j = self.below(i + 1)
            out[i], out[j] = out[j], out[i]
        return out

    def sample(self, items: Sequence[T], n: int) -> list[T]:
        """Up to n different items in random order."""
        return self.shuffled(items)[:n]


def load_words(name: str) -> dict[str, list[str]]:
    """The word lists of words/NAME.toml: list name → lines. Raises TemplateError when it is malformed."""
    source = resources.files("training.synth") / "words" / f"{name}.toml"
    try:
        tables = tomllib.loads(source.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise TemplateError(f"training/synth/words/{name}.toml: {error}; mend the file") from error
    lists: dict[str, list[str]] = {}
    for key, value in tables.items():
        lines = value.splitlines() if isinstance(value, str) else value
        if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
            raise TemplateError(f"words/{name}.toml: {key} must be lines of text")
        lists[key] = [line.strip() for line in lines if line.strip()]
    return lists


def expand(template: str, slots: Mapping[str, str], words: Words, dice: Dice) -> str:
    """Write out one random phrasing of `template` and tidy its spaces.

    `slots` are inserted verbatim; a name that is not among them is drawn from `words` and expanded in turn.
    Raises TemplateError for an unknown slot or unbalanced brackets.
    """
    text = _write(parse(template), slots, words, dice)
    return tidy(text)


def tidy(text: str) -> str:
    """Single spaces, none before punctuation, none at the ends."""
    return _SPACE_BEFORE.sub(r"\1", _SPACES.sub(" ", text)).strip()


def phrasings(template: str, words: Words, sizes: Mapping[str, int] | None = None) -> int:
    """How many texts `template` can become; a slot outside `words` counts as `sizes[slot]` (default 1)."""
    return _count(parse(template), words, sizes or {})


def slots_of(template: str) -> set[str]:
    """The names of all slots that occur in `template`."""
    return set(_SLOT.findall(template))


@cache
def parse(template: str) -> list[Node]:
    """The template as nodes: ("text", t), ("slot", name), ("any", alternatives). Raises TemplateError."""
    nodes, end = _sequence(template, 0, "")
    if end != len(template):
        raise TemplateError(f"template has an unopened {template[end]!r}: {template!r}; balance its brackets")
    return nodes


def _sequence(template: str, at: int, closers: str) -> tuple[list[Node], int]:
    nodes: list[Node] = []
    while at < len(template) and template[at] not in closers:
        char = template[at]
        if char in ")]":
            break
        if char == "(":
            options, at = _options(template, at, ")")
            nodes.append(("any", options))
        elif char == "[":
            options, at = _options(template, at, "]")
            nodes.append(("any", [[("any", options)], []]))
        elif char == "{":
            slot = _SLOT.match(template, at)
            if not slot:
                raise TemplateError(f"template has a broken slot: {template!r}; write {{name}}")
            nodes.append(("slot", slot[1]))
            at = slot.end()
        else:
            start = at
            while at < len(template) and template[at] not in "([{)]" + closers:
                at += 1
            nodes.append(("text", template[start:at]))
    return nodes, at


def _options(template: str, at: int, closer: str) -> tuple[list[list[Node]], int]:
    options: list[list[Node]] = []
    while at < len(template) and template[at] != closer:
        inner, at = _sequence(template, at + 1, "|" + closer)
        options.append(inner)
        if at < len(template) and template[at] not in "|" + closer:
            break
    if at >= len(template) or template[at] != closer:
        raise TemplateError(f"template has an unclosed bracket: {template!r}; write the missing {closer!r}")
    return options, at + 1


def _write(nodes: list[Node], slots: Mapping[str, str], words: Words, dice: Dice) -> str:
    parts: list[str] = []
    for kind, value in nodes:
        if kind == "text":
            parts.append(str(value))
        elif kind == "slot":
            parts.append(_fill(str(value), slots, words, dice))
        else:
            assert isinstance(value, list)
            parts.append(_write(dice.pick(value), slots, words, dice))
    return "".join(parts)


def _fill(name: str, slots: Mapping[str, str], words: Words, dice: Dice) -> str:
    if name in slots:
        return slots[name]
    if name not in words:
        raise TemplateError(f"no slot or word list is called {name!r}; add it to the words/*.toml file")
    return _write(parse(dice.pick(words[name])), slots, words, dice)


def _count(nodes: list[Node], words: Words, sizes: Mapping[str, int]) -> int:
    total = 1
    for kind, value in nodes:
        if kind == "slot":
            name = str(value)
            known = words.get(name)
            total *= sum(_count(parse(w), words, sizes) for w in known) if known else sizes.get(name, 1)
        elif kind == "any":
            assert isinstance(value, list)
            total *= sum(_count(option, words, sizes) for option in value)
    return total

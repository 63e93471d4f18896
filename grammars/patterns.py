"""Regular expressions of JSON Schema's `pattern` (ECMA 262) as grammars, as far as both are regular.

Read: literals, escapes, classes, groups, alternatives, quantifiers, and anchors at the ends of the whole. Refused by
name: look-around, back-references, word boundaries, Unicode properties, anchors elsewhere.

ECMA 262 and Python's `re` disagree about a few characters (is U+0663 a digit, U+FEFF white space, U+2028 the end of a
line?). Such a character belongs to neither `\\d` nor `\\D`, neither `\\s` nor `\\S`: what is written holds for both.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from grammars.errors import SchemaError
from grammars.nodes import (
    EMPTY,
    MAX_CODE_POINT,
    Alt,
    Chars,
    Lit,
    Node,
    Repeat,
    Seq,
    alt,
    chars,
    complement,
    repeat,
    seq,
)
from grammars.strings import check_bound

_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "0": "\0"}
_CLASSES = {
    "d": chars((0x30, 0x39)),
    "w": chars((0x30, 0x39), (0x41, 0x5A), "_", (0x61, 0x7A)),
    "s": chars((0x09, 0x0D), " ", "\xa0", "\u1680", (0x2000, 0x200A), (0x2028, 0x2029), "\u202f", "\u205f", "\u3000"),
}
_IN_PYTHON: dict[str, Callable[[str], bool]] = {
    "d": str.isdecimal,
    "w": lambda char: char.isalnum() or char == "_",
    "s": lambda char: char.isspace() or char == "\ufeff",
}
_DOT = {False: complement(chars("\n", "\r", (0x2028, 0x2029))), True: complement(chars("\n"))}
ANYTHING = Repeat(chars((0, MAX_CODE_POINT)), 0, None)
_QUANTIFIERS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_HEX_SIZES = {"x": 2, "u": 4}


def parse_pattern(pattern: str, path: str, *, wide: bool = False) -> Node:
    """The whole texts in which the pattern is found, as a grammar over plain characters without rules.

    Those in which every reader of regular expressions finds it; `wide`: those in which any does.

    Raises:
        SchemaError: the pattern uses what a grammar cannot say.
    """
    return _Parser(pattern, path, wide).parse()


@cache
def _class_of(letter: str, wide: bool) -> Chars:
    """`\\d`, `\\s`, `\\w` and their opposites: the characters that every reader has in the class, or that any has."""
    if letter.isupper():
        return complement(_class_of(letter.lower(), not wide))
    if not wide:
        return _CLASSES[letter]
    points = [p for p in range(MAX_CODE_POINT + 1) if _IN_PYTHON[letter](chr(p))]
    return chars(*((p, p) for p in points), *_CLASSES[letter].ranges)


def lengths(node: Node) -> tuple[int, int | None]:
    """The shortest and the longest text of a pattern, in characters (None: no longest)."""
    match node:
        case Lit(text):
            return len(text), len(text)
        case Seq(items):
            parts = [lengths(item) for item in items]
            highs = [high for _, high in parts if high is not None]
            return sum(low for low, _ in parts), sum(highs) if len(highs) == len(parts) else None
        case Alt(options):
            parts = [lengths(option) for option in options]
            highs = [high for _, high in parts if high is not None]
            return min(low for low, _ in parts), max(highs) if len(highs) == len(parts) else None
        case Repeat(item, low, high):
            shortest, longest = lengths(item)
            return shortest * low, None if high is None or longest is None else longest * high
        case _:
            return 1, 1


class _Parser:
    def __init__(self, text: str, path: str, wide: bool) -> None:
        self.text, self.path, self.wide, self.at = text, path, wide, 0

    def parse(self) -> Node:
        self._open_group()
        options = [self._anchored()]
        while self._take("|"):
            options.append(self._anchored())
        if self.at < len(self.text):
            raise self._refuse(f"unexpected {self._next()!r}")
        return alt(options)

    def _open_group(self) -> None:
        """Takes off a group around the whole, whose alternatives may have anchors of their own."""
        found = re.fullmatch(r"\((?:\?:)?((?:[^()\\\[\]]|\\.)*)\)", self.text, re.DOTALL)
        self.text = found.group(1) if found else self.text

    def _anchored(self) -> Node:
        before = EMPTY if self._take("^") else ANYTHING
        node = self._sequence()
        # Python's `$` also stands before a line feed that ends the text.
        end = repeat(Lit("\n"), 0, 1) if self.wide else EMPTY
        return seq(before, node, end if self._take("$") else ANYTHING)

    def _alternatives(self) -> Node:
        options = [self._sequence()]
        while self._take("|"):
            options.append(self._sequence())
        return alt(options)

    def _sequence(self) -> Node:
        items: list[Node] = []
        while self._next() not in ("", "|", ")", "$"):
            items.append(self._quantified(self._atom()))
        return seq(*items) if items else EMPTY

    def _quantified(self, item: Node) -> Node:
        before = self.at
        low, high = self._times()
        if high is not None and high < low:
            raise self._refuse(f"a count runs backwards: {low} to {high}")
        if self.at > before:
            self._take("?")  # lazy or greedy: the same texts
            if self._next() and self._next() in "*+?{":
                raise self._refuse("a quantifier follows a quantifier")
        check_bound(max(low, high or 0), "pattern", self.path)
        return repeat(item, low, high)

    def _times(self) -> tuple[int, int | None]:
        char = self._next()
        if char in _QUANTIFIERS:
            self.at += 1
            return _QUANTIFIERS[char]
        if char != "{":
            return 1, 1
        body, closed, _ = self.text[self.at + 1 :].partition("}")
        low, comma, high = body.partition(",")
        if not closed or not low.isdigit() or (high and not high.isdigit()):
            raise self._refuse("a { that begins no count (write \\{)")
        self.at += len(body) + 2
        return int(low), int(high) if high else None if comma else int(low)

    def _atom(self) -> Node:
        char = self._next()
        if char == "(":
            return self._group()
        if char == "[":
            return self._class()
        if char in "*+?{}]^":
            raise self._refuse(f"unexpected {char!r}")
        self.at += 1
        if char == ".":
            return _DOT[self.wide]
        found = self._escape(self.wide) if char == "\\" else char
        if isinstance(found, str) and "\ud800" <= found <= "\udfff":
            raise self._refuse("half of a surrogate pair is no character")
        return found if isinstance(found, Chars) else Lit(found)

    def _group(self) -> Node:
        self.at += 1
        if self._next() == "?" and self.text[self.at : self.at + 2] != "?:":
            raise self._refuse("look-around and named groups have no grammar here")
        self.at += 2 if self._next() == "?" else 0
        node = self._alternatives()
        if not self._take(")"):
            raise self._refuse("a group is not closed, or holds an anchor")
        return node

    def _class(self) -> Node:
        self.at += 1
        negated = self._take("^")
        parts: list[tuple[int, int] | str] = []
        while not self._take("]"):
            parts += self._member(negated)
        node = chars(*parts)
        node = complement(node) if negated else node
        if not node.ranges:
            raise self._refuse("a class holds no character")
        return node

    def _member(self, negated: bool) -> list[tuple[int, int] | str]:
        wide = self.wide != negated  # what a negated class leaves out for every reader is what it holds for any
        low = self._one(wide)
        if isinstance(low, Chars):
            return list(low.ranges)
        if self._next() != "-" or self.text[self.at + 1 : self.at + 2] == "]":
            return [low]
        self.at += 1
        high = self._one(wide)
        if isinstance(high, Chars) or high < low:
            raise self._refuse("a range in a class runs backwards or ends in a class")
        return [(ord(low), ord(high))]

    def _one(self, wide: bool) -> str | Chars:
        char = self._next()
        if not char:
            raise self._refuse("a class is not closed")
        self.at += 1
        return self._escape(wide) if char == "\\" else char

    def _escape(self, wide: bool) -> str | Chars:
        char = self._next()
        self.at += 1
        if char and char in "dswDSW":
            return _class_of(char, wide)
        if char in _HEX_SIZES:
            return self._hex(_HEX_SIZES[char])
        if char in _LETTERS:
            return _LETTERS[char]
        if not char or char.isalnum():
            raise self._refuse(f"the escape \\{char} has no grammar here")
        return char

    def _hex(self, size: int) -> str:
        digits = self.text[self.at : self.at + size]
        try:
            point = int(digits, 16)
        except ValueError:
            raise self._refuse(f"\\u{digits} is no character") from None
        self.at += size
        return chr(point)

    def _next(self) -> str:
        return self.text[self.at : self.at + 1]

    def _take(self, char: str) -> bool:
        found = self._next() == char
        self.at += found
        return found

    def _refuse(self, problem: str) -> SchemaError:
        return SchemaError(self.path, f"`pattern` {self.text!r}, character {self.at + 1}: {problem}")

"""Grammars as trees, and their text in GBNF.

Classes of characters are always sets of code-point ranges, never negations: llama.cpp takes `[^"]` to include
surrogates and values above U+10FFFF, which are no text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

Range = tuple[int, int]
MAX_CODE_POINT = 0x10FFFF
MAX_REPEAT = 2000
"""llama.cpp's MAX_REPETITION_THRESHOLD: a larger upper bound silently becomes none."""


@dataclass(frozen=True)
class Lit:
    """A fixed text."""

    text: str


@dataclass(frozen=True)
class Chars:
    """One character out of sorted, disjoint code-point ranges (both ends included)."""

    ranges: tuple[Range, ...]


@dataclass(frozen=True)
class Seq:
    """One after the other."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Alt:
    """One of several."""

    options: tuple[Node, ...]


@dataclass(frozen=True)
class Repeat:
    """`low` to `high` times in a row (None: no upper bound)."""

    item: Node
    low: int
    high: int | None


@dataclass(frozen=True)
class Ref:
    """A rule by its name."""

    name: str


Node = Lit | Chars | Seq | Alt | Repeat | Ref
Rules = Mapping[str, Node]
EMPTY = Lit("")


def chars(*ranges: Range | str) -> Chars:
    """A class out of ranges and single characters, sorted and joined."""
    pairs = sorted((ord(r), ord(r)) if isinstance(r, str) else r for r in ranges)
    joined: list[Range] = []
    for low, high in pairs:
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        elif low <= high:
            joined.append((low, high))
    return Chars(tuple(joined))


def complement(node: Chars) -> Chars:
    """Every code point that is not in the class."""
    edges = [(-1, -1), *node.ranges, (MAX_CODE_POINT + 1, MAX_CODE_POINT + 1)]
    return Chars(tuple((a[1] + 1, b[0] - 1) for a, b in pairwise(edges) if a[1] + 1 <= b[0] - 1))


def intersect(one: Chars, other: Chars) -> Chars:
    """The code points that are in both classes."""
    pairs = ((max(a, c), min(b, d)) for a, b in one.ranges for c, d in other.ranges)
    return Chars(tuple(sorted(pair for pair in pairs if pair[0] <= pair[1])))


def seq(*items: Node) -> Node:
    """A sequence without nesting, empty parts, or neighbouring texts left apart."""
    flat: list[Node] = []
    for item in items:
        for part in item.items if isinstance(item, Seq) else (item,):
            if isinstance(part, Lit) and flat and isinstance(flat[-1], Lit):
                flat[-1] = Lit(flat[-1].text + part.text)
            elif part != EMPTY:
                flat.append(part)
    return flat[0] if len(flat) == 1 else Seq(tuple(flat)) if flat else EMPTY


def alt(options: Iterable[Node]) -> Node:
    """A choice without nesting or doubles.

    Raises:
        ValueError: there is nothing to choose from.
    """
    flat: list[Node] = []
    for option in options:
        for part in option.options if isinstance(option, Alt) else (option,):
            if part not in flat:
                flat.append(part)
    if not flat:
        raise ValueError("a choice of nothing accepts no text")
    return flat[0] if len(flat) == 1 else Alt(tuple(flat))


def repeat(item: Node, low: int, high: int | None) -> Node:
    """A repetition; nothing for none, the item itself for exactly one."""
    if high == 0:
        return EMPTY
    return item if (low, high) == (1, 1) else Repeat(item, low, high)


def render(rules: Rules, comment: str = "") -> str:
    """The GBNF text, one rule a line, in the order of `rules` (`root` first)."""
    head = "".join(f"# {line}\n" for line in comment.splitlines())
    return head + "".join(f"{name} ::= {_top(node)}\n" for name, node in rules.items())


def _top(node: Node) -> str:
    return " | ".join(map(_text, node.options)) if isinstance(node, Alt) else _text(node)


def _text(node: Node) -> str:
    match node:
        case Lit(text):
            return '"' + "".join(_escape(c, '"\\') for c in text) + '"'
        case Chars(ranges):
            return "[" + "".join(map(_range, ranges)) + "]"
        case Seq(items):
            return " ".join(map(_text, items))
        case Alt():
            return f"({_top(node)})"
        case Repeat(item, low, high):
            return (f"({_text(item)})" if isinstance(item, Seq | Repeat) else _text(item)) + _times(low, high)
        case Ref(name):
            return name


def _times(low: int, high: int | None) -> str:
    short = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((low, high))
    if short:
        return short
    return f"{{{low}}}" if low == high else f"{{{low},{'' if high is None else high}}}"


def _range(pair: Range) -> str:
    ends = [_escape(chr(point), '"\\[]^-/') for point in dict.fromkeys(pair)]
    return "-".join(ends)


def _escape(char: str, special: str) -> str:
    """Hexadecimal escapes for what has a meaning or cannot be seen; they mean the same to every reader."""
    point = ord(char)
    if char in special and special == '"\\':
        return "\\" + char
    if char not in special and 0x20 <= point < 0x7F:
        return char
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"

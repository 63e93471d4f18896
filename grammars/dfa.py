"""Several conditions on one text as one grammar: a deterministic automaton of their product.

A pattern that is anchored nowhere, two patterns, a pattern with lengths, all but some texts, multiples of a number:
each is a little automaton; together they become a minimal one, written with one rule a state. It is read without any
choice, which also keeps llama.cpp's number of open readings at one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, ClassVar, Protocol

from grammars.automaton import DEAD, Automaton
from grammars.nodes import Chars, Lit, Node, Ref, Repeat, alt, chars, render, repeat, seq
from grammars.rules import RuleBook

MAX_STATES = 10_000
MAX_RULES = 3_000
SCALARS = chars((0, 0xD7FF), (0xE000, 0x10FFFF))
"""What a text of UTF-8 holds: every code point but the surrogates."""


class TooManyStates(Exception):
    """The product has more than `MAX_STATES` states, or the minimal automaton more than `MAX_RULES`."""


class Part(Protocol):
    """One condition, as an automaton; its states are hashable."""

    start: Any

    @property
    def cuts(self) -> Sequence[int]:
        """The code points at which the classes of characters begin that it tells apart."""

    def step(self, state: Any, char: str) -> Any:
        """The state after a character."""

    def accepts(self, state: Any) -> bool:
        """Whether the text may end here."""


class Matches:
    """The texts of a grammar without rules; or, negated, all others."""

    def __init__(self, node: Node, *, negated: bool = False) -> None:
        self._walk = Automaton(render({"root": node}))
        self.start, self._negated = self._walk.start, negated
        self.cuts = sorted(_cuts(node))

    def step(self, state: Any, char: str) -> Any:
        """See `Part`."""
        return self._walk.step(state, char)

    def accepts(self, state: Any) -> bool:
        """See `Part`."""
        return (() in state) != self._negated


class Length:
    """`low` to `high` characters (None: no upper bound)."""

    cuts: ClassVar[list[int]] = []
    start = 0

    def __init__(self, low: int, high: int | None) -> None:
        self._low, self._high = low, high

    def step(self, state: int, char: str) -> int:
        """See `Part`."""
        return min(state + 1, self._low if self._high is None else self._high + 1)

    def accepts(self, state: int) -> bool:
        """See `Part`."""
        return state >= self._low and (self._high is None or state <= self._high)


class Multiple:
    """Decimal texts of the multiples of `numerator` / 10**`places`; or, negated, of all others."""

    cuts: ClassVar[list[int]] = [0x30 + digit for digit in range(11)]

    def __init__(self, numerator: int, places: int, *, negated: bool = False) -> None:
        self._of, self._places, self._negated = numerator, places, negated
        self.start = (0, -1)  # the number so far modulo `numerator`, digits after the point (-1: none yet)

    def step(self, state: tuple[int, int], char: str) -> tuple[int, int]:
        """See `Part`."""
        rest, after = state
        if char == ".":
            return rest, 0
        if not "0" <= char <= "9":
            return state
        if after >= self._places:
            return (rest, after) if char == "0" else (-1, self._places)  # finer than any multiple
        return (-1 if rest < 0 else (rest * 10 + int(char)) % self._of), after + 1 if after >= 0 else -1

    def accepts(self, state: tuple[int, int]) -> bool:
        """See `Part`."""
        rest, after = state
        whole = rest * 10 ** (self._places - max(after, 0)) % self._of == 0 if rest >= 0 else False
        return whole != self._negated


def _cuts(node: Node) -> set[int]:
    match node:
        case Lit(text):
            return {point for char in text for point in (ord(char), ord(char) + 1)}
        case Chars(ranges):
            return {point for low, high in ranges for point in (low, high + 1)}
        case Repeat(item, _, _):
            return _cuts(item)
        case Ref():
            raise ValueError("a part of a product uses no rules")
        case _:
            return {point for item in getattr(node, "items", getattr(node, "options", ())) for point in _cuts(item)}


State = tuple[Any, ...]
Moves = dict[int, Chars]  # next state → the characters that lead there


def product(parts: Sequence[Part]) -> tuple[list[Moves], set[int]]:
    """The minimal automaton of the texts that every part accepts: moves of each state, and where a text may end.

    State 0 is the start. No states at all when there is no such text.

    Raises:
        TooManyStates: it would be too large to be a grammar.
    """
    classes = _classes(parts)
    places: dict[State, int] = {tuple(part.start for part in parts): 0}
    steps: list[list[int]] = []
    for state in (waiting := list(places)):
        steps.append([])
        for char, _ in classes:
            after = tuple(part.step(one, char) for part, one in zip(parts, state, strict=True))
            if _lost(parts, after):
                steps[-1].append(-1)
                continue
            if after not in places:
                places[after] = len(places)
                waiting.append(after)
                if len(places) > MAX_STATES:
                    raise TooManyStates
            steps[-1].append(places[after])
    ends = {i for state, i in places.items() if all(p.accepts(s) for p, s in zip(parts, state, strict=True))}
    moves, ends = _minimal(steps, ends, [node for _, node in classes])
    if len(moves) > MAX_RULES:
        raise TooManyStates
    return moves, ends


def _lost(parts: Sequence[Part], state: State) -> bool:
    """Whether a part that must match has nothing more to match."""
    return any(
        one == DEAD and isinstance(one, frozenset) and not p.accepts(one) for p, one in zip(parts, state, strict=True)
    )


def _classes(parts: Sequence[Part]) -> list[tuple[str, Chars]]:
    """Classes of characters that no part tells apart, each with one of them.

    Classes that lie apart but always go together stay apart here; `_minimal` joins what leads to the same state.
    """
    points = {point for part in parts for point in part.cuts} | {low for low, _ in SCALARS.ranges}
    edges = sorted(points | {0xD800, 0x110000})
    spans = [(low, high - 1) for low, high in pairwise(edges)]
    return [(chr(low), chars((low, high))) for low, high in spans if not 0xD800 <= low <= 0xDFFF]


def _minimal(steps: list[list[int]], ends: set[int], classes: list[Chars]) -> tuple[list[Moves], set[int]]:
    """Moore's refinement, without the states from which no end is reached."""
    alive = _reaching(steps, ends)
    if 0 not in alive:
        return [], set()
    steps = [[to if to in alive else -1 for to in row] for row in steps]
    group = [int(i in ends) if i in alive else -1 for i in range(len(steps))]
    while True:
        seen: dict[tuple[int, ...], int] = {}
        newer = [
            seen.setdefault((group[i], *(group[to] if to >= 0 else -1 for to in row)), len(seen)) if i in alive else -1
            for i, row in enumerate(steps)
        ]
        if len(set(newer)) == len(set(group)):
            break
        group = newer
    return _joined(steps, group, ends, classes)


def _reaching(steps: list[list[int]], ends: set[int]) -> set[int]:
    before: dict[int, set[int]] = {}
    for i, row in enumerate(steps):
        for to in row:
            before.setdefault(to, set()).add(i)
    alive, waiting = set(ends), list(ends)
    while waiting:
        for i in before.get(waiting.pop(), ()):
            if i not in alive:
                alive.add(i)
                waiting.append(i)
    return alive


def _joined(
    steps: list[list[int]], group: list[int], ends: set[int], classes: list[Chars]
) -> tuple[list[Moves], set[int]]:
    """The automaton of the groups, in the order in which a text meets them."""
    first = {of: i for i, of in reversed(list(enumerate(group))) if of >= 0}
    order = {group[0]: 0}
    moves: list[Moves] = []
    for of in (waiting := [group[0]]):
        found: dict[int, list[tuple[int, int]]] = {}
        for to, node in zip(steps[first[of]], classes, strict=True):
            if to < 0:
                continue
            if group[to] not in order:
                order[group[to]] = len(order)
                waiting.append(group[to])
            found.setdefault(order[group[to]], []).extend(node.ranges)
        moves.append({to: chars(*ranges) for to, ranges in found.items()})
    return moves, {order[group[i]] for i in ends if group[i] in order}


def right_linear(
    automaton: tuple[list[Moves], set[int]], write: Callable[[Chars], Node], close: str, book: RuleBook, name: str
) -> Node:
    """A grammar of the automaton's texts, each followed by `close`; one rule a state.

    `write` gives the grammar of one character of a class (for JSON strings: with its escapes).
    """
    moves, ends = automaton
    again = any(0 in row for state, row in enumerate(moves) if state)
    refs = {state: book.reserve(f"{name}-{state}") for state in range(0 if again else 1, len(moves))}
    bodies: list[Node] = []
    for state, row in enumerate(moves):
        options = [seq(write(node), refs[to]) for to, node in row.items() if to != state]
        options += [Lit(close)] if state in ends else []
        rest = alt(options)
        bodies.append(seq(repeat(write(row[state]), 0, None), rest) if state in row else rest)
    for state, ref in refs.items():
        book.fill(ref, bodies[state])
    return refs.get(0, bodies[0])

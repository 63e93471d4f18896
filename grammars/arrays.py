"""Arrays: bounds, items by place, items that must or may not be there, and no item twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from grammars.counting import check_count, counted
from grammars.errors import SchemaError
from grammars.members import array_text
from grammars.nodes import MAX_REPEAT, Alt, Chars, Lit, Node, Repeat, Seq, alt, seq
from grammars.rules import RuleBook

MAX_STATES = 1_500
MAX_DISTINCT = 9
"""Values of which a list holds each at most once: one rule for each set of those that are left, 512 at most."""


@dataclass(frozen=True)
class Items:
    """What may stand in an array.

    first: of each of the first places, the nodes of items that do not count and of those that do (`contains`);
    rest: the same for every place after; None where nothing may stand. low, high: how many items; least, most: how many
    that count (None: no bound).
    """

    first: Sequence[tuple[Node | None, Node | None]]
    rest: tuple[Node | None, Node | None]
    low: int
    high: int | None
    least: int = 0
    most: int | None = None


def plain_array(item: Node | None, low: int, high: int | None, book: RuleBook, path: str) -> list[Node]:
    """Any number of one kind of item."""
    check_count(low, high, "maxItems" if high else "minItems", path)
    if high is not None and low > high:
        return []
    if item is None or max(low, high or 0) <= MAX_REPEAT:
        return array_text(item, low, high)
    more = counted(book.named("more", seq(Lit(","), item)), max(low - 1, 0), None if high is None else high - 1, book)
    return [*([Lit("[]")] if low == 0 else []), seq(Lit("["), item, more, Lit("]"))]


def counted_array(items: Items, book: RuleBook, name: str, path: str, keyword: str) -> list[Node]:
    """One rule for each (items so far, of those that count): a walk through the array.

    Raises:
        SchemaError: the bounds ask for too many rules.
    """
    longest = max(len(items.first), items.low if items.high is None else items.high)
    counts = items.least if items.most is None else items.most + 1
    if (longest + 1) * (counts + 1) > MAX_STATES or max(longest, counts) > MAX_REPEAT:
        raise SchemaError(path, f"`{keyword}` with these bounds asks for more than {MAX_STATES} rules")
    walk = _Walk(items, longest, counts, book, name)
    return walk.opened()


class _Walk:
    def __init__(self, items: Items, longest: int, counts: int, book: RuleBook, name: str) -> None:
        self.items, self.longest, self.counts, self.book, self.name = items, longest, counts, book, name
        self.done: dict[tuple[int, int], Node | None] = {}

    def opened(self) -> list[Node]:
        found = self._options(0, 0, "")
        return [seq(Lit("["), alt(found))] if found else []

    def _after(self, n: int, count: int) -> Node | None:
        """What follows an item; a rule that holds itself where a state does not change any more."""
        state = min(n, self.longest), min(count, self.counts)
        if state not in self.done:
            ref = self.book.reserve(f"{self.name}-{state[0]}-{state[1]}")
            self.done[state] = ref
            options = self._options(*state, ",")
            self.book.fill(ref, alt(options) if options else ref)  # itself alone: it never ends, and is taken out
        return self.done[state]

    def _options(self, n: int, count: int, lead: str) -> list[Node]:
        items = self.items
        enough = n >= items.low and count >= items.least and (items.most is None or count <= items.most)
        found: list[Node] = [Lit("]")] if enough else []
        if (items.high is None or n < items.high) and (items.most is None or count <= items.most):
            pair = items.first[n] if n < len(items.first) else items.rest
            for item, more in zip(pair, (0, 1), strict=True):
                rest = self._after(n + 1, count + more) if item is not None else None
                if item is not None and rest is not None:
                    found.append(seq(Lit(lead), item, rest))
        return found


def distinct_array(texts: Sequence[str], low: int, high: int | None, book: RuleBook, name: str) -> list[Node]:
    """Any order of some of these texts, none twice; one rule for each set of those that are left."""
    most = len(texts) if high is None else min(high, len(texts))
    rules: dict[frozenset[str], Node] = {}

    def after(left: frozenset[str], lead: str) -> Node:
        used = len(texts) - len(left)
        options: list[Node] = [Lit("]")] if used >= low else []
        if used < most:
            options += [seq(Lit(lead + text), rest(left - {text})) for text in texts if text in left]
        return alt(options)

    def rest(left: frozenset[str]) -> Node:
        if left not in rules:
            rules[left] = book.named(f"{name}-left", after(left, ","))
        return rules[left]

    return [] if low > most else [seq(Lit("["), after(frozenset(texts), ""))]


def texts_of(nodes: Sequence[Node], most: int = MAX_DISTINCT) -> list[str] | None:
    """Every text of a choice, or None where there are more than `most` (or a rule, which is not looked into)."""
    found: list[str] = []
    for node in nodes:
        some = _texts(node, most)
        if some is None or len(found := list(dict.fromkeys([*found, *some]))) > most:
            return None
    return found


def _texts(node: Node, most: int) -> list[str] | None:
    match node:
        case Lit(text):
            return [text]
        case Chars(ranges):
            size = sum(high - low + 1 for low, high in ranges)
            return [chr(p) for low, high in ranges for p in range(low, high + 1)] if size <= most else None
        case Alt(options):
            return texts_of(options, most)
        case Seq(items):
            return _joined([lambda item=item: _texts(item, most) for item in items], most)  # type: ignore[misc]
        case Repeat(item, low, high) if high is not None and high <= most:
            counts = [_joined([lambda: _texts(item, most)] * n, most) for n in range(low, high + 1)]
            return None if None in counts else [text for some in counts for text in some or []]
        case _:
            return None


def _joined(parts: Sequence[Callable[[], list[str] | None]], most: int) -> list[str] | None:
    found = [""]
    for part in parts:
        some = part()
        if some is None or len(some) * len(found) > most:
            return None
        found = [text + more for text in found for more in some]
    return found

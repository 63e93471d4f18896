"""Counts beyond what llama.cpp counts to: `x{0,5000}` in parts of which each has a count it keeps."""

from __future__ import annotations

from grammars.errors import SchemaError
from grammars.nodes import MAX_REPEAT, Node, alt, repeat, seq
from grammars.rules import RuleBook

PART = 500
MOST = PART * MAX_REPEAT


def counted(item: Node, low: int, high: int | None, book: RuleBook) -> Node:
    """`low` to `high` of an item (None: no upper bound).

    Above `MAX_REPEAT`, where llama.cpp silently drops a bound: whole parts of `PART` items, then the rest.
    """
    if max(low, high or 0) <= MAX_REPEAT:
        return repeat(item, low, high)
    part = book.named("part", repeat(item, PART, PART))
    (least, some), (most, rest) = divmod(low, PART), divmod(high or 0, PART)
    if high is None:
        return seq(repeat(part, least, least), repeat(item, some, None))
    if least == most:
        return seq(repeat(part, least, least), repeat(item, some, rest))
    more = _up_to(part, item, most - least - 1, rest)
    return seq(repeat(part, least, least), alt([repeat(item, some, PART - 1), seq(part, more)]))


def _up_to(part: Node, item: Node, most: int, rest: int) -> Node:
    """Any number up to `most` parts and `rest` items; the two ways differ in how many whole parts they begin with."""
    full = seq(repeat(part, most, most), repeat(item, 0, rest))
    return alt([seq(repeat(part, 0, most - 1), repeat(item, 0, PART - 1)), full]) if most else full


def check_count(low: int, high: int | None, keyword: str, path: str) -> None:
    """Refuses a count that even parts do not reach.

    Raises:
        SchemaError: it is above `MOST`.
    """
    if max(low, high or 0) > MOST:
        raise SchemaError(path, f"`{keyword}` is {max(low, high or 0)}; a grammar counts to {MOST:,} at most")

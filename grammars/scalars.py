"""Strings and numbers: their keywords as grammars."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from grammars.errors import SchemaError
from grammars.nodes import Chars, Lit, Node, Repeat, repeat, seq
from grammars.numbers import Bound, decimals, integers
from grammars.patterns import lengths, parse_pattern
from grammars.rules import RuleBook
from grammars.strings import ANY_CHAR, check_bound, json_content, with_surrogates

Schema = dict[str, Any]
_NARROWING = {"minLength", "maxLength", "pattern", "format"}

DATE = (
    "^(?:[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    "|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    "|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)$"
)
"""`format: date` (RFC 3339, full-date): the days of the Gregorian calendar."""


def string(schema: Schema, book: RuleBook, path: str) -> list[Node]:
    """The ways to write a string under `minLength`, `maxLength`, `pattern`, `format`.

    Raises:
        SchemaError: a length above 2,000, or a pattern that does not keep the lengths by itself.
    """
    low, high = schema.get("minLength", 0), schema.get("maxLength")
    if high is not None and low > high:
        return []
    pattern = _pattern(schema, path)
    content = _free(low, high, book, path) if pattern is None else _matching(pattern, low, high, book, path)
    written = seq(Lit('"'), content, Lit('"'))
    return [book.named("string", written) if not schema.keys() & _NARROWING else written]


def _pattern(schema: Schema, path: str) -> str | None:
    pattern: str | None = schema.get("pattern")
    if "format" not in schema:
        return pattern
    if schema["format"] != "date" or pattern is not None:
        raise SchemaError(path, f"`format` {schema['format']!r} is not supported here (only `date`, alone)")
    return DATE


def _char(node: Chars, book: RuleBook, path: str) -> Node:
    return book.named("char", json_content(node, path))


def _free(low: int, high: int | None, book: RuleBook, path: str) -> Node:
    """Any text. Lone surrogates, which are no text in UTF-8, only where nothing counts the characters."""
    char = _char(ANY_CHAR, book, path)
    if low == 0 and high is None:
        return book.named("text", with_surrogates(char, book))
    check_bound(low, "minLength", path)
    check_bound(high, "maxLength", path)
    return repeat(char, low, high)


def _matching(pattern: str, low: int, high: int | None, book: RuleBook, path: str) -> Node:
    """A run of one class takes the lengths as its bounds; any other pattern must keep them by itself."""
    node = parse_pattern(pattern, path)
    if isinstance(node, Repeat) and isinstance(node.item, Chars):
        tops = [top for top in (high, node.high) if top is not None]
        least, most = max(low, node.low), min(tops) if tops else None
        check_bound(max(least, most or 0), "maxLength", path)
        if most is not None and least > most:
            raise SchemaError(path, "`pattern` and the lengths leave no text")
        return repeat(_char(node.item, book, path), least, most)
    shortest, longest = lengths(node)
    if shortest < low or (high is not None and (longest is None or longest > high)):
        raise SchemaError(path, "`pattern` does not keep `minLength` and `maxLength` by itself")
    return json_content(node, path)


def number(kind: str, schema: Schema, places: int | None) -> list[Node]:
    """The ways to write an `integer` or `number` between its bounds."""
    low = _bound(schema, "minimum", "exclusiveMinimum", max)
    high = _bound(schema, "maximum", "exclusiveMaximum", min)
    if kind == "number":
        return decimals(low, high, places)
    return integers(
        None if low is None else math.floor(low.value) + 1 if low.strict else math.ceil(low.value),
        None if high is None else math.ceil(high.value) - 1 if high.strict else math.floor(high.value),
    )


def _bound(schema: Schema, plain: str, strict: str, tighter: Callable[..., Decimal]) -> Bound | None:
    ends = [Bound(Decimal(str(schema[key])), strict=key == strict) for key in (plain, strict) if key in schema]
    if len(ends) == 2 and ends[0].value != ends[1].value:
        best = tighter(end.value for end in ends)
        ends = [end for end in ends if end.value == best]
    return ends[-1] if ends else None  # of two equal ends the strict one, which is last, is tighter

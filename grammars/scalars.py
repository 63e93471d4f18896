"""Strings and numbers: their keywords as grammars."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from grammars.counting import check_count, counted
from grammars.dfa import Length, Matches, Multiple, Part, TooManyStates, product, right_linear
from grammars.errors import SchemaError
from grammars.nodes import Alt, Chars, Lit, Node, Repeat, Seq, alt, seq
from grammars.numbers import Bound, decimals, integers
from grammars.patterns import ANYTHING, lengths, parse_pattern
from grammars.rules import RuleBook
from grammars.strings import ANY_CHAR, json_content, with_surrogates
from josi.decision import json_text

Schema = dict[str, Any]
MAX_MULTIPLE = 1_000
_EXACT = Decimal(2**52)
"""From it on a double has no fraction (IEEE 754, binary64)."""


def string(schema: Schema, barred: list[str], book: RuleBook, name: str, path: str) -> list[Node]:
    """The ways to write a string under lengths and patterns, but none of `barred`.

    Raises:
        SchemaError: a pattern that a grammar cannot say, or that takes too many rules.
    """
    low, high = math.ceil(schema.get("minLength", 0)), schema.get("maxLength")
    high = None if high is None else math.floor(high)
    patterns, nots = schema.get("patterns", []), schema.get("notPatterns", [])
    if high is not None and low > high:
        return []
    if not patterns and not nots and not barred:
        check_count(low, high, "minLength" if low >= (high or 0) else "maxLength", path)
        free = low == 0 and high is None
        written = seq(Lit('"'), _free(low, high, book, path), Lit('"'))
        return [book.named("string", written) if free else written]
    wanted, unwanted = [parse_pattern(p, path) for p in patterns], [parse_pattern(p, path, wide=True) for p in nots]
    if len(wanted) == 1 and not unwanted and not barred and _is_straight(wanted[0]):
        return _straight(wanted[0], low, high, book, path)
    return _product(wanted, [*unwanted, *map(Lit, barred)], low, high, book, name, path)


def _char(node: Chars, book: RuleBook, path: str) -> Node:
    return book.named("char", json_content(node, path))


def _free(low: int, high: int | None, book: RuleBook, path: str) -> Node:
    """Any text. Lone surrogates, which are no text in UTF-8, only where nothing counts the characters."""
    char = _char(ANY_CHAR, book, path)
    if low == 0 and high is None:
        return book.named("text", with_surrogates(char, book))
    return counted(char, low, high, book)


def _is_straight(node: Node) -> bool:
    """Whether a grammar reads it as it stands without many readings at once: a run of one class, or no free counts."""
    return (isinstance(node, Repeat) and isinstance(node.item, Chars)) or not _has_free_counts(node)


def _has_free_counts(node: Node) -> bool:
    match node:
        case Repeat(item, low, high):
            return low != high or _has_free_counts(item)
        case Seq(items) | Alt(items):
            return any(map(_has_free_counts, items))
        case _:
            return False


def _straight(node: Node, low: int, high: int | None, book: RuleBook, path: str) -> list[Node]:
    """A run of one class takes the lengths as its bounds; of a fixed form those alternatives stay that keep them."""
    if isinstance(node, Repeat) and isinstance(node.item, Chars):
        tops = [top for top in (high, node.high) if top is not None]
        least, most = max(low, node.low), min(tops) if tops else None
        if most is not None and least > most:
            return []
        check_count(least, most, "pattern", path)
        content = counted(_char(node.item, book, path), least, most, book)
        return [seq(Lit('"'), content, Lit('"'))]
    shortest, longest = lengths(node)
    if shortest < low or (high is not None and (longest is None or longest > high)):
        return _product([node], [], low, high, book, "text", path)
    return [seq(Lit('"'), json_content(node, path), Lit('"'))]


def _product(
    wanted: list[Node], unwanted: list[Node], low: int, high: int | None, book: RuleBook, name: str, path: str
) -> list[Node]:
    parts: list[Part] = [Matches(node) for node in wanted or [ANYTHING]]
    parts += [Matches(node, negated=True) for node in unwanted]
    parts += [Length(low, high)] if low or high is not None else []
    try:
        found = product(parts)
    except TooManyStates:
        raise SchemaError(path, "`pattern` (with the lengths) takes more rules than a grammar should have") from None
    if not found[0]:
        return []
    return [seq(Lit('"'), right_linear(found, lambda node: _one_char(node, book, path), '"', book, name))]


def _one_char(node: Chars, book: RuleBook, path: str) -> Node:
    written = json_content(node, path)
    return book.named("char", written) if isinstance(written, Alt) or len(node.ranges) > 2 else written


def number(
    kind: str, schema: Schema, barred: list[Any], places: int | None, book: RuleBook, name: str, path: str
) -> list[Node]:
    """The ways to write an `integer`, a `fraction` or a `number` (both) between its bounds, but none of `barred`.

    Raises:
        SchemaError: a `multipleOf` on whose multiples validators do not agree, or too large a one.
    """
    low = _bound(schema, "minimum", "exclusiveMinimum", max)
    high = _bound(schema, "maximum", "exclusiveMaximum", min)
    if kind == "integer":
        options = integers(
            None if low is None else math.floor(low.value) + 1 if low.strict else math.ceil(low.value),
            None if high is None else math.ceil(high.value) - 1 if high.strict else math.floor(high.value),
        )
    else:
        if kind == "fraction":
            low, high = _narrowed(low, high)
        low, high = _next_double(low, places, math.inf), _next_double(high, places, -math.inf)
        options = decimals(low, high, places, whole=kind == "number")
    parts: list[Part] = [_multiple(of, False, path) for of in schema.get("multiples", [])]
    parts += [_multiple(of, True, path) for of in schema.get("notMultiples", [])]
    parts += [Matches(Lit(json_text(value)), negated=True) for value in barred]
    if not parts or not options:
        return options
    try:
        found = product([Matches(alt(options)), *parts])
    except TooManyStates:
        raise SchemaError(path, "`multipleOf` takes more rules than a grammar should have") from None
    return [right_linear(found, _digit, "", book, name)] if found[0] else []


def _digit(node: Chars) -> Node:
    ((low, high), *more) = node.ranges
    return Lit(chr(low)) if low == high and not more else node


def _multiple(of: float, negated: bool, path: str) -> Multiple:
    """`multipleOf` as digits. A divisor with no exact double (0.1) divides nothing reliably: 0.3 / 0.1 is not 3."""
    exact = Decimal(of)
    if exact != Decimal(str(of)):
        raise SchemaError(
            path, f"`multipleOf` {of} has no exact binary fraction, so validators differ on its multiples"
        )
    digits = -int(exact.as_tuple().exponent) if exact != exact.to_integral_value() else 0
    numerator = int(exact.scaleb(digits))
    if numerator * (digits + 2) > MAX_MULTIPLE:
        raise SchemaError(path, f"`multipleOf` {of} takes more rules than a grammar should have")
    return Multiple(numerator, digits, negated=negated)


def _bound(schema: Schema, plain: str, strict: str, tighter: Callable[..., Decimal]) -> Bound | None:
    ends = [Bound(Decimal(str(schema[key])), strict=key == strict) for key in (plain, strict) if key in schema]
    if len(ends) == 2 and ends[0].value != ends[1].value:
        best = tighter(end.value for end in ends)
        ends = [end for end in ends if end.value == best]
    return ends[-1] if ends else None  # of two equal ends the strict one, which is last, is tighter


def _narrowed(low: Bound | None, high: Bound | None) -> tuple[Bound, Bound]:
    """The bounds of a number with a fraction, which no larger double has."""
    least = low if low and low.value > -_EXACT else Bound(-_EXACT)
    most = high if high and high.value < _EXACT else Bound(_EXACT)
    return least, most


def _next_double(bound: Bound | None, places: int | None, towards: float) -> Bound | None:
    """An open end as the last double inside it: 0.99999999999999999 is read back as 1, which is not below 1."""
    if bound is None or not bound.strict or places is not None or not 0 < abs(bound.value) < _EXACT:
        return bound
    return replace(bound, value=Decimal(repr(math.nextafter(float(bound.value), towards))), strict=False)

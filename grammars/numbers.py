"""Ranges of integers and of decimal numbers as grammars.

Canonical numbers: no plus, no leading zero, no exponent, no `-0`, no trailing zero after the point. So each
number of a range has exactly one text.
"""

from dataclasses import dataclass
from decimal import Decimal

from grammars.nodes import EMPTY, Lit, Node, alt, chars, repeat, seq

DIGIT = chars((0x30, 0x39))
NONZERO = chars((0x31, 0x39))


def _digits(low: int, high: int) -> Node:
    return Lit(str(low)) if low == high else chars((0x30 + low, 0x30 + high))


def integers(low: int | None, high: int | None) -> list[Node]:
    """The integers from `low` to `high`, both included (None: no bound); no options when there are none."""
    options: list[Node] = []
    if low is None or low < 0:
        top = -1 if high is None else min(high, -1)
        below = _naturals(-top, None if low is None else -low)
        options += [seq(Lit("-"), option) for option in below]
    if high is None or high >= 0:
        options += _naturals(max(low or 0, 0), high)
    return options


def _naturals(low: int, high: int | None) -> list[Node]:
    """0 <= low; split by number of digits, so that no text is read in two ways."""
    if high is not None and low > high:
        return []
    longest = len(str(low)) if high is None else len(str(high))
    options: list[Node] = []
    for size in range(len(str(low)), longest + 1):
        first = max(low, 10 ** (size - 1) if size > 1 else 0)
        last = 10**size - 1 if high is None else min(high, 10**size - 1)
        options += _same_length(str(first), str(last))
    if high is None:
        options.append(seq(NONZERO, repeat(DIGIT, longest, None)))
    return options


def _same_length(low: str, high: str) -> list[Node]:
    rest = len(low) - 1
    if not rest:
        return [_digits(int(low), int(high))]
    first, last = int(low[0]), int(high[0])
    if first == last:
        return [seq(Lit(low[0]), alt(_same_length(low[1:], high[1:])))]
    options: list[Node] = []
    if low[1:] != "0" * rest:
        options.append(seq(Lit(low[0]), alt(_same_length(low[1:], "9" * rest))))
        first += 1
    full_last = high[1:] == "9" * rest
    if first <= last - (not full_last):
        options.append(seq(_digits(first, last - (not full_last)), repeat(DIGIT, rest, rest)))
    if not full_last:
        options.append(seq(Lit(high[0]), alt(_same_length("0" * rest, high[1:]))))
    return options


@dataclass(frozen=True)
class Bound:
    """An end of a range of numbers; `strict` leaves the end itself out."""

    value: Decimal
    strict: bool = False


def decimals(low: Bound | None, high: Bound | None, places: int | None = None, *, whole: bool = True) -> list[Node]:
    """The numbers from `low` to `high` with at most `places` digits after the point (None: any number).

    `whole`: integers too; else only numbers with a fraction.
    """
    options: list[Node] = []
    zero = Decimal(0)
    if low is None or low.value < 0:
        top = Bound(zero, strict=True) if high is None or high.value >= 0 else _negated(high)
        mirrored = _positive(top, None if low is None else _negated(low), places, whole)
        options += [seq(Lit("-"), option) for option in mirrored]
    if high is None or high.value >= 0:
        options += _positive(low if low and low.value >= 0 else Bound(zero), high, places, whole)
    return options


def _negated(bound: Bound) -> Bound:
    return Bound(-bound.value, bound.strict)


def _split(bound: Bound) -> tuple[int, str]:
    whole, _, rest = format(bound.value, "f").partition(".")
    return int(whole), rest.rstrip("0")


def _positive(low: Bound, high: Bound | None, places: int | None, whole: bool) -> list[Node]:
    """0 <= low: the whole parts at both ends with a limited fraction, those between with any."""
    first, low_rest = _split(low)
    if high is None:
        return [
            *_with(first, _above(low_rest, low.strict, places), whole),
            *_with_any(integers(first + 1, None), places, whole),
        ]
    last, high_rest = _split(high)
    if first > last:
        return []
    if first == last:
        return _with(first, _between(low_rest, high_rest, low.strict, high.strict, places), whole)
    return [
        *_with(first, _above(low_rest, low.strict, places), whole),
        *_with_any(integers(first + 1, last - 1), places, whole),
        *_with(last, _below(high_rest, high.strict, places), whole),
    ]


def _with(number: int, fractions: list[Node], whole: bool) -> list[Node]:
    """The whole part before each fraction; a fraction is nothing or digits, which need the point."""
    options = [Lit(str(number)) if f == EMPTY else seq(Lit(f"{number}."), f) for f in fractions if whole or f != EMPTY]
    return [alt(options)] if options else []


def _with_any(numbers: list[Node], places: int | None, whole: bool) -> list[Node]:
    tail = _tail(places)
    if not tail:
        return numbers if whole else []
    return [seq(number, repeat(seq(Lit("."), tail[0]), 0 if whole else 1, 1)) for number in numbers]


def _tail(places: int | None) -> list[Node]:
    """Digits that end in another digit than zero: what may follow the point."""
    if places is not None and places <= 0:
        return []
    return [seq(repeat(DIGIT, 0, None if places is None else places - 1), NONZERO)]


def _less(places: int | None) -> int | None:
    return None if places is None else places - 1


def _step(low: int, high: int, places: int | None) -> list[Node]:
    """One digit of low..high and any canonical rest of a fraction."""
    options: list[Node] = []
    if low > high or (places is not None and places <= 0):
        return options
    if low == 0:
        options += [seq(Lit("0"), rest) for rest in _tail(_less(places))]
        low = 1
    if low <= high:
        rest = _tail(_less(places))
        options.append(seq(_digits(low, high), repeat(rest[0], 0, 1) if rest else EMPTY))
    return options


def _follow(digit: str, rests: list[Node], places: int | None) -> list[Node]:
    """A digit before each rest; a zero needs something after it."""
    if places is not None and places <= 0:
        return []
    return [seq(Lit(digit), rest) for rest in rests if digit != "0" or rest != EMPTY]


def _above(digits: str, strict: bool, places: int | None) -> list[Node]:
    if not digits:
        return _tail(places) if strict else [EMPTY, *_tail(places)]
    equal = _follow(digits[0], _above(digits[1:], strict, _less(places)), places)
    return [*equal, *_step(int(digits[0]) + 1, 9, places)]


def _below(digits: str, strict: bool, places: int | None) -> list[Node]:
    if not digits:
        return [] if strict else [EMPTY]
    equal = _follow(digits[0], _below(digits[1:], strict, _less(places)), places)
    return [EMPTY, *_step(0, int(digits[0]) - 1, places), *equal]


def _between(low: str, high: str, above: bool, below: bool, places: int | None) -> list[Node]:
    """Fractions with low <= fraction <= high, `above` and `below` leaving out the ends."""
    if not low:
        return [option for option in _below(high, below, places) if not (above and option == EMPTY)]
    if not high or low[0] > high[0]:
        return []
    if low[0] == high[0]:
        rest = _between(low[1:], high[1:], above, below, _less(places))
        return _follow(low[0], rest, places)
    return [
        *_follow(low[0], _above(low[1:], above, _less(places)), places),
        *_step(int(low[0]) + 1, int(high[0]) - 1, places),
        *_follow(high[0], _below(high[1:], below, _less(places)), places),
    ]

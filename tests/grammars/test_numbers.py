import random
import re
from decimal import Decimal

import pytest

from grammars.nodes import Node, Ref, alt, render
from grammars.numbers import Bound, decimals, integers
from grammars.oracle import accepts, sample

INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
NUMBER = re.compile(r"(?!-0$)-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?")


def _gbnf(options: list[Node]) -> str:
    # A rule of its own: llguidance's lexer is greedy between the parts of `root`, never inside another rule.
    return render({"root": Ref("number"), "number": alt(options)})


@pytest.mark.parametrize(
    ("low", "high"),
    [
        *((10, 300), (0, 0), (1, 28), (0, 9), (95, 105), (-7, 12), (-120, -9), (99, 1000), (1234, 5678)),
        *((5, None), (None, -3), (None, None), (None, 20), (-15, None), (1000, 1999)),
    ],
)
def test_integers_brute_force(low: int | None, high: int | None) -> None:
    gbnf = _gbnf(integers(low, high))
    for value in [*range(-130, 310), 999, 1000, 1001, 1233, 1234, 1999, 2000, 5678, 5679, 10**9, -(10**9)]:
        inside = (low is None or value >= low) and (high is None or value <= high)
        assert accepts(gbnf, str(value)) == inside, value
    for text in ("-0", "00", "01", "1.0", "1e1", "+1", "", " 1", "-"):
        assert not accepts(gbnf, text)


def test_an_empty_range_has_no_options() -> None:
    assert integers(5, 4) == []
    assert decimals(Bound(Decimal("0.5")), Bound(Decimal("0.4"))) == []
    assert decimals(Bound(Decimal(1), strict=True), Bound(Decimal(1))) == []
    assert decimals(Bound(Decimal("2.5")), Bound(Decimal("2.25"))) == []


@pytest.mark.parametrize("seed", range(40))
def test_random_decimal_ranges(seed: int) -> None:
    """Both directions: what is produced lies inside, what lies inside is accepted."""
    rng = random.Random(seed)
    ends = sorted(Decimal(rng.randint(-2000, 2000)) / 10 ** rng.randint(0, 3) for _ in range(2))
    low = Bound(ends[0], strict=rng.random() < 0.5) if rng.random() < 0.8 else None
    high = Bound(ends[1], strict=rng.random() < 0.5) if rng.random() < 0.8 else None
    places = rng.choice((None, 1, 2, 4))
    options = decimals(low, high, places)
    values = [Decimal(rng.randint(-30000, 30000)) / 10 ** rng.randint(0, 5) for _ in range(150)]
    values += [end + Decimal(step) / 1000 for end in ends for step in (-1, 0, 1)]
    if not options:
        assert not any(_inside(value, low, high, places) for value in values)
        return
    gbnf = _gbnf(options)
    for value in values:
        assert accepts(gbnf, _text(value)) == _inside(value, low, high, places), (value, low, high, places)
    for _ in range(60):
        text = sample(gbnf, rng)
        assert NUMBER.fullmatch(text) and _inside(Decimal(text), low, high, places), (text, low, high)


def _text(value: Decimal) -> str:
    text = format(value + 0, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _inside(value: Decimal, low: Bound | None, high: Bound | None, places: int | None) -> bool:
    text = _text(value)
    if places is not None and len(text.partition(".")[2]) > places:
        return False
    above = low is None or value > low.value or (value == low.value and not low.strict)
    below = high is None or value < high.value or (value == high.value and not high.strict)
    return above and below

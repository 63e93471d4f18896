"""Is every number in an answer one that the engine, the CONTEXT or the athlete gave?

Compared by meaning: "45-minute" is 45 min, "an hour" is 60 min, "zones 1-2" is Z1 to Z2, "5k" is 5 km.
Ordinals and turns of speech ("one thing", "a couple of days") are no numbers.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from josi.duration_spans import spans
from josi.numbers import digits
from josi.text import phrases, plain, word_list

_DATA = word_list("grounding")
_SPEECH = phrases(_DATA["speech"])
_UNIT_NAMES: dict[str, str] = _DATA["units"]
_ONE = re.compile(r"\bone\b(?!\s*-?(?:hour|hr|h|minute|min|km|k|mile|watt)s?\b)")
_TIMES = re.compile(r"(?<=\d)x(?=\d)")
_ZONE = re.compile(
    r"\b(?:zones?|z)\s*-?\s*(?P<low>\d)"
    r"(?:\s*(?P<sep>-|to|through|tot|t/m|and|en|/|&|or|of|,)\s*(?:zones?\s*|z)?(?P<high>\d)\b)?(?!\d|:\d)"
)
_PACE = re.compile(r"\b(?P<m>\d{1,2}):(?P<s>[0-5]\d)(?::[0-5]\d)?\b")
_UNIT = re.compile(
    r"(?<![\w.,])(?P<low>\d+(?:[.,]\d+)?)(?:\s*(?:-|to|and|tot|en)\s*(?P<high>\d+(?:[.,]\d+)?))?\s*-?\s*"
    rf"(?P<unit>{'|'.join(map(re.escape, sorted(_UNIT_NAMES, key=len, reverse=True)))})(?!\w)"
)
_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)?")  # whatever is glued to it: "750cc", "7am"
_DOZEN = re.compile(r"\ba dozen\b")
_IS_PACE = re.compile(r"\A\s*(?:min\w*\s*)?(?:/|per\b|a (?:km|mile)\b|pace\b)")


@dataclass
class _Facts:
    """The numbers of a text by kind: (value, words as written)."""

    zones: dict[int, str] = field(default_factory=dict)
    minutes: dict[float, str] = field(default_factory=dict)
    times: dict[str, str] = field(default_factory=dict)
    clocked: dict[str, float] = field(default_factory=dict)  # of `times` those that may be hours and minutes
    units: dict[tuple[float, str], str] = field(default_factory=dict)
    bare: dict[float, str] = field(default_factory=dict)


def problems(response: str, *, gatc_result: Mapping[str, object] | None, message: str, context: str) -> list[str]:
    """The numbers of `response` that nothing given contains, one line each (`zone 4: not in …`); [] is
    grounded."""
    given = _facts("\n".join([*_texts(gatc_result), message, context]))
    said = _facts(response)
    every = _values(given)
    found = [f"zone {zone}" for zone in said.zones if zone not in given.zones]
    known = {*given.minutes, *given.bare, *given.clocked.values()}
    found += [f"duration {words!r}" for value, words in sorted(said.minutes.items()) if value not in known]
    spoken = {value for value, minutes in said.clocked.items() if minutes in given.minutes}
    found += [f"pace or time {words!r}" for value, words in said.times.items() if value not in {*given.times, *spoken}]
    found += [f"amount {words!r}" for key, words in said.units.items() if not _has_unit(key, given)]
    found += [f"number {words!r}" for value, words in said.bare.items() if value not in every]
    return [f"{problem}: not in the engine's result, the CONTEXT or the athlete's message" for problem in found]


def _has_unit(key: tuple[float, str], given: _Facts) -> bool:
    return key in given.units or key[0] in given.bare


def _values(given: _Facts) -> set[float]:
    """Every value given, whatever its unit: a bare number in the answer may stand for any of them."""
    with_units = {value for value, _ in given.units}
    return {*map(float, given.zones), *given.minutes, *with_units, *given.bare}


def _texts(value: object) -> list[str]:
    """All strings and numbers inside a JSON value."""
    if isinstance(value, Mapping):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list | tuple):
        return [text for item in value for text in _texts(item)]
    return [] if value is None or isinstance(value, bool) else [str(value)]


def _facts(text: str) -> _Facts:
    """Read the kinds one after the other, each blanking out what it has read."""
    facts = _Facts()
    read = _DOZEN.sub("12", _SPEECH.sub(_blank, plain(text)))
    read = _TIMES.sub(" x ", digits(_ONE.sub("a", read)))
    read = _take_zones(facts, read)
    read = _take_times(facts, read)
    read = _take_minutes(facts, read)
    read = _take_units(facts, read)
    for match in _NUMBER.finditer(read):
        facts.bare[_value(match[0])] = match[0]
    return facts


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _value(text: str) -> float:
    return float(text.replace(",", "."))


def _take_zones(facts: _Facts, read: str) -> str:
    for match in _ZONE.finditer(read):
        low, high = int(match["low"]), int(match["high"] or match["low"])
        whole_range = match["sep"] in ("-", "to", "through", "tot", "t/m") and low <= high
        for zone in range(low, high + 1) if whole_range else (low, high):
            facts.zones[zone] = match[0]
    return _ZONE.sub(_blank, read)


def _take_times(facts: _Facts, read: str) -> str:
    for match in _PACE.finditer(read):
        value = match[0].lstrip("0")
        facts.times[value] = match[0]
        if not _IS_PACE.search(read[match.end() :]) and value.count(":") == 1:
            facts.clocked[value] = 60 * float(match["m"]) + float(match["s"])
    return _PACE.sub(_blank, read)


_LOW_END = re.compile(r"(?<![\w.,])(\d{1,3})\s*(?:-|to|or|and|tot|of|en)\s*\Z")


def _take_minutes(facts: _Facts, read: str) -> str:
    """Durations; of "30 to 45 minutes" both ends."""
    for span in reversed(spans(read)):
        facts.minutes[float(span.minutes)] = read[span.start : span.end].rstrip(".")
        low = _LOW_END.search(read, max(0, span.start - 12), span.start)
        start = low.start() if low else span.start
        if low:
            facts.minutes[float(low[1])] = low[0] + read[span.start : span.end].rstrip(".")
        read = read[:start] + " " * (span.end - start) + read[span.end :]
    return read


def _take_units(facts: _Facts, read: str) -> str:
    for match in _UNIT.finditer(read):
        unit = match["unit"]
        name = _UNIT_NAMES[unit]
        for number in (match["low"], match["high"]):
            if number:
                facts.units[(_value(number), name)] = match[0]
    return _UNIT.sub(_blank, read)

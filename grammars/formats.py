"""`format` as an assertion: the formats that a regular expression says exactly, and those expressions.

As far as the usual validators agree: years 0001 to 9999, no leap seconds (whether one is right depends on the offset).
"""

from grammars.errors import SchemaError

DATE = (
    "(?:(?:[1-9][0-9]{3}|0(?:[1-9][0-9]{2}|0(?:[1-9][0-9]|0[1-9])))-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    "|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)-02-29)"
)
"""RFC 3339, full-date: the days of the Gregorian calendar."""

_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_TIME = _CLOCK + ":[0-5][0-9](?:[.][0-9]+)?(?:[Zz]|[+-]" + _CLOCK + ")"
_N = "[0-9]+"
_CLOCK_SPAN = f"T(?:{_N}H(?:{_N}M(?:{_N}S)?)?|{_N}M(?:{_N}S)?|{_N}S)"
_DATE_SPAN = f"(?:{_N}Y(?:{_N}M(?:{_N}D)?)?|{_N}M(?:{_N}D)?|{_N}D)"
_BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"

_FORMATS = {
    "date": DATE,
    "time": _TIME,
    "date-time": f"{DATE}[Tt]{_TIME}",
    "duration": f"P(?:{_DATE_SPAN}(?:{_CLOCK_SPAN})?|{_CLOCK_SPAN}|{_N}W)",
    "uuid": "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
    "ipv4": f"{_BYTE}(?:[.]{_BYTE}){{3}}",
}
"""RFC 3339 (5.6 and appendix A), RFC 4122, RFC 2673 (3.2), as draft 2020-12 (validation, 7.3) names them."""


def format_pattern(name: str, path: str) -> str:
    """The anchored pattern of a format.

    Raises:
        SchemaError: it has none that is exact.
    """
    if name not in _FORMATS:
        raise SchemaError(path, f"`format` {name!r} is not supported (only {', '.join(_FORMATS)})")
    return f"^(?:{_FORMATS[name]})$"

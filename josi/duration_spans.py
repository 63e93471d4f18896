# ruff: noqa: E501 (a pattern reads best on one line)
"""Every stretch of time that a text mentions, with where it stands; which one is to train is decided
elsewhere.

Input is `josi.numbers.digits(josi.text.plain(text))`: lower case, digits only.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

NUM = r"\d{1,4}(?:[.,]\d{1,2})?|[.,]\d{1,2}"
HOUR = r"(?:h(?:ou?re?s?|rs?|uors?|oru?s?|ous|ouer?s?)?\.?|uu?r(?:tjes?|kes?)?|uren|u)"
MINUTE = (
    r"(?:min(?:s|n|ute?s?|u?u?tes?|uets?|uts?|utues?|ites?|iuts|tues?|uut(?:je)?s?|uten|utjes|uuten|tuen)?"
    r"\.?|m[ui]nutess?|minnutes?|mnts?|minits?|mnutes?|mintes|minues|m[iu]{1,2}nte?s?|m[iu]n[iueo]+tt?e?n?s?|'(?!'))"
)
_ONE = r"(?:an?|1|one|the|full|een|nen|ne|'n|n|half a|other|entire|whole)"
_SOFT = r"(?:[\s-]+(?:full|whole|solid|good|easy|quick|short|clear|spare|free|about|nice|lovely|proper|cheeky|steady|gentle|decent|little|single|extra|more|klein|goed|rustig|lekker|dik|krap|ruim|stevig|mager|heel))?"
_GAP = r"[\s-]*"
_QUARTER = r"(?:quarters?|kwart(?:ier(?:tje|s)?)?)"
_END = r"(?![\w/])"

# (pattern, minutes from its groups), tried in this order at each place: the longest way to say it first.
_FORMS: tuple[tuple[str, str], ...] = (
    ("clockwise", rf"(?P<a>\d{{1,2}}):(?P<b>[0-5]\d){_GAP}{HOUR}"),
    ("clockwise", rf"(?P<a>\d{{1,2}})\.(?P<b>[0-5]\d){_GAP}uur"),
    ("n_and_half", rf"(?P<a>\d{{1,2}})[\s-]+(?:and|&|en)[\s-]+(?:a[\s-]+|an[\s-]+|een[\s-]+)?hal(?:f|ve)\s*-?\s*{HOUR}"),
    ("n_half_hour", rf"(?P<a>\d)\s+1/2{_GAP}{HOUR}"),
    ("n_and_quarters", rf"(?P<a>\d{{1,2}})\s+(?:and|&|en)\s+(?:(?:an?|een|(?P<b>[123]))[\s-]+)?{_QUARTER}[\s-]+{HOUR}"),
    ("h_and_half", rf"(?:{_ONE}{_SOFT}\s+|(?P<a>\d{{1,2}})\s*)?{HOUR}(?:\s+long)?[\s-]+(?:and|&|plus|en|an|'?n'?)[\s-]+(?:a[\s-]+|an[\s-]+|een[\s-]+)?(?:half(?:je)?|hlf|hafl|haf|hslf)"),
    ("h_and_quarters", rf"(?<!half )(?<!half an )(?<!halve )(?:{_ONE}\s+|(?P<a>\d{{1,2}})\s*)?{HOUR}[\s-]+(?:and|&|plus|en)[\s-]+(?:(?:(?:a|an|een|(?P<b>[123]))[\s-]+)?{_QUARTER}|(?P<c>[13])/4)"),
    ("h_min", rf"(?:(?P<a>\d{{1,2}}){_GAP}{HOUR}|(?<!half )(?<!half an )(?<!halve )(?:{_ONE}\s+{HOUR}|(?:hour|uur|uurtje|uurke)(?=\s(?:and|&|en|plus)\s)))\s*(?:(?:and|&|en|plus)\s+)?(?P<b>[0-5]?\d){_GAP}(?:{MINUTE}|m)"),
    ("h_min", rf"(?P<a>[1-3]){_GAP}{HOUR},\s?(?P<b>[1-5]?\d){_GAP}{MINUTE}"),
    ("h_bare", r"(?P<a>\d{1,2})\s?(?:h|hr|hrs|hours?|u|uur)\s?:?(?P<b>[0-5]\d)(?!\s*(?:k|km|mi|%|x|w|s|sec|bpm|[:.,/]?\d))"),
    ("h_bare", rf"(?<!half )(?<!half an )(?<!halve )(?:{_ONE}\s)?(?:hour|uur)\s(?:and\s|en\s)?(?P<b>[0-5]\d)(?!\s*(?:k|km|mi|%|x|w|s|sec|bpm|[:.,/]?\d))"),
    ("quarters_hour", rf"(?P<b>[2-9])[\s-]+quarters?(?:[\s-]+(?:of[\s-]+)?(?:an?[\s-]+|1[\s-]+)?{HOUR})?"),
    ("slash_hour", rf"(?P<a>[13])/(?P<b>[24])\s*(?:(?:of\s+)?an?\s+)?{HOUR}"),
    ("hours", rf"(?P<a>0\.\d{{1,2}})\s+of\s+an?\s+{HOUR}"),
    ("quarter_hour", rf"(?:(?:an?|1|een)[\s-]+)?quarter[\s-]+(?:of[\s-]+)?(?:an?[\s-]+)?{HOUR}"),
    ("kwartier", r"(?P<b>[13])[\s-]kwart[\s-]uur(?:tje)?"),
    ("kwartier", r"(?:(?:(?P<b>\d)|een|'n|nen|ne)[\s-]+)?kwartier(?:tjes?|kes?|en)?"),
    ("half_hour", rf"(?:(?:a|1|een|'n|nen|ne)[\s-]+)?(?:half|halven?|haf|hafl|hlaf|halff|hlf|hslf|halv|'?alf|arf|1/2)[\s-]*(?:an?d?[\s-]+|'?n[\s-]+|1[\s-]+)?{HOUR}"),
    ("couple_hours", r"(?:a\s+)?couple\s+(?:of\s+)?hours|(?:een\s+)?(?:uur|uurtje)\s+of\s+(?P<a>\d)|(?:een\s+)?paar\s+uur(?:tjes)?"),
    ("hours", rf"(?P<a>{NUM})\+?{_GAP}{HOUR}"),
    ("minutes", rf"(?P<b>\d{{1,4}}(?:[.,]\d)?)\+?(?:[\s-]+(?:or so|odd|ish|something|spare|quick|easy|short|whole|full|solid|good|little|free|lousy|measly|precious|uninterrupted|volle|vrije|rustige))?{_GAP}{MINUTE}"),
    ("minutes", r"(?:een\s+)?minuut(?:je)?\s+of\s+(?P<b>\d{1,3})"),
    ("minutes", r"(?P<b>\d{2,3})\s?-?\s?ish"),
    ("minutes", r"(?P<b>\d{2,3})m(?=\s+(?:run|ride|jog|spin|bike|session|workout|easy|today|available|free|please|max|swim|row|ski|for|training)|\s*[.,!?]?\s*\Z)"),
    ("one_hour", rf"{_ONE}{_SOFT}[\s-]+(?:houre?s?|huor|horu|hr|uur|uurtje|uurke)(?:'s|[\s-]?ish)?"),
    ("one_hour", r"(?:\A|(?<=\n)|(?<=[.,!?] )|(?<=[.,!?:]))\s*(?:hour|uurtje|uur)(?:[\s-]?ish)?(?=[.,!?]|\s*\Z|\s+(?:run|ride|bike|spin|jog|long|easy|of|or so|max|please|free|left|spare|to spare|available|vrij|over|on|session|workout|swim|hardlopen|fietsen|lopen|training))"),
    ("one_hour", r"(?<=\w )uurtje|hour's|hour-?\s?long|(?<=run |ski |ike |ide |wim |gym |jog )hour"),
)  # fmt: skip
_PATTERNS = tuple((name, re.compile(rf"(?<![\w.:])(?<!(?<!\d\d)/)(?:{source}){_END}")) for name, source in _FORMS)


@dataclass(frozen=True)
class Span:
    """A mention at text[start:end]; minutes are exact."""

    start: int
    end: int
    minutes: Fraction


def spans(text: str) -> list[Span]:
    """All mentions with a unit, left to right, none overlapping."""
    found: list[Span] = []
    taken = bytearray(len(text))
    for name, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if not any(taken[start:end]):
                taken[start:end] = b"\x01" * (end - start)
                found.append(Span(start, end, _minutes(name, match)))
    return sorted(found, key=lambda span: span.start)


def number(text: str | None, default: int = 0) -> Fraction:
    """A decimal with point or comma."""
    if text is None:
        return Fraction(default)
    return Fraction(text.replace(",", ".") if text[0].isdigit() else "0" + text.replace(",", "."))


def _minutes(name: str, match: re.Match[str]) -> Fraction:
    groups = match.groupdict()
    a, b = groups.get("a"), groups.get("b")
    if name == "slash_hour":
        return Fraction(60 * int(str(a)), int(str(b)))
    if name in ("n_and_half", "n_half_hour", "h_and_half"):
        return 60 * number(a, 1) + 30
    if name in ("n_and_quarters", "h_and_quarters", "quarters_hour", "quarter_hour", "kwartier"):
        hours = number(a, 1) if name.endswith("and_quarters") else Fraction(0)
        return 60 * hours + 15 * number(b or groups.get("c"), 1)
    if name in ("clockwise", "h_min", "h_bare"):
        return 60 * number(a, 1) + number(b)
    if name == "couple_hours":
        return 60 * number(a, 2)
    return {"half_hour": Fraction(30), "one_hour": Fraction(60)}.get(name) or (
        number(b) if name == "minutes" else 60 * number(a)
    )

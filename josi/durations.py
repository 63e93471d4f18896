"""How long the athlete says the training may take, in minutes.

A pipeline of plain rules: (1) one reading form, number words as digits; (2) blank out what only looks like
a duration (`duration_lookalikes`); (3) find every mention (`duration_spans`) and join ranges, whose lower
bound counts; (4) drop the mentions of past sessions, sleep, start times and the like (`duration_rules`);
(5) choose: the last correction, else the first one said to be available, else the first.
"""

import re
from bisect import bisect_right
from fractions import Fraction
from typing import TypeVar

from josi.duration_lookalikes import blank
from josi.duration_rules import AVAILABLE, OFFER, clause, counts
from josi.duration_spans import HOUR, Span, number, spans
from josi.numbers import digits
from josi.spelling import Spelling
from josi.text import phrase_source, phrases, plain, word_list

MIN_MINUTES = 10  # the contract's range of time_available_min
MAX_MINUTES = 300

_W = word_list("durations")
_HOURS = re.compile(rf"(?:\d|half|halve)\s*-?{HOUR}")
_LOW = re.compile(
    r"(?<![\w.,:])(?P<low>\d{1,3}(?:[.,]\d{1,2})?)\s?(?P<sep>-|to|up to|or|tot|of|a|/|~|until|till|and|en)\s?"
    r"(?:maybe |max |perhaps )?\Z"
)
_JOIN = re.compile(r"\s?(?:-|to|up to|or|tot|of|until|till)\s?(?:maybe |max |perhaps |at most |about )?\Z")
_BETWEEN = re.compile(r"\b(?:between|tussen)\s+(?:about\s+|de\s+)?\Z")
_FROM = re.compile(r"\bfrom\s+(?:about\s+)?\Z")
_FILL = phrase_source(_W["only_number_fill"])
_ONLY_NUMBER = re.compile(
    rf"\A(?![^\n]{{0,99}}(?:[$€£#%°{{}}]|''))\W{{0,9}}(?:{_FILL}\W{{1,9}}){{0,5}}(?P<n>\d{{2,3}})"
    r"(?:\s?(?:-|to|tot|or|of)\s?\d{2,3})?\W{0,9}"
    r"(?:(?:max|tops|please|it is|will do|should do|is (?:fine|good|ok)|today"
    r"|ish|or so|thanks|i think|maybe|ofzo|graag|only|then|dan)\W{0,9}){0,5}\Z"
)
_BARE = re.compile(r"(?<![\w.,:/#$€+-])\d{2,3}(?![\w%:/°]|[.,]\d)")
_BARE_CUE = re.compile(rf"{phrase_source(_W['bare_cue'])}[\s,:.!-]*\Z")
_BARE_AFTER = re.compile(rf"\A\s*(?:\Z|[.,!?;:)\n]|-\s|{phrase_source(_W['bare_after'])})")
_BARE_TAIL = re.compile(
    r"\A\s*(?:max|tops|maximum|at most|hooguit|not"
    r"|it is|would|should|will|easy|steady|please|pls|plz|graag|thanks|is"
    r"|today|vandaag|instead of|rather than|in plaats van|ipv)\b"
)
_BARE_NEVER, _CORRECTION = phrases(_W["bare_never"]), phrases(_W["correction"])
# "fever's up again, 39", "average HR 152 on the long ride, max 178", "playing since 90"
_NO_TIME_NEXT = re.compile(
    rf"{phrase_source(_W['bare_never'])}[^.!?;\n]{{0,40}}[,:-]\s*\Z|\b(?:since|because|though)\s*\Z"
)
_WEIGHT = re.compile(r"\b(?:kilos?|kg|lbs?|pounds|stone|weigh\w*|weeg)\b")
_CHANGE_TO = re.compile(
    rf"(?:{phrase_source(_W['change_to'])}[^.!?\n]*\b(?:to|naar|tot)"
    rf"|{phrase_source(_W['replace_with'])}[^.!?\n]*\b(?:for|with|by|door|voor))"
    r"\s+(?:just |only |about |an? |een )?\Z"
)
_FINAL_AFTER = re.compile(
    r"\A[\s,]*(?:(?:instead|rather)(?! of| than)|(?:will|would|'ll) do|is genoeg"
    r"|(?:in )?total|altogether|all in|overall|(?:in )?totaal)\b"
)
_LOOK_BACK = 80
_MANY = 40
T = TypeVar("T")
_UNIT = re.compile(r"(\d\s?-?)([a-z]{4,10})\b")
_SATURDAY = re.compile(r"(?<=\bon )sat\b")  # and nobody who sat
_UNITS = Spelling(_W["units"], _W["unit_lookalikes"])


def minutes(text: str) -> int | None:
    """The training duration that `text` states, in minutes (10…300), else None.

    A range gives its lower bound; of a correction the last value counts; a value outside 10…300 gives None.
    """
    read = _read(text)
    alone = _ONLY_NUMBER.match(read)
    if alone:
        return _whole(number(alone["n"]))
    chosen = _chosen(blank(read))
    return _whole(chosen.minutes) if chosen else None


def offered(text: str) -> int | None:
    """As `minutes`, but only a time that the athlete says to have or to want: beside a question about the plan another
    length may be the plan's."""
    read = blank(_read(text))
    chosen = _chosen(read)
    return _whole(chosen.minutes) if chosen and _is_offered(read, chosen, OFFER) else None


def is_ruled_out(text: str, value: int) -> bool:
    """Whether `text` mentions `value` minutes only as something else: a record, a start, a session that is past."""
    read = blank(_read(text))
    same = _ends([span for span in _joined(read, spans(read)) if span.minutes == value])
    return bool(same) and not any(counts(read, span) for span in same)


def _read(text: str) -> str:
    """The one reading form: digits for number words, a misspelt unit after a number mended."""
    return _UNIT.sub(lambda match: match[1] + _UNITS.mend(match[2]), digits(_SATURDAY.sub("saturday", plain(text))))


def _whole(value: Fraction) -> int | None:
    return int(value) if MIN_MINUTES <= value <= MAX_MINUTES else None


def _joined(text: str, found: list[Span]) -> list[Span]:
    """Join "45 to 60 minutes" and "45 min to an hour" into one mention of the lower bound."""
    joined: list[Span] = []
    for span in found:
        whole = _with_low(text, span)
        is_range, span = whole != span, whole
        last = joined[-1] if joined else None
        if last and _is_range(text, last, span):
            low = min(last.minutes, span.minutes)
            is_range, span = True, Span(joined.pop().start, span.end, low)
        joined.append(_from(text, span) if is_range else span)
    return joined


def _from(text: str, span: Span) -> Span:
    """The range with its "from", which before a single duration would say that something starts there."""
    head = _FROM.search(text, max(0, span.start - _LOOK_BACK), span.start)
    return Span(head.start(), span.end, span.minutes) if head else span


def _is_range(text: str, first: Span, second: Span) -> bool:
    gap = text[first.end : second.start]
    if _JOIN.fullmatch(gap):
        return not _CHANGE_TO.search(text[max(0, first.start - _LOOK_BACK) : second.start])
    between = _BETWEEN.search(text[max(0, first.start - _LOOK_BACK) : first.start])
    return bool(between) and gap.strip() in ("and", "en")


def _with_low(text: str, span: Span) -> Span:
    start = max(0, span.start - _LOOK_BACK)
    head = text[start : span.start]
    low = _LOW.search(head)
    if not low or _CHANGE_TO.search(head):
        return span
    if low["sep"] in ("and", "en") and not _BETWEEN.search(head[: low.start()]):
        return span
    value = number(low["low"])
    hours = bool(_HOURS.search(text[span.start : span.end])) and value < MIN_MINUTES
    return Span(start + low.start(), span.end, min(span.minutes, value * (60 if hours else 1)))


def _bare(text: str, every: list[Span], stated: list[Span]) -> list[Span]:
    """Numbers without a unit that stand where minutes are meant: "I have 45", "no, make it 40"."""
    found: list[Span] = []
    inside = {place for span in every for place in range(span.start, span.end)}
    ends = [span.end for span in stated]
    for match in _ends(list(_BARE.finditer(text))):
        span = Span(match.start(), match.end(), number(match[0]))
        if span.start in inside or not _is_bare(text, span) or not counts(text, span):
            continue
        earlier = bisect_right(ends, span.start)
        last = max(ends[earlier - 1] if earlier else -1, found[-1].end if found else -1)
        if last < 0 or _CORRECTION.search(text, last, span.start) or _is_last_word(text, span):
            found.append(span)
    return found


def _is_bare(text: str, span: Span) -> bool:
    left, right = clause(text, span.start, span.end)
    before = text[max(0, span.start - _LOOK_BACK) : span.start]
    after = text[span.end : span.end + _LOOK_BACK]
    if _BARE_NEVER.search(text, left, right) or not _BARE_AFTER.search(after) or _WEIGHT.search(before):
        return False
    earlier = text[max(0, left - _LOOK_BACK) : left]
    if text[left : span.start].strip() in ("", "max", "peak", "piek") and _NO_TIME_NEXT.search(earlier):
        return False
    if text[left:right].strip() == text[span.start : span.end]:
        return True
    return bool(_BARE_CUE.search(before)) or (not text[left : span.start].strip() and bool(_BARE_TAIL.search(after)))


def _ends(mentions: list[T]) -> list[T]:
    """All mentions of any message that was meant; of a text of thousands the first and the last ones."""
    return mentions if len(mentions) <= 2 * _MANY else mentions[:_MANY] + mentions[-_MANY:]


def _chosen(read: str) -> Span | None:
    """The mention that says how long the training may take, in or out of range."""
    every = _ends(_joined(read, spans(read)))
    stated = [span for span in every if counts(read, span)]
    mentions = sorted([*stated, *_bare(read, every, stated)], key=lambda span: span.start)
    ends = sorted(span.end for span in {*mentions, *every})
    if _is_sum(every):
        return every[-1]
    final = [span for span in mentions if _is_final(read, span, ends)]
    if final:
        return final[-1]
    fitting = [span for span in mentions if _whole(span.minutes) is not None]
    available = [span for span in fitting if _is_offered(read, span, AVAILABLE)]
    return next(iter(available or fitting), None)


def _is_sum(every: list[Span]) -> bool:
    """Whether the last mention adds up the parts before it: "15 warm-up, 20 tempo, 10 easy, so 45 minutes"."""
    return len(every) > 2 and every[-1].minutes == sum(span.minutes for span in every[:-1])


def _is_offered(text: str, span: Span, words: re.Pattern[str]) -> bool:
    left, _ = clause(text, span.start, span.end)
    return words.search(text, left, span.start) is not None


def _is_last_word(text: str, span: Span) -> bool:
    return _FINAL_AFTER.search(text[span.end : span.end + 16]) is not None


def _is_final(text: str, span: Span, ends: list[int]) -> bool:
    """Whether the mention corrects an earlier one, is the sum, or is what a session is changed to."""
    before = text[max(0, span.start - _LOOK_BACK) : span.start]
    if _CHANGE_TO.search(before) or _is_last_word(text, span):
        return True
    earlier = bisect_right(ends, span.start)
    return earlier > 0 and _CORRECTION.search(text, ends[earlier - 1], span.start) is not None

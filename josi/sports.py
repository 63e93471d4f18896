"""Which sports a text names: word lists with traps taken out, negated and background mentions told apart.

Contract: the sports are `run` `bike` `ski` `skate` `strength` `other`; `other` only for a sport named
outright.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import groupby, zip_longest
from operator import itemgetter
from typing import NamedTuple

from josi.text import phrase_source, phrases, plain, word_list

SPORTS = ("run", "bike", "ski", "skate", "strength", "other")

_DATA = word_list("sports")
_TRAPS = phrases(_DATA["traps"])
_FILLER = phrase_source(_DATA["fillers"])
_NEGATED = re.compile(rf"{phrase_source(_DATA['negators'])}[\s-]+(?:{_FILLER}[\s-]+){{0,4}}\Z")
_BACKGROUND = re.compile(rf"{phrase_source(_DATA['background'])}[\s-]+\Z")
_CORRECTED = re.compile(
    r"[\s,.!?-]*(?:(?:oh|uh|hmm|ah|or|of|ach) )?(?:(?:no|nope|nah|nee)\s*[,.!-]"
    r"|(?:no |nee )?(?:wait|actually|scratch that"
    r"|i mean|i meant|make (?:it|that)|correction|rather|on second thoughts?|wacht|toch maar|liever|eigenlijk|ik bedoel"
    r"|doe maar|maak er)\b)[^.!?\n]{0,30}\Z"
)
_BEFORE = 60  # letters looked back at for a negation


def _compile(groups: Mapping[str, list[str]]) -> re.Pattern[str]:
    # Long phrases first, so that "skate skiing" is skiing and "ice hockey" is no skating.
    entries = sorted(
        ((word, sport) for sport, words in groups.items() for word in words),
        key=lambda entry: (-entry[0].count(" "), -len(entry[0])),
    )
    # A run of words of one sport shares a group; the group's name tells the sport.
    runs = (list(run) for _, run in groupby(entries, key=itemgetter(1)))
    branches = [f"(?P<{run[0][1]}_{i}>{phrase_source(w for w, _ in run)})" for i, run in enumerate(runs)]
    return re.compile(rf"(?<!\w)(?=\w)(?:{'|'.join(branches)})")


_STRONG = _compile(_DATA["strong"])
_WEAK = _compile(_DATA["weak"])


def sports_in(text: str) -> list[str]:
    """Canonical sports that `text` names as wanted, in order, unique.

    A negated sport ("no running", "instead of a ride") is left out. Background ones ("ran", "marathon",
    "after my ride") count only when nothing else is named.
    """
    return [sport for sport, negated in _named(text) if not negated]


def rejected_in(text: str) -> list[str]:
    """Canonical sports that `text` names only to refuse them ("not running today")."""
    wanted = sports_in(text)
    return [sport for sport, negated in _named(text) if negated and sport not in wanted]


def _named(text: str) -> list[tuple[str, bool]]:
    read = _TRAPS.sub(lambda m: "#" * len(m[0]), plain(text))
    found = sorted([*_mentions(_STRONG, read, weak=False), *_mentions(_WEAK, read, weak=True)])
    found = [_taken_back(one, after, read) for one, after in zip_longest(found, found[1:]) if one]
    clear = [one for one in found if not one.weak and not one.negated]
    kept = [one for one in found if one.negated or not one.weak or not clear]
    return list(dict.fromkeys((one.sport, one.negated) for one in kept))


class _Mention(NamedTuple):
    start: int
    end: int
    sport: str
    weak: bool
    negated: bool


def _taken_back(one: _Mention, after: _Mention | None, read: str) -> _Mention:
    """ "A run, no, a ride": what a correction follows is as good as negated."""
    corrected = after is not None and after.sport != one.sport and _CORRECTED.match(read[one.end : after.start])
    return one._replace(negated=True) if corrected else one


def _mentions(pattern: re.Pattern[str], read: str, *, weak: bool) -> Iterator[_Mention]:
    for match in pattern.finditer(read):
        before = read[max(0, match.start() - _BEFORE) : match.start()]
        sport = str(match.lastgroup).partition("_")[0]
        background = weak or bool(_BACKGROUND.search(before))
        yield _Mention(match.start(), match.end(), sport, background, bool(_NEGATED.search(before)))

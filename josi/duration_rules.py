"""Is a mentioned stretch of time one to train? Decided by the words around it
(`josi/data/durations.toml`)."""

import re

from josi.duration_sessions import is_anothers, is_planned
from josi.duration_spans import Span
from josi.text import phrase_source, phrases, word_list

PIECE_MINUTES = 20  # "20 minute efforts" are pieces of a session, "45 minute hills" is the session
NIGHT_MINUTES = 180  # from here on a time after a word of sleep, one clause later, is the sleep
_LOOK_BACK = 160  # letters; keeps the work linear on messages of any length

_W = word_list("durations")
_CLAUSE = re.compile(
    r"[!?;\n]|[.,](?!\d)|\s-\s|(?<!\bheb )(?<!\bhebt )(?<!\bnog )(?<!\bkan )\bmaar\b"
    r"|\b(?:but|so|dus|now|then|today(?!')|tonight|vandaag|nu|vanavond|because|though|since)\b"
    r"|\b(?:and|en)\s+(?=(?:i|i've|ive|have|got|want|would|only|need|can|give|ik|heb|wil|nog|please|a|an|am|we)\b)"
)
_PAST, _MATTER, _LENGTH = phrases(_W["past"]), phrases(_W["other_matter"]), phrases(_W["other_length"])
AVAILABLE = phrases(_W["available"], _W["limits"])
OFFER = phrases(_W["available"])  # a mere "only" says nothing new: "I slept only 5 hours"
_NOT_BEFORE = re.compile(rf"{phrase_source(_W['not_before'])}[\s-]*\Z")
_NOT_AFTER = re.compile(rf"\A[\s,-]*{phrase_source(_W['not_after'])}")
_START_IN = re.compile(rf"{phrase_source(_W['start_in'])}\s+\Z")
_DONE_IN = re.compile(
    rf"{phrase_source(_W['done_in'])}(?:\s+[\w'#]+){{0,2}}[\s#]+(?:in|within|binnen)\s+(?:about\s+)?\Z"
)
_PIECES = re.compile(rf"\A[\s-]*{phrase_source(_W['pieces'])}")
_WHOLE = re.compile(rf"\A[\s-]*(?:\w+[\s-]+)?{phrase_source(_W['pieces_whole'])}")
_RACE = phrases(_W["race"])
_GOAL = re.compile(r"\b(?:goal|target|doel)(?: time)?(?:\s?:| is| of|\b) ?\Z")
_IN_ALL = re.compile(r"\A\s+(?:in )?(?:total|all|totaal)\b")  # "within 50 minutes total"
# "40 min at lunch" is when, "40 min lunch" is the lunch
_AT_A_BREAK = re.compile(
    r"\A\s+(?:at|over|during|in|on|between|tijdens|bij|rond) (?:my |the |mijn |de )?(?:lunch\w*|break|pauze|dinner)\b"
)
_ELAPSED = re.compile(r"\A\s+in\s*\Z")  # "aches 30 minutes in"
_RACE_IN = re.compile(rf"{phrase_source(_W['race_in'])}\s+\Z")
_AT_MOST = re.compile(
    r"\b(?:more|longer|meer|langer) (?:than|dan)\s+\Z"
    r"|(?<!in )\b(?:just|little|bit|slightly|well|way|not|nothing) over\s(?:the |de )?\Z"
    r"|\bi'?(?:ll|d) take\s+\Z"
    r"|\b(?:go|get|stay|be|keep|run|ride|train|ga|blijf)\b[\w' ]*\b(?:over|above|beyond|past|boven)\s(?:the |de )?\Z"
    r"|\b(?:keep|cap|limit|set|max|stop)\b[\w' ]*\bat (?:about |around )?\Z"
)
_AROUND_EVENT = re.compile(
    r"\A\s+(?:before|after|prior|na|voordat|nadat|into"
    # "40 minuten voor krachttraining" is for it, "voor de training" may be before it
    r"|voor(?! (?:kracht|loop|lop|hardlo|rennen|fiets|wielren|zwem|schaats|ski|langlauf|roei|yoga|wandel|sport"
    r"|training\b))"
    r"|(?:until|till) (?:my |the )?(?:race|start|sleep|bed))\b"
)
# "Why intervals when I only have 30 minutes?": the why is about the session, the time is the athlete's.
_WHILE_I_HAVE = re.compile(
    r"\b(?:when|if|while|since|because|as) (?:i|we) (?:only |just )?(?:have|got)(?: only| just)?\s+\Z"
)
_DAILY = re.compile(
    r"\A\s+(?:before|after|voor|voordat|na) (?:my |the |mijn |het |de )?"
    r"(?:work|school|class|lectures?|breakfast|lunch|dinner|supper|dark|sunset|werk|ontbijt|avondeten|eten|college"
    r"|(?:next )?(?:meeting|call|appointment|shift|dentist|(?<=my )train|bus|kids?|baby"
    r"|afspraak|vergadering|trein|kinderen)"
    r"|(?:i|we|ik) (?:leave|head out|go out|have|need|must|'ve|gotta|moet|weg|ga|de|het|naar)(?: got)?(?: to)?)\b"
)
_HARDLY_A_WORD = re.compile(
    r"\W*(?:(?:an?|my|just|only|quick|easy|short|little|i|i've|have|got|maybe|about|run|ride|session|workout|swim|training|een|ik|heb)\W+)*"
)
_HOW_LONG = re.compile(
    r"\b(?:how (?:long(?: before| after)?|many (?:minutes|hours))|hoe ?lang|hoeveel (?:minuten|uur))"
    r"\s(?:should|is|must|do|does|can|could|would|will|are"
    r"|moet|is|duurt|mag|kan)\b[^.!?\n]*\Z"
)
_ADDS = re.compile(r"\b(?:add|adding|tack|put|voeg|plak|tel)\b[\w' ]*\Z")
_ADDED_TO = re.compile(r"\A\s+(?:on ?)?(?:to|onto|toe|aan)\b|\A\s*(?:more|extra)?\s*(?:please|pls|graag)?\s*\Z")
_FOR = re.compile(
    rf"{phrase_source(_W['can_train'])}\s+during\s+\Z"
    r"|\ban? (?:\w+ )?(?:session|training|workout|run|ride|walk|swim) from\s+\Z"
)
_ASKS_IF = re.compile(
    r"\A\W*(?:and |so |or |but )?(?:what |how (?:much|many) \w+ )?(?:is|are|would|isn't|aren't|zijn|do|does|will)\s+"
    r"(?:about |just |only |an? |\d )?\Z"
)
_TO_BE_DONE = re.compile(r"\b(?:be|get|have) (?:it |this |everything )?(?:finished|completed)\b")
_JUDGED, _PERFECT = phrases(_W["judged"]), phrases(_W["perfect"])
_WHY, _WHY_NOT = phrases(_W["why"]), phrases(_W["why_not"])


def clause(text: str, start: int, end: int) -> tuple[int, int]:
    """The bounds of the clause around text[start:end]."""
    left = max(0, start - _LOOK_BACK)
    cuts = [match.end() for match in _CLAUSE.finditer(text, left, start)]
    after = _CLAUSE.search(text, end, end + _LOOK_BACK)
    return (cuts[-1] if cuts else left), (after.start() if after else min(len(text), end + _LOOK_BACK))


def counts(text: str, span: Span) -> bool:
    """Whether the mention is a time to train, now or later."""
    left, right = clause(text, span.start, span.end)
    before, after = text[left : span.start], text[span.end : right]
    refused = bool(
        is_planned(before, text[span.end : span.end + _LOOK_BACK])
        or _ruled_out_before(before, after)
        or _ruled_out_after(before, after)
        or _is_piece(after, span)
        or _is_past(before, after)
        or _is_other_matter(text[max(0, span.start - _LOOK_BACK) : span.start], before, after, span)
    )
    return not refused


def _ruled_out_before(before: str, after: str) -> bool:
    if is_anothers(before):
        return True
    if _AT_MOST.search(before) or _FOR.search(before):
        return False
    if _WHY.search(before) and not _WHY_NOT.search(before) and not _WHILE_I_HAVE.search(before):
        return True
    if (_RACE_IN.search(before) or _GOAL.search(before)) and (_RACE.search(before) or _RACE.search(after)):
        return True
    if _START_IN.search(before):
        return not (_DONE_IN.search(before) or _IN_ALL.search(after))
    return _NOT_BEFORE.search(before) is not None


def _ruled_out_after(before: str, after: str) -> bool:
    if _AROUND_EVENT.search(after):
        gap = _HARDLY_A_WORD.fullmatch(before) and _DAILY.search(after)  # "30 mins before work, build me something"
        return not gap and not AVAILABLE.search(before)
    if _ELAPSED.search(after) and not AVAILABLE.search(before):
        return True
    if _NOT_AFTER.search(after) and not _AT_A_BREAK.search(after):
        return True
    if _ADDS.search(before) and _ADDED_TO.search(after):
        return True
    return bool(_ASKS_IF.search(before) and _JUDGED.search(after))


def _is_piece(after: str, span: Span) -> bool:
    return span.minutes <= PIECE_MINUTES and bool(_PIECES.search(after)) and not _WHOLE.search(after)


def _last(pattern: re.Pattern[str], text: str) -> int:
    return max((match.start() for match in pattern.finditer(text)), default=-1)


def _is_past(before: str, after: str) -> bool:
    """A word of the past in the clause, unless the athlete then says what there is now.

    A Dutch participle after the mention makes its "heb" a past: "heb een uur getraind".
    """
    if _PERFECT.search(after):
        return True
    before = _TO_BE_DONE.sub("#", before)
    past, now = _last(_PAST, before), _last(OFFER, before)
    return (past >= 0 or bool(_PAST.search(after))) and now <= past


def _is_other_matter(look_back: str, before: str, after: str, span: Span) -> bool:
    if _HOW_LONG.search(look_back) and not OFFER.search(before):
        return True
    if _last(OFFER, before) < _last(_LENGTH, before):
        return True
    matter = _last(_MATTER, before)
    if matter >= 0 and _last(OFFER, before) <= matter:
        return True
    # "I want to run 45 minutes after my commute" is no commute.
    if matter < 0 and _MATTER.search(after) and not (OFFER.search(before) and _AROUND_EVENT.search(after)):
        return True
    earlier = _last(_MATTER, look_back)
    return earlier >= 0 and span.minutes >= NIGHT_MINUTES and _last(OFFER, look_back) <= earlier

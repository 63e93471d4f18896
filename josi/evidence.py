"""What the message and its CONTEXT prove: the sport that is meant, and the numbers that were said.

The current message beats CONTEXT, CONTEXT beats MEMORY, and without any of them nothing is assumed.
"""

import re

from josi.context import Context, canonical_sport
from josi.duration_lookalikes import blank
from josi.duration_spans import HOUR, spans
from josi.numbers import digits
from josi.sports import rejected_in, sports_in
from josi.text import phrase_source, phrases, plain, word_list

_PRIMARY = re.compile(r"^\s*(?:primary|main|favou?rite) sport\s*(?::|is)\s*(.+)$", re.IGNORECASE)
_CLAUSE = re.compile(r"[,;.]\s|\b(?:and|but|en|maar|while|terwijl)\b", re.IGNORECASE)
_SAID = re.compile(r"[,;.!?\n]\s|\b(?:and|but|so|en|maar|dus)\b")
_WITH_ME = re.compile(r"\b(?:i|i'm|me|we|us|our|my (?:own|training|session|run|ride)|ik|mij|wij|ons|samen|together)\b")
_WORDS = word_list("memory")
_SOMEONE_ELSE = re.compile(
    rf"\A\W*(?:{phrase_source(_WORDS['determiners'])}\s+)?(?:[\w-]+\s+)?{phrase_source(_WORDS['someone_else'])}"
)
_JOB = phrases(_WORDS["job"])
_NUMBER = re.compile(r"\d{1,4}")
_PARTS = re.compile(r"[,;.!?\n](?!\d)|\b(?:and|but|so|en|maar|dus)\b")
# A number in a clause of these, or right after or before one, is no number of minutes.
_OTHER_MATTER, _COUNTED = phrases(word_list("durations")["bare_never"]), word_list("memory")
_NUMBERED = re.compile(
    rf"{phrase_source(_COUNTED['numbered'])}[\s:#=]*\d[\d.,]*+|\d[\d.,]*+[\s-]*{phrase_source(_COUNTED['counted'])}"
)
# A number of these is no number of minutes.
_OTHER_UNIT = re.compile(
    # Bounded and without going back: a list of numbers can be read in endless ways.
    r"(?<![\d.,])(?:\d[\d.,]{0,11}+\s?-?\s?){1,8}+(?:km|kms|k|kilomet\w*|m|met(?:er|re)s?|mi|miles?|mijl|kg|kilos?|lbs?|w|watts?|bpm|%|rpm|cm|kcal"
    rf"|{HOUR}|days?|dag|dagen|weeks?|weken|months?|maand|maanden|years?|jaar|secs?|seconds?|seconden)\b"
)


def known_sport(written: str | None, message: str, context: Context) -> str | None:
    """The sport the athlete means, or None when nothing names one.

    `written` is what the model wrote; it decides only between sports that the evidence leaves open.
    """
    named = sports_in(message)
    if named and not sports_in(_own_words(message)):
        named = []  # "my husband is out cycling, give me a workout"
    if named:
        return written if written in named else named[0]
    refused = rejected_in(message)
    spoken = _history_sports(context)
    if written in spoken and written not in refused:
        return written
    ranked = [context.sport, _memory_sport(context, written), *spoken, _session_sport(context)]
    return next((sport for sport in ranked if sport and sport not in refused), None)


def sports_in_evidence(message: str, context: Context) -> set[str]:
    """Every sport that the message or its context names in any way."""
    texts = [message, context.session, context.workout, *map(_own, context.memory)]
    texts += [said for _, said in context.history]
    found = {sport for text in texts for sport in sports_in(text)}
    return found | ({context.sport} if context.sport else set()) | set(rejected_in(message))


def says_number(value: int, *texts: str) -> bool:
    """Whether a number of minutes occurs in any of `texts`: as digits, in words, or as hours; not as a pace, a time of
    day, a distance, a heart rate, an age or a count."""
    for text in texts:
        read = blank(digits(plain(text)))
        clauses = (part for part in _PARTS.split(_OTHER_UNIT.sub("#", read)) if not _OTHER_MATTER.search(part))
        bare = (number for part in clauses for number in _NUMBER.findall(_NUMBERED.sub("#", part)))
        if value in map(int, bare) or any(span.minutes == value for span in spans(read)):
            return True
    return False


def _history_sports(context: Context) -> list[str]:
    """Sports the athlete named in the conversation, the latest turn first."""
    turns = [_own(said) for role, said in reversed(context.history) if role == "user"]
    return list(dict.fromkeys(sport for said in turns for sport in sports_in(said)))


def _memory_sport(context: Context, written: str | None) -> str | None:
    for fact in context.facts:
        primary = _PRIMARY.match(fact)
        if primary:
            return canonical_sport(primary[1])
    named = {sport for fact in (*context.facts, *context.patterns) for sport in sports_in(_own(fact))}
    if written in named:
        return written
    return named.pop() if len(named) == 1 else None


def _own(fact: str) -> str:
    """A remembered fact without what it says of somebody else or of the athlete's job."""
    return " , ".join(part for part in _CLAUSE.split(fact) if not _is_no_training(plain(part)))


def _own_words(message: str) -> str:
    """The message without the clauses that are about somebody else and not about the athlete as well."""
    parts = _SAID.split(plain(message))
    return " , ".join(part for part in parts if not _SOMEONE_ELSE.search(part) or _WITH_ME.search(part))


def _is_no_training(clause: str) -> bool:
    return bool(_SOMEONE_ELSE.search(clause) or _JOB.search(clause))


def _session_sport(context: Context) -> str | None:
    named = sports_in(f"{context.session}\n{context.workout}")
    return named[0] if len(named) == 1 else None

"""Lengths of other sessions than the one to train: planned and to be changed, exchanged, asked about, another's."""

import re

from josi.text import phrase_source, word_list

_W = word_list("durations")
# "What does the 45 minute run do for me?", "Should a recovery run be longer than 40 minutes?": a session asked about.
_OF_A_SESSION = re.compile(
    r"\A\W*(?:and |so |but |hey |hi )?(?:what|how|wat|hoe)\b[^.!?]*"
    r"\b(?:the|my|that|those|these|today's|tomorrow's|de|het|mijn|die)"
    r"\s+\Z"
    r"|\b(?:use|point|purpose|benefit|value|sense|nut|zin|doel) (?:of|in|van) (?:an?|the|my|een|de|het|mijn)\s"
    r"(?:\w+ (?:van|of) )?\Z"
    r"|\b(?:use|point|purpose|benefit|nut|zin|doel) (?:of|van) (?:doing |only |just )?\Z"
    r"|\A\W*(?:and |so |but )?(?:do|must|does) (?:i|you|we|one) (?:really |always )?(?:need|have) to\b[^.!?]*\Z"
    r"|\A\W*hoe \w+ (?:is|zijn) (?:een|de|het|mijn)\b[^.!?]*\Z"
    rf"|\A\W*(?:and |so |but )?(?!do the \d)(?:should|must|do|does|moet|moeten) {phrase_source(_W['anyones'])}"
)
# "How much water do you need on a 2 hour ride?": a session in general.
_NEEDED_ON = re.compile(
    r"\b(?:how (?:much|many)|hoeveel)\b[^.!?]*\b(?:on|in|during|for|before|after|over|per|op|tijdens|voor|na|bij)"
    r" (?:an?|een)(?: \w+ (?:of|van))? \Z"
)
# "How many calories do I burn in 45 minutes?"
_HOW_MUCH = re.compile(
    r"\b(?:how (?:much|many)|hoeveel) (?:calor\w+|kcal|carbs?|carbohydrates?|koolhydraten|water|fluids?|vocht|gels?"
    r"|sugar|suiker|salt|zout|fat|vet|sweat|zweet|energy|energie)\b[^.!?]*\Z"
)
# "You set me a 45 min ride": the plan's; "could you set me …" is a wish.
_SET_FOR_ME = re.compile(
    r"(?<!can )(?<!could )(?<!would )(?<!will )(?<!if )(?<!that )(?<!please )\byou (?:set|put|have|had) me\b"
    r"(?: (?:an?|at|on|in|down|for|do|doing|running|riding|run|ride))*\s\Z"
)
# "The 90 minute ride on Saturday, move it", "sla de training van 60 minuten over": the session that is planned.
_PLANNED = re.compile(
    r"\b(?:the|my|our|that|this|de|het|mijn|mn|die|deze|\w+'s|(?:today|tomorrow|tonight)s)\s(?:planned |geplande )?\Z"
    r"|\b(?:de|het|mijn|mn|die|deze) (?:geplande )?\w+ van (?:vandaag van |morgen van )?\Z"
)
_CHANGED = re.compile(rf"\b{phrase_source(_W['changed'])}\Z")
_CHANGED_AFTER = re.compile(rf"\A[\s-]*{phrase_source(_W['changed_after'])}\b")
_MOVED = re.compile(
    r"\A[^!?\n]{0,80}\b(?:move|skip|swap|push|shift|cancel|postpone|reschedule|drop|ditch|delay|verzet|verplaats|schuif|sla)"
    r" (?:it|that|them|die|hem)\b"
)
_EXCHANGED = re.compile(
    r"\b(?:swap|switch|exchange|trade|ruil|wissel)\b[^.!?\n]*"
    r"\b(?:and|with|for|en|met|voor) (?:the |my |that |de |mijn |het |\w+'s )\Z"
)
_STARTS_IN = re.compile(
    r"\b(?:starts?|starting|begins?|beginning|begint|start(?:en)?|leave|leaving|leaves|vertrek\w*|ready|home|due"
    r"|kickoff|gun goes)"
    r" (?:off )?(?:in|over|within|binnen) (?:about |ongeveer )?\Z"
)
_COMPARED = re.compile(
    r"\A\W*(?:is|are|zijn)\b.*\b(?:as \w+ as|better than|worse than|(?:the same|equal|similar) (?:as|to)|beter dan"
    r"|even \w+ als)\s+\Z"
)
_OTHERS = (_EXCHANGED, _OF_A_SESSION, _NEEDED_ON, _HOW_MUCH, _SET_FOR_ME, _STARTS_IN, _COMPARED)


def is_anothers(before: str) -> bool:
    """Whether the words before a mention, in its clause, make it the length of another session."""
    return any(words.search(before) for words in _OTHERS)


def is_planned(before: str, after: str) -> bool:
    """Whether the mention, between these words, is the length of a planned session that is to be changed or dropped."""
    planned = _PLANNED.search(before)
    return planned is not None and bool(
        _CHANGED.search(before, 0, planned.start()) or _CHANGED_AFTER.search(after) or _MOVED.search(after)
    )

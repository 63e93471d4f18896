"""Whether the athlete is ill now: by the contract that is a change of plan of its own kind, and no red flag.

Asked only where the model has read a change, an alarm or nothing at all; so a sign is enough, unless it is an idiom,
denied, another's, over, or a mere possibility. The lists are `josi/data/illness.toml`.
"""

import re

from josi.spelling import Spelling
from josi.text import phrase_source, phrases, pieces, plain, word_list

_DATA = word_list("illness")
_PEOPLE = word_list("red_flags")
_SPELLING = Spelling(_DATA["vocabulary"], _DATA["real_words"])
_SENTENCE = re.compile(
    r"[.!?;\n]+(?!\d)|\s(?:but|maar)\s"
    r"|\s(?:(?:and|en) )?(?=(?:now (?:i|it|we|my)|nu (?:ben|heb) ik)\b)"
)
_SIGNS = phrases(_DATA["signs"], _DATA["diseases"], _DATA["symptoms"])
_IDIOMS, _NOT_NOW = phrases(_DATA["idioms"]), phrases(_DATA["not_now"])
_OTHERS, _SELF = phrases(_DATA["others"], _PEOPLE["others"]), phrases(_PEOPLE["self"])
_DROPS, _EASES = phrases(_DATA["drops"]), phrases(_DATA["eases"])
_DENIAL = phrases(_DATA["denial"])
_FILLERS = rf"(?:[\s-]+{phrase_source(_DATA['denial_fillers'])}){{0,3}}"
_DENIED = re.compile(rf"{phrase_source(_DATA['denial'])}{_FILLERS}[\s-]*\Z")
_STILL = phrases(_DATA["still"])
# "Sick. Cancel": a message or sentence that is nothing else; "Sick!" is praise.
_ALONE = re.compile(
    r"(?:\A|[.?;\n]\s*)(?:(?:so|still|just|really|too|both) )?(?:sick|ill|poorly|unwell|nauseous)"
    r"\s*(?:[.;\n]|\Z|,\s*(?:no|not|can|skip|cancel|sorry|move|need|so|won't|staying|in bed|please|pls)\b)"
)
_SOURCE = re.compile(r"\b(?:from|off|by|thanks to|courtesy of|van|door|dankzij) \Z")
_ME_TOO = re.compile(
    r"\b(?:(?:me|i) and (?:my|the)|me (?:too|included|as well)|(?:and|including|also|now) me"
    r"|my turn|i (?:have|got|caught) it|i've got it"
    r"|and i (?:both|have|are|all)|so (?:do|have|am) i|same here|ik ook|mij ook|mijn beurt|aan de beurt)\b"
)
_WELL_AGAIN = re.compile(
    r"\b(?:i'?m|i am|am|feel|feeling|all|much|ben|voel me|now) (?:\w+ ){0,2}"
    r"(?:fine|good|great|healthy|ok|okay|better|recovered|fit) (?:now|again)\b"
    r"|\bnow (?:i'?m|i am|i feel|feeling) (?:\w+ )?"
    r"(?:fine|good|great|healthy|ok|okay|better|recovered|fit)\b"
    r"|\bweer (?:\w+ )?(?:fit|beter|gezond|de oude|okay|ok|hersteld)\b"
)
_NOT_YET = re.compile(r"\b(?:still|nog|not|niet)\b")
# A question that anybody could ask, up to a comma or a reason.
_GENERAL = re.compile(
    r"\A\W*(?:hey |hi |hoi |so |and |or )?(?:(?:can|could|should|may|must) (?:i|you|one|people|we|athletes|runners)"
    r" (?!skip|move|cancel|have|get|take|swap|postpone|push|rest|drop|reschedule)"
    r"|is it|is|are|does|do|did|what|how|why|which|when"
    r"|(?:mag|kan|moet|zou) (?:je|men|ik|jij)|hoe|wat|waarom|is het|helpt)\b"
    r"(?![^,;]*(?:,|\b(?:because|due|since|want|omdat"
    r"|with (?:this|my)|met (?:deze|mijn|die)|i'm|i am|i have|i've|my|this|ik heb|ik ben"
    r"|deze|mijn)\b))[^,;]*\Z"
)
# The same after its occasion: "with a cold, what do most athletes do?".
_ANYBODYS = re.compile(
    r"\A\W*(?:(?:hey|hi|hoi|so|and|or|but|en|of) )?"
    r"(?:(?:with|for|from|at|after|during|in|met|vanaf|bij|na|voor)\b[^,;]{1,60}?,?\s)?"
    r"(?:can|could|should|may|must|would|will|do|does|is|are|what|how|which|when|who|why|mag|mogen|kan|kun|kunnen|moet|moeten|zou|hoe|hoeveel|wat"
    r"|welke|wanneer|wie|waarom|sport|train|loop)\b(?! (?:now|nu|to do|te doen)\b)"
)
_OWN_WORD = re.compile(
    r"\b(?:i|i'm|im|i've|ive|i'd|me|my|mine|myself|we|our|us|this|ik|mij|mijn|m'n|wij|ons|deze|dit|it)\b|[,;]\s*(?:\w+\s*){1,4}\Z"
)
_PLEASE = re.compile(
    r"\b(?:skip|move|cancel|change|swap|postpone|push|drop|reschedule|adapt|adjust|verzet|verschuif|schrap|please|pls)\b"
)
# "Does a cold mean no run? I've got one."
_HAVE_IT = re.compile(
    r"\b(?:(?:i|i've|i have|ive)(?: just| now| also)? (?:got|caught|have|had) (?:it|one|that)(?! (?:in|all|on|to)\b)"
    r"|i(?:'ve| have) (?:it|one)(?! (?:in|all|on|to)\b)"
    r"|mine (?:is|reads|was)|(?:asking|ask) because (?:i|mine)"
    r"|ik heb (?:het|er een|er (?:nu )?een|(?:nu )?3[789]|het zelf))\b"
)
_NAMED = re.compile(r"\b(?:cold|colds|bug|temperature|fever|flu|virus)\b")
_OF_MINE = re.compile(r"(?:(?<=\w)|\A) (?:van (?:mij|me|ons|mijn)|of (?:mine|ours))(?!\w)(?! \w+ (?:heb|ben)\b)")
_LOOK_BACK = 120  # letters; keeps the work linear on messages of any length


def is_ill(message: str) -> bool:
    """Whether `message` says that the athlete has an illness now."""
    read = _IDIOMS.sub("#", _SPELLING.mend(plain(message)))
    if _WELL_AGAIN.search(read) and not _NOT_YET.search(read):
        return False
    if _HAVE_IT.search(read) and any(
        _is_anybodys(part) and (_SIGNS.search(part) or _NAMED.search(part)) for part in _SENTENCE.split(read) if part
    ):
        return True
    sentences = (piece for part in _SENTENCE.split(read) if part for piece in pieces(part))
    return bool(_ALONE.search(read)) or any(map(_tells, sentences))


def meant_by_idiom(message: str) -> str | None:
    """The replan type that is meant where the only illness in `message` is an idiom: "sick of the rain, skip today".

    None where there is no idiom, an illness as well, or no word of what is wanted.
    """
    read = _SPELLING.mend(plain(message))
    if not _IDIOMS.search(read) or is_ill(message):
        return None
    if _DROPS.search(read):
        return "skip_today"
    return "reduce_intensity" if _EASES.search(read) else None


def _tells(sentence: str) -> bool:
    if any(_is_own(sentence, match) for match in _STILL.finditer(sentence)):
        return True
    if _NOT_NOW.search(sentence) or _GENERAL.search(sentence) or _is_anybodys(sentence):
        return False
    return any(not _is_denied(sentence, match) and _is_own(sentence, match) for match in _SIGNS.finditer(sentence))


def _is_anybodys(sentence: str) -> bool:
    general = _GENERAL.search(sentence) or (_ANYBODYS.match(sentence) and not _OWN_WORD.search(sentence))
    return bool(general and not _PLEASE.search(sentence))


def _is_denied(sentence: str, sign: re.Match[str]) -> bool:
    return bool(_DENIED.search(_before(sentence, sign)) or _DENIAL.search(sign[0]))


def _is_own(sentence: str, sign: re.Match[str]) -> bool:
    """Whether the athlete is the one with the sign: nobody else is named before it, or the athlete is as well."""
    before = _before(sentence, sign)
    others = [match.end() for match in _OTHERS.finditer(before) if not _SOURCE.search(before, 0, match.start())]
    if not others or _SELF.search(_OF_MINE.sub("", before[others[-1] :])) or _SELF.search(sign[0]):
        return True
    return bool(_ME_TOO.search(sentence))


def _before(sentence: str, sign: re.Match[str]) -> str:
    return sentence[: sign.start()][-_LOOK_BACK:]

"""Medical red flags in a message, by rule: a symptom that is neither an idiom, denied, cleared, nor
another's.

A missed symptom is worse than a false alarm, so what excuses a symptom has to stand close to it, and words
that say it happens now ("again", "still", "today") overrule that it was long ago or is cleared. The lists are
`josi/data/red_flags.toml`.
"""

import re

from josi.spelling import Spelling
from josi.text import phrase_source, phrases, plain, word_list

_DATA = word_list("red_flags")
_NEAR_WORDS = 6
_LOOK_BACK = 120  # letters; keeps the work linear on messages of any length
_GAP = rf"(?:[\s,.:/'-]+[\w']+){{0,{_NEAR_WORDS}}}?[\s,.:/'-]+"
_SPELLING = Spelling(_DATA["vocabulary"], _DATA["real_words"])
_GOES_ON = "".join(rf"(?<!\b{verb})" for verb in _DATA["goes_on"])
_SENTENCE = re.compile(rf"[.!?;\n]+(?!\d)|\s(?:but|however)\s|{_GOES_ON}\smaar\s")
_CONTRACTED = re.compile(rf"\b({'|'.join(_DATA['contracted'])})'s\b")
_MY = re.compile(r"\b(?:m'n|mn|mijne)\b")
_STRETCHED = re.compile(r"([a-z])\1{2,}")  # "dizzzzy"
_IDIOMS = phrases(_DATA["idioms"])
# "The old barn collapsed": a thing or another person at the head of the clause, no part of the body.
_THING_FELL = re.compile(
    r"(?:\A|[,:(]\s*|\b(?:because|and|but|that)\s)(?:my|the|our|a|an|this|that|his|her|their)\s"
    r"(?:(?!(?:i|and|then|in|on|at|of|after|was|me|legs?|knees?|body)\b)[\w'-]+\s){0,2}"
    r"(?!(?:i|legs?|knees?|body|lungs?|and|then|just|almost|nearly|was|me|suddenly|race|run|ride|session)\b)[\w'-]+\s"
    r"(?:(?:has|have|had|is|just|nearly|almost|completely|totally)\s)*collaps(?:e|es|ed|ing)\b"
    r"|(?:\A|,\s*)(?:mijn|de|het|onze|een)\s(?!benen\b|knieen\b|lichaam\b)\w+(?:\s\w+){0,2}?"
    r"\s(?:is|was|zakte|zakten)\s(?:\w+\s){0,4}(?:in elkaar|ingestort)"
)
_FILLERS = phrase_source(_DATA["denial_fillers"])
_DENIED = re.compile(
    rf"(?P<word>{phrase_source(_DATA['denial'])})(?!\s+{phrase_source(_DATA['no_denial'])})"
    rf"(?:[\s-]+{_FILLERS}){{0,4}}(?:[\s,]+[\w', ]{{2,60}}?[\s,]+(?:or|nor|of))?(?:[\s-]+{_FILLERS})?[\s-]*\Z"
)
_LIST_START = re.compile(rf"{phrase_source(_DATA['denial'])}(?:[\s-]+{_FILLERS}){{0,4}}(?:\s+[\w' ]{{2,40}},)+\s*\Z")
_LIST_END = re.compile(r"\A(?:,?\s+[\w']+){0,4},?\s+(?:or|nor|of)\s")
_DENIED_AFTER = re.compile(rf"\A[\s,:=-]*{phrase_source(_DATA['denial_after'])}[\s]*(?:\Z|[,.!])")
_LISTED_NO = re.compile(r"\A\s*[:=]\s*no[\s]*(?:\Z|[,.!])")  # "chest pain: no"
_LIKE_NEVER = re.compile(rf"\A(?:\s+[\w']+){{0,3}}?\s+{phrase_source(_DATA['like_never'])}")
_ONLY_THEN = re.compile(r"\s*(?:at rest|in rest|on the flat|when|while|if|unless|except|until)\b")
_OF_MINE = re.compile(r"\b(?:van (?:mij|me|ons)|of (?:mine|ours))\b")
_FELL = re.compile(r"\bcollaps|in elkaar")
# "My chest does not hurt", but it may at another time.
_DENIED_INSIDE = re.compile(
    r"\b(?:no longer|(?:does|did|do|is)(?: not|n'?t))\s(?:\w+\s)?"
    r"(?:hurt|hurts|hurting|ache|pain|painful|tight|racing|pounding|skipping|heavy)\Z"
)
_NEGATION = phrases(_DATA["negation"])
_OTHERS, _SELF, _NOW = phrases(_DATA["others"]), phrases(_DATA["self"]), phrases(_DATA["now"])
_CLEARED, _CARER, _SETTLED = (phrases(_DATA[name]) for name in ("cleared", "carer", "settled"))
_LONG_AGO, _GENERAL = phrases(_DATA["long_ago"]), phrases(_DATA["general"])
_FINE_NOW, _HYPOTHETICAL = phrases(_DATA["fine_now"]), phrases(_DATA["hypothetical"])
_EFFORT, _AT_REST = phrases(_DATA["effort"]), phrases(_DATA["at_rest"])
_MAYBE_EFFORT, _NEVER_EFFORT = phrases(_DATA["effort_symptoms"]), phrases(_DATA["never_effort"])
_BENIGN = phrases(_DATA["benign"])
_SORE_CAUSES, _SORE, _NEVER_SORE = (phrases(_DATA[name]) for name in ("sore_causes", "sore_symptoms", "never_sore"))
_NOT_HIT = re.compile(r"\b(?:not|niet|never|didn'?t|nooit)\b")  # "hoofd niet geraakt"
_I_HAVE = re.compile(
    r"\b(?:i have|i've got|i feel|i'm having|i am having|i got|ik heb|ik voel)\b[\w\s']{0,30}\Z"
    r"|\b(?:i|i'm|im|i am|i get|ik|ik ben)(?: (?:nearly|almost|just|bijna))? \Z"
)
_OWN = re.compile(rf"\b(?:my|mijn) (?:[\w']+ )?{phrase_source(_DATA['body'])}")
_IN_MY_BODY = re.compile(r"\A\s+(?:in|on|across|around|behind|in both|down) (?:my|mijn)\b")  # "a clot in my leg"
# A question that anybody could ask: a question's first words, and nothing of the athlete's own in it.
_QUESTION = re.compile(
    r"\A\W*(?:(?:hey|hi|hoi|dag|hallo|so|and|but|also|en|maar|josi|coach|vraagje|question|quick question)\W+)*"
    r"(?:(?:do|does|can|could|will|would|should|is|are|may|might|must|what|which|how|when|hoe|wat|welke|wanneer|zijn|helpt|helpen|geven|geeft"
    r"|veroorzaakt|veroorzaken|kunnen|mogen)\s(?!(?:not|hardly|barely|only|just|still|never|always|feel\w*|hard|harder|difficult|hurt\w*"
    r"|so|very|too|getting|been|chest|heart|pain|breath|it(?! (?:normal|common|usual|dangerous|possible))"
    r"|that|bad|a|amper|nauwelijks|moeilijk|niet|nog|zo)\s)"
    r"|(?:kan|kun|mag|moet|krijg|word|raak|val|zou)\s(?:je|men|iemand|een|mensen|lopers|sporters|renners|de|het|te|koffie|stress|warmte"
    r"|hitte|kou|koude|alcohol|training|sport|lopen|fietsen|sporten|vitamine)\s)"
)
_PERSONAL = re.compile(
    r"\b(?:i|i'm|im|i've|ive|i'd|me|my|myself|mine|we|our|us|this|these|it's"
    r"|ik|'k|mij|mijn|mezelf|wij|ons|deze|dit|so|zo|geen|today|now|again|vandaag|nu|weer)\b"
)
_MINE = re.compile(
    r"\b(?:mine|happened to me|(?:asking|ask) because|i (?:have|had|get|got|feel|felt) (?:it|that|this|them|those)"
    r"|ik heb (?:het|dat|er|dit)|heb ik|overkwam mij|van mij)\b"
)
_ALWAYS = frozenset({"crisis"})
"""Kinds that no excuse weakens."""


def _flag_pattern(flag: dict[str, list[str]]) -> re.Pattern[str]:
    sources = [phrase_source(flag["any"])] if flag["any"] else []
    if flag["part"]:
        part, sign = phrase_source(flag["part"]), phrase_source(flag["sign"])
        sources += [rf"{part}{_GAP}{sign}", rf"{sign}{_GAP}{part}"]
    return re.compile("|".join(sources))


_FLAGS = tuple((str(flag["kind"]), "vague" in flag, _flag_pattern(flag)) for flag in _DATA["flag"])


def detect(text: str) -> str | None:
    """The kind of the first red flag in `text` (`chest_pain`, `heart`, `fainting`, …), or None."""
    read = _MY.sub("mijn", _CONTRACTED.sub(r"\1 is", _SPELLING.mend(_STRETCHED.sub(r"\1\1", plain(text)))))
    cleared = bool(_SETTLED.search(read) or (_CLEARED.search(read) and _CARER.search(read)))
    asks = not _MINE.search(read)
    sentences = _sentences(_IDIOMS.sub(lambda m: "#" * len(m[0]), read))
    for kind, vague, pattern in _FLAGS:
        for sentence in sentences:
            if vague and (_BENIGN.search(sentence) or _NEGATION.search(sentence)):
                continue
            if any(_holds(kind, sentence, match, cleared, asks) for match in pattern.finditer(sentence)):
                return kind
    return None


def _sentences(read: str) -> list[str]:
    return [part for part in _SENTENCE.split(read) if part and part.strip()]


def _holds(kind: str, sentence: str, match: re.Match[str], cleared: bool, asks: bool) -> bool:
    if kind in _ALWAYS:
        return True
    before, after = sentence[: match.start()], sentence[match.end() :]
    if (
        _is_denied(before, after)
        or _is_denied_inside(match[0], after)
        or (kind in ("breathing", "heart") and _is_effort(sentence, match[0]))
    ):
        return False
    if kind == "fainting" and _THING_FELL.search(sentence[: match.end()]) and _FELL.search(match[0]):
        return False
    if kind == "chest_pain" and _is_sore(sentence, match[0]):
        return False
    if _GENERAL.search(sentence) and not _is_mine(before, match[0], after):
        return False
    if asks and _is_anybodys(sentence, before):
        return False
    if _is_anothers(before, match[0]) or (kind == "head_injury" and _NOT_HIT.search(match[0])):
        return False
    happening = bool(_NOW.search(_FINE_NOW.sub("#", _SETTLED.sub("#", sentence))))
    supposed = _HYPOTHETICAL.search(sentence)
    if supposed and supposed.start() < match.start() and not happening:
        return False
    return happening or not (cleared or _LONG_AGO.search(sentence))


def _is_denied(before: str, after: str) -> bool:
    """ "No chest pain" is a denial; "never felt dizzy like this" and "can't run without pain" are not."""
    denied = _DENIED.search(before[-_LOOK_BACK:])
    if denied and denied["word"] in _DATA["without"] and _NEGATION.search(before[: -len(denied[0])]):
        return False
    if denied and _LIKE_NEVER.search(after[:_LOOK_BACK]):
        return False
    if _LIST_START.search(before[-_LOOK_BACK:]) and _LIST_END.search(after[:_LOOK_BACK]):
        return True
    return bool(denied or _DENIED_AFTER.search(after[:_LOOK_BACK]) or _LISTED_NO.search(after))


def _is_denied_inside(symptom: str, after: str) -> bool:
    """ "My chest does not hurt", unless it goes on "at rest" or "unless I run"."""
    return bool(_DENIED_INSIDE.search(symptom) and not _ONLY_THEN.match(after))


def _is_effort(sentence: str, symptom: str) -> bool:
    """Out of breath, or with a pounding heart, in hard work: ordinary."""
    if _NEVER_EFFORT.search(symptom) or not _MAYBE_EFFORT.search(symptom):
        return False
    return bool(_EFFORT.search(sentence) and not _AT_REST.search(sentence))


def _is_sore(sentence: str, symptom: str) -> bool:
    """Chest, ribs or arm sore from weights, a bump or a cough: ordinary, unless it also squeezes or presses."""
    cause = _SORE_CAUSES.search(sentence)
    if not cause or _NEGATION.search(cause[0]) or _NEVER_SORE.search(sentence):
        return False
    return _SORE.search(symptom) is not None


def _is_anybodys(sentence: str, before: str) -> bool:
    """ "Do gels cause palpitations?", and no "what to do, chest pain"."""
    asked = _QUESTION.match(sentence)
    return bool(asked and asked.end() <= len(before) and "," not in before and not _PERSONAL.search(sentence))


def _is_mine(before: str, symptom: str, after: str) -> bool:
    """Whether a symptom in a general question is the athlete's own: "why does my heart skip beats?"."""
    return bool(_I_HAVE.search(before) or _OWN.search(before[-_LOOK_BACK:] + symptom) or _IN_MY_BODY.search(after))


def _is_anothers(before: str, symptom: str) -> bool:
    others = [match.end() for match in _OTHERS.finditer(before)]
    return bool(others) and not _SELF.search(_OF_MINE.sub("", before[others[-1] :] + symptom))

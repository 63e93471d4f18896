"""Medical red flags in a message, by rule: a symptom that is neither an idiom, denied, cleared, nor
another's.

A missed symptom is worse than a false alarm, so what excuses a symptom has to stand close to it, and words
that say it happens now ("again", "still", "today") overrule that it was long ago or is cleared. The lists are
`josi/data/red_flags.toml`.
"""

import re
from collections.abc import Iterator

from josi.spelling import Spelling
from josi.text import phrase_source, phrases, pieces, plain, word_list

_DATA = word_list("red_flags")
_NEAR_WORDS = 6
_LOOK_BACK = 120  # letters; keeps the work linear on messages of any length
_GAP = rf"(?:[\s,.:/'-]++[\w']++){{0,{_NEAR_WORDS}}}?[\s,.:/'-]++"
_SPELLING = Spelling(_DATA["vocabulary"], _DATA["real_words"])
_GOES_ON = "".join(rf"(?<!\b{verb})" for verb in _DATA["goes_on"])
_SENTENCE = re.compile(rf"[.!?;\n]+(?!\d)|\s(?:but|however)\s|{_GOES_ON}\smaar\s")
_CONTRACTED = re.compile(rf"\b({'|'.join(_DATA['contracted'])})'s\b")
_MY = re.compile(r"\b(?:m'n|mn|mijne)\b")
_STRETCHED = re.compile(r"([a-z])\1{2,}")  # "dizzzzy"
_IDIOMS, _SET_ASIDE = phrases(_DATA["idioms"]), phrases(_DATA["set_aside"])
# "The old barn collapsed": a thing or another person at the head of the clause, no part of the body.
_THING_FELL = re.compile(
    r"(?:\A|[,:(]\s*|\b(?:because|and|but|that)\s)(?:my|the|our|a|an|this|that|his|her|their)\s"
    r"(?:(?!(?:i|and|then|in|on|at|of|after|was|me|legs?|knees?|body)\b)[\w'-]+\s){0,2}"
    r"(?!(?:i|legs?|knees?|body|lungs?|and|then|just|almost|nearly|was|me|suddenly|race|run|ride|session)\b)[\w'-]+\s"
    r"(?:(?:has|have|had|is|just|nearly|almost|completely|totally)\s)*collaps(?:e|es|ed|ing)\b"
    r"|(?:\A|,\s*)(?:mijn|de|het|onze|een)\s(?!benen\b|knieen\b|lichaam\b)\w+(?:\s\w+){0,2}?"
    r"\s(?:is|was|zakte|zakten)\s(?:\w+\s){0,4}(?:in elkaar|ingestort)"
)
_HEAD, _NO_SUBJECT = phrase_source(_DATA["head_of_clause"]), phrase_source(_DATA["no_subject"])
# "Some minister fainted", "the server had a stroke": another's whole event, whoever or whatever stands at the head.
_SUBJECT_FELL = re.compile(
    rf"(?:\A\W*|[,:(]\s*|\b(?:because|that|when|and)\s){_HEAD}\s(?:(?!{_NO_SUBJECT})[\w'-]+\s){{1,3}}"
    r"(?:(?:just|nearly|almost|also|already|then|has|have|is|was|are|zijn|heeft)\s){0,3}"
    r"(?:fainted|faints|passe[ds] out|black(?:ed|s) out|keeled over|got concussed|viel (?:\w+ )?flauw|flauw ?gevallen"
    rf"|(?:had|has|got|suffered) an? (?:\w+ )?{phrase_source(_DATA['events'])}"
    rf"|(?:kreeg|krijgt|heeft|had) een (?:\w+ )?{phrase_source(_DATA['events_nl'])})\Z"
)
_CLAUSE = r"(?:\A\W*|[,:(]\s*|\b(?:because|that|when|and|en|want|omdat)\s)"
# "Kid in my class fainted", "the old van wheezes": what stands right before the symptom, at the head of its clause.
_BEING = re.compile(rf"{_CLAUSE}(?:[\w'-]+\s){{0,3}}?{phrase_source(_DATA['beings'])}[\w' -]{{0,60}}\Z")
_THING = re.compile(
    rf"{_CLAUSE}(?:[\w'-]+\s){{0,3}}?{phrase_source(_DATA['things'])}\s"
    r"(?:(?:has|had|have|just|is|was|are|nearly|almost|and|overheats?|keeps?|again|a|an|een|heeft|hebben|kreeg|krijgt|had|weer|helemaal)\s){0,4}\Z"
)
_I = re.compile(r"\b(?:i|i'm|im|i've|me|ik|mij)\b")
_SPEAKER = re.compile(
    r"\A[^\w']*(?:[\w']+\s){0,2}(?:grand\w+|gran|nan|nanny|mum|mom|dad|mother|father|auntie|uncle|opa|oma|mama|papa|bomma|bompa|wife|husband)"
    r"\s(?:here|hier)(?=[,.:;!])"
)  # "grandad here, 71, …"
_HER = re.compile(r"\b(?:her|his|their|haar|hun)\s\Z")
_OF_HIS = re.compile(rf"\A\s+(?:van|had|heeft|kreeg|of)\s+{phrase_source(_DATA['others'])}")
_NOT_BY_OF = ("dizziness", "breathing")  # "duizelig van de kinderen" is the athlete
# "Palpitations? Me? No." Asked and denied, and nothing worse said instead.
_ASKED_NO = re.compile(
    r"(?:\A|(?<=[.!?;,\n]))\s*(?:[\w']+\s){0,2}[\w']+\?\s*(?:(?:me|ik|mij|i)\?\s*)?(?:no|nope|nah|never|nee|neen|nooit)\s*"
    r"(?:\Z|[,.!;](?![^.!?;\n]{0,60}\b(?:more|worse|tight\w*|pressure|heavy|heaviness|but|eerder|erger|druk\w*|maar)\b))"
)
_YOUNG = re.compile(
    r"\b(?:when i was|toen ik)\s(?:six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
    r"|sixteen|seventeen|eighteen|nineteen|acht|negen|tien|elf|twaalf|dertien|veertien|vijftien|zestien|zeventien|achttien|negentien)"
    r"(?!\s(?:k|km|kilomet\w*|m|meters?|min\w*|miles?|sec\w*|hours?|uur|laps?|reps?)\b)"
)
_FAIRGROUND, _TURNED = phrases(_DATA["fairground"]), phrases(_DATA["turned"])
_EXCUSED_WORDS = 15  # of 19 messages that hid a new symptom behind an excuse 18 were longer, of 53 without one 4 were
_CLIPPED = (3, 12)  # words in each sentence, and in all
_FILLERS = phrase_source(_DATA["denial_fillers"])
_LISTED = rf"[\s,]+(?:(?!{phrase_source(_DATA['no_list'])})[\w', ]){{2,60}}?[\s,]+"  # "no dizziness, nausea or"
_DENIED = re.compile(
    rf"(?P<word>{phrase_source(_DATA['denial'])})(?!\s+{phrase_source(_DATA['no_denial'])})"
    rf"(?:[\s-]+{_FILLERS}){{0,4}}(?:{_LISTED}(?:or|nor|of))?(?:[\s-]+{_FILLERS})?[\s-]*\Z"
)
_LIST_START = re.compile(rf"{phrase_source(_DATA['denial'])}(?:[\s-]+{_FILLERS}){{0,4}}(?:\s+[\w' ]{{2,40}},)+\s*\Z")
_LIST_END = re.compile(r"\A(?:,?\s+[\w']+){0,4},?\s+(?:or|nor|of)\s")
_DENIED_AFTER = re.compile(rf"\A[\s,:=-]*{phrase_source(_DATA['denial_after'])}[\s]*(?:\Z|[,.!])")
_LISTED_NO = re.compile(r"\A\s*(?:[:=]\s*)?no[\s]*(?:\Z|[,.!])")  # "chest pain: no"
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
_COMPANY = phrases(_DATA["company"])
_OTHERS, _SELF, _NOW = phrases(_DATA["others"]), phrases(_DATA["self"]), phrases(_DATA["now"])
_CLEARED, _CARER, _SETTLED = (phrases(_DATA[name]) for name in ("cleared", "carer", "settled"))
_RECENT = phrases(_DATA["recent"])
_LONG_AGO, _GENERAL = phrases(_DATA["long_ago"]), phrases(_DATA["general"])
_FINE_NOW, _HYPOTHETICAL = phrases(_DATA["fine_now"]), phrases(_DATA["hypothetical"])
_EFFORT, _AT_REST = phrases(_DATA["effort"]), phrases(_DATA["at_rest"])
_MAYBE_EFFORT, _NEVER_EFFORT = phrases(_DATA["effort_symptoms"]), phrases(_DATA["never_effort"])
_BENIGN = phrases(_DATA["benign"])
_SORE_CAUSES, _SORE, _NEVER_SORE = (phrases(_DATA[name]) for name in ("sore_causes", "sore_symptoms", "never_sore"))
_TENDER = phrases(_DATA["tender"])
_LIKE_A = re.compile(r"\b(?:like|as|als|alsof|gelijk|precies)\s(?:\w+\s){0,2}\Z")
_BUMP, _HARMLESS = phrases(_DATA["bump"]), phrases(_DATA["harmless"])
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
    r"(?:(?:do|does|can|could|will|would|should|is|are|may|might|must|what|which|how|when|hoe|wat|welke|wanneer|zijn|komt|komen|gebeurt|helpt|helpen|geven|geeft"
    r"|veroorzaakt|veroorzaken|kunnen|mogen)\s(?!(?:not|hardly|barely|only|just|still|never|always|feel\w*|hard|harder|difficult|hurt\w*"
    r"|so|very|too|getting|been|chest|heart|pain|breath|it(?! (?:normal|common|usual|dangerous|possible)(?! that))"
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


_FLAGS = tuple(
    (str(flag["kind"]), "vague" in flag, _flag_pattern(flag)) for flag in _DATA["flag"] if "anywhere" not in flag
)
_ANYWHERE = tuple(
    (str(flag["kind"]), phrases(flag["part"]), phrases(flag["sign"])) for flag in _DATA["flag"] if "anywhere" in flag
)


def detect(text: str) -> str | None:
    """The kind of the first red flag in `text` (`chest_pain`, `heart`, `fainting`, …), or None."""
    read = _mended(text)
    cleared = _clears(read)
    asks = not _MINE.search(read)
    turned = _TURNED.search(read) is not None
    sentences = _sentences(
        _ASKED_NO.sub(_hashes, _SET_ASIDE.sub(_hashes, _IDIOMS.sub(_hashes, _SPEAKER.sub(_hashes, read))))
    )
    long_cleared = cleared and _is_long_cleared(sentences)

    def held(kind: str, pattern: re.Pattern[str], sentence: str) -> bool:
        excused = cleared and not (long_cleared and _is_new(sentence))
        return any(_holds(kind, sentence, match, excused, asks, turned) for match in _matches(pattern, sentence))

    for kind, vague, pattern in _FLAGS:
        for sentence in sentences:
            if vague and (_BENIGN.search(sentence) or _NEGATION.search(sentence)):
                continue
            if kind == "head_injury" and _BUMP.search(sentence) and _HARMLESS.search(sentence):
                continue
            if held(kind, pattern, sentence):
                return kind
    for kind, cause, sign in _ANYWHERE:
        if all(any(held(kind, pattern, sentence) for sentence in sentences) for pattern in (cause, sign)):
            return kind
    return None


def is_excused(text: str) -> bool:
    """Whether `text` sounds like a red flag, by a symptom or an idiom made of one, and is nothing but that.

    Only in a short message: a longer one has room for a symptom that no list knows.
    """
    read = _mended(text)
    if len(read.split()) > _EXCUSED_WORDS:
        return False
    sounds = _IDIOMS.search(read) or any(
        pattern.search(sentence) for sentence in _sentences(read) for *_, pattern in _FLAGS
    )
    return bool(sounds) and detect(text) is None


def _clears(text: str) -> bool:
    return bool(_SETTLED.search(text) or (_CLEARED.search(text) and _CARER.search(text)))


def _is_long_cleared(sentences: list[str]) -> bool:
    """Whether all that cleared the athlete is old: "the ECG was fine two years ago"."""
    clear = [part for part in sentences if _clears(part)]
    return bool(clear) and all(_LONG_AGO.search(part) for part in clear)


def _is_new(sentence: str) -> bool:
    return bool(_RECENT.search(sentence)) and not (_SETTLED.search(sentence) or _CLEARED.search(sentence))


def _mended(text: str) -> str:
    return _MY.sub("mijn", _CONTRACTED.sub(r"\1 is", _SPELLING.mend(_STRETCHED.sub(r"\1\1", plain(text)))))


def _matches(pattern: re.Pattern[str], sentence: str) -> Iterator[re.Match[str]]:
    """Every place where the pattern begins to match: "sore, just a weight on my chest" holds another one."""
    match = pattern.search(sentence)
    while match:
        yield match
        match = pattern.search(sentence, match.start() + 1)


def _hashes(match: re.Match[str]) -> str:
    return "#" * len(match[0])


def _sentences(read: str) -> list[str]:
    """The sentences, and, where all are as short as in "Chest? Yes. Hurts.", all of them as one too."""
    parts = [piece for part in _SENTENCE.split(read) if part and part.strip() for piece in pieces(part)]
    each, together = _CLIPPED
    if 1 < len(parts) <= together and all(len(part.split()) <= each for part in parts):
        joined = " ".join(part.strip() for part in parts)
        if len(joined.split()) <= together and not _BENIGN.search(joined) and not _NEGATION.search(joined):
            parts.append(joined)
    return parts


def _holds(kind: str, sentence: str, match: re.Match[str], cleared: bool, asks: bool, turned: bool) -> bool:
    """Whether nothing excuses the symptom; if it `turned` out to be the athlete's now, only hard work does."""
    if kind in _ALWAYS:
        return True
    if turned:
        return kind not in ("breathing", "heart") or not _is_effort(sentence, match[0])
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
    if (
        _is_anothers(before, match[0])
        or _is_clearly_anothers(kind, before, match[0], after)
        or (kind == "head_injury" and _NOT_HIT.search(match[0]))
    ):
        return False
    happening = bool(_NOW.search(_FINE_NOW.sub("#", _SETTLED.sub("#", sentence))))
    supposed = _HYPOTHETICAL.search(sentence)
    if supposed and supposed.start() < match.start() and not happening:
        return False
    if kind == "dizziness" and not happening and _is_for_fun(sentence):
        return False
    return happening or not (cleared or _LONG_AGO.search(sentence) or _YOUNG.search(sentence))


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
    return bool(_SORE.search(symptom) or _TENDER.search(sentence))


def _is_for_fun(sentence: str) -> bool:
    """Dizzy from a fairground or a drink, and no "like on a carousel" or "not hungover"."""
    return any(
        not _LIKE_A.search(sentence[: match.start()]) and not _is_denied(sentence[: match.start()], "")
        for match in _FAIRGROUND.finditer(sentence)
    )


def _is_anybodys(sentence: str, before: str) -> bool:
    """ "Do gels cause palpitations?", and no "what to do, chest pain"."""
    asked = _QUESTION.match(sentence)
    return bool(asked and asked.end() <= len(before) and "," not in before and not _PERSONAL.search(sentence))


def _is_mine(before: str, symptom: str, after: str) -> bool:
    """Whether a symptom in a general question is the athlete's own: "why does my heart skip beats?"."""
    return bool(_I_HAVE.search(before) or _OWN.search(before[-_LOOK_BACK:] + symptom) or _IN_MY_BODY.search(after))


def _is_anothers(before: str, symptom: str) -> bool:
    others = [match.end() for match in _OTHERS.finditer(_COMPANY.sub(_hashes, before))]
    return bool(others) and not _SELF.search(_OF_MINE.sub("", before[others[-1] :] + symptom))


def _is_clearly_anothers(kind: str, before: str, symptom: str, after: str) -> bool:
    """ "Her heart was racing", "the goalie got concussed", "waarom vallen lopers flauw", "trombose had mijn vader"."""
    near = before[-_LOOK_BACK:]
    if _HER.search(near) or _SUBJECT_FELL.search(near + symptom):
        return True
    if kind not in _NOT_BY_OF and _OF_HIS.match(after[:_LOOK_BACK]):
        return True
    if kind == "fainting" and _OTHERS.search(symptom) and not _SELF.search(symptom):
        return True
    if _OWN.search(symptom) or _THING.search(near):
        return not _OWN.search(symptom)
    being = _BEING.search(near)
    return bool(being and not _I.search(being[0] + symptom))

"""Warmth of a coaching text, 1 (hostile) to 5 (warm), from what a reader would point at.

    warmth = 2.4 + address + families + tone - faults, kept within 1..5, then capped

    address    0.4 when the athlete is spoken to ("you", "your", "we", "je")
    families   acknowledge, encourage, together, care, reassure, benefit (see lexicon.toml [warmth]): 0.8 for
               the first one present, 0.6 for the second, 0.4 and 0.2 for two more; repetition within a
               family adds nothing
    tone       0.15 for contractions, 0.1 for one or two exclamation marks, with at least one family present;
               0.2 without one, for ten words or more that talk with the athlete as people do (contractions or
               the particles of lexicon.toml) and have no fault: such a text is neither warm nor cold
    faults     0.4 for each order ("you must"), at most 1.2; 0.9 for each robotic phrase, at most 1.8; 0.6 for
               clipped sentences (under 4.5 words on average, three or more); 0.5 for shouting
    caps       rude: 1.8, less 0.4 for each further hit; robotic: 2.8; no real sentence: 2 (see
               scoring_honesty); under 4 words: 2.5

A plain, correct, impersonal text lands at 2.4 to 2.8, a personal one at 3; one warm gesture brings it over
3.5. The weights are ours: no published scale exists for this; they are checked against hand-written texts in
tests/evals.
"""

import re

from evals import lexicon
from evals.scoring_honesty import is_gaming

LOWEST, HIGHEST = 1.0, 5.0
BASE, ADDRESS, TALK = 2.4, 0.4, 0.2
FAMILIES = (0.8, 0.6, 0.4, 0.2)
_YOU = re.compile(r"\b(?:you|your|yours|yourself|we|us|our|je|jij|jou|jouw|jullie|we|ons)\b")
_CONTRACTION = re.compile(r"\w'(?:s|re|ve|ll|d|m|t)\b")
_SHOUT = re.compile(r"\b[A-Z]{4,}\b")


def warmth(text: str) -> float:
    """The score; an empty text is 1."""
    if not lexicon.words(text):
        return LOWEST
    families = warm_families(text)
    addressed = bool(_YOU.search(lexicon.plain(text)))
    cold = faults(text)
    score = BASE + ADDRESS * addressed + sum(FAMILIES[: len(families)]) - cold
    if families:
        score += 0.15 * bool(_contractions(text)) + 0.1 * (1 <= text.count("!") <= 2)
    elif addressed and not cold and _talks(text):
        score += TALK
    return round(min(HIGHEST, _cap(text), max(LOWEST, score)), 3)


def _talks(text: str) -> bool:
    spoken = _contractions(text) or lexicon.hits("tone", "particles", text)
    return bool(spoken) and len(lexicon.words(text)) >= 10


def _contractions(text: str) -> list[str]:
    return _CONTRACTION.findall(text.replace("’", "'"))


def warm_families(text: str) -> list[str]:
    """The families of warm gestures that the text holds and does not negate."""
    return [key for key in lexicon.groups("warmth") if lexicon.meant("warmth", key, text)]


def faults(text: str) -> float:
    """Points off for orders, robotic phrases, clipped sentences and shouting."""
    orders = len(lexicon.hits("cold", "orders", text))
    robotic = len(lexicon.hits("cold", "robotic", text))
    lengths = [len(lexicon.words(sentence)) for sentence in lexicon.sentences(text)]
    clipped = len(lengths) >= 3 and sum(lengths) / len(lengths) < 4.5
    shouting = text.count("!") > 3 or len(_SHOUT.findall(text)) >= 2
    return min(1.2, 0.4 * orders) + min(1.8, 0.9 * robotic) + 0.6 * clipped + 0.5 * shouting


def _cap(text: str) -> float:
    caps = [HIGHEST]
    if rude := lexicon.meant("cold", "rude", text):
        caps.append(max(LOWEST, 1.8 - 0.4 * (len(rude) - 1)))
    if lexicon.hits("cold", "robotic", text):
        caps.append(2.8)
    if is_gaming(text):
        caps.append(2.0)
    if len(lexicon.words(text)) < 4:
        caps.append(2.5)
    return min(caps)

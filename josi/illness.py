"""Whether the athlete is ill now: by the contract that is a change of plan of its own kind, and no red flag.

Asked only where the model has read a change, an alarm or nothing at all; so a sign is enough, unless it is an idiom,
denied, another's, over, or a mere possibility. The lists are `josi/data/illness.toml`.
"""

import re

from josi.spelling import Spelling
from josi.text import phrase_source, phrases, plain, word_list

_DATA = word_list("illness")
_PEOPLE = word_list("red_flags")
_SPELLING = Spelling(_DATA["vocabulary"], _DATA["real_words"])
_SENTENCE = re.compile(r"[.!?;\n]+(?!\d)|\s(?:but|maar)\s")
_SIGNS, _IDIOMS, _NOT_NOW = phrases(_DATA["signs"]), phrases(_DATA["idioms"]), phrases(_DATA["not_now"])
_OTHERS, _SELF = phrases(_DATA["others"], _PEOPLE["others"]), phrases(_PEOPLE["self"])
_DENIAL = phrases(_DATA["denial"])
_FILLERS = rf"(?:[\s-]+{phrase_source(_DATA['denial_fillers'])}){{0,3}}"
_DENIED = re.compile(rf"{phrase_source(_DATA['denial'])}{_FILLERS}[\s-]*\Z")
_LOOK_BACK = 120  # letters; keeps the work linear on messages of any length


def is_ill(message: str) -> bool:
    """Whether `message` says that the athlete has an illness now."""
    read = _IDIOMS.sub("#", _SPELLING.mend(plain(message)))
    return any(_tells(sentence) for sentence in _SENTENCE.split(read) if sentence and not _NOT_NOW.search(sentence))


def _tells(sentence: str) -> bool:
    return any(_is_own(sentence[: match.start()][-_LOOK_BACK:], match[0]) for match in _SIGNS.finditer(sentence))


def _is_own(before: str, sign: str) -> bool:
    if _DENIED.search(before) or _DENIAL.search(sign):
        return False
    others = [match.end() for match in _OTHERS.finditer(before)]
    return not others or bool(_SELF.search(before, others[-1]) or _SELF.search(sign))

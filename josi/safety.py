"""The text the athlete reads: the Explainer's, governed, unless health comes first.

A red flag overrides everything, as it does for the request (`josi.postprocess`): the answer is then fixed, never
left to what a small model wrote.
"""

import re

from josi.governor import Governed, govern
from josi.red_flags import detect
from josi.text import plain, word_list

_DATA = word_list("safety")
_WORD = re.compile(r"[\w']+")


def athlete_text(raw: str, message: str) -> Governed:
    """What the athlete reads on `message` when the Explainer wrote `raw`.

    The changes are the governor's, or `["red_flag"]` alone where the message holds a red flag.
    """
    if detect(message) is None:
        return govern(raw)
    return Governed(str(_DATA["medical_nl" if is_dutch(message) else "medical_en"]), ["red_flag"])


def is_dutch(message: str) -> bool:
    """Whether more of the message's everyday words are Dutch than English."""
    words = _WORD.findall(plain(message))
    dutch, english = (sum(word in _DATA[name] for word in words) for name in ("dutch", "english"))
    return dutch > english

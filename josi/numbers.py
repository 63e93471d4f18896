"""Number words, English and Dutch, to digits, so that later rules only ever meet digits."""

import re

from josi.text import word_list

_DATA = word_list("numbers")
_EN_UNITS, _NL_UNITS = _DATA["english_units"], _DATA["dutch_units"]
_EN_TENS = {word: 10 * place for place, word in enumerate(_DATA["english_tens"], start=2)}
_EN_TENS |= {word: value for word, value in _DATA["typos"].items() if value >= 20 and value % 10 == 0}
_NL_TENS = {word: 10 * place for place, word in enumerate(_DATA["dutch_tens"], start=2)}


def _words() -> dict[str, int]:
    table: dict[str, int] = {word: value for value, word in enumerate(_EN_UNITS)} | _EN_TENS | _DATA["typos"]
    # Dutch "een" is the article too: rules that want it as a number name it themselves.
    table |= {word: value for value, word in enumerate(_NL_UNITS) if word != "een"} | _NL_TENS
    for ten, tens_value in _NL_TENS.items():
        for value, unit in enumerate(_NL_UNITS[1:10], start=1):
            table[f"{unit}en{ten}"] = tens_value + value
    return table


WORDS = _words()
_TENS = "|".join(_EN_TENS)
_ONES = "|".join(_EN_UNITS[1:10])
_COMPOUND = re.compile(rf"\b({_TENS})[ -]({_ONES})(?:\b|(?=ish))")
_HUNDRED = re.compile(rf"\b(?:(a|one|two|three) )?(?:hundred|honderd)(?:(?: and| en)? ({_TENS}|{_ONES}|\d{{1,2}}))?\b")
_SIMPLE = re.compile(rf"\b({'|'.join(sorted(WORDS, key=len, reverse=True))})(?:\b|(?=ish))")
_HALF_WORDS = (
    (re.compile(r"\bdrie ?kwart(?= ?uur|ier)"), "3 kwart"),
    (re.compile(r"\b(?:anderhalve?|anderhalf)\b"), "1.5"),
    (re.compile(r"\btwee ?en ?(?:een )?halve?\b|\btweeenhalf\b|\btwee en een half\b"), "2.5"),
    (re.compile(r"\bdrie ?en ?(?:een )?halve?\b|\bdrieenhalf\b|\bdrie en een half\b"), "3.5"),
)


def digits(text: str) -> str:
    """`text` (in `josi.text.plain` form) with its number words written as digits: "forty-five" → "45"."""
    for pattern, value in _HALF_WORDS:
        text = pattern.sub(value, text)
    text = _COMPOUND.sub(lambda m: str(WORDS[m[1]] + WORDS[m[2]]), text)
    text = _HUNDRED.sub(_hundred, text)
    return _SIMPLE.sub(lambda m: str(WORDS[m[1]]), text)


def _hundred(match: re.Match[str]) -> str:
    head = 1 if match[1] in (None, "a") else WORDS[match[1]]
    rest = match[2] or "0"
    return str(100 * head + (int(rest) if rest.isdigit() else WORDS[rest]))

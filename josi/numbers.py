"""Number words, English and Dutch, to digits, so that later rules only ever meet digits."""

import re

_EN_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_EN_TENS = dict(
    zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=True)
)
_EN_TYPOS = {
    "fourty": 40,
    "fourtyfive": 45,
    "fortyfive": 45,
    "ninty": 90,
    "fivteen": 15,
    "thrity": 30,
    "twelwe": 12,
}
_NL_UNITS = (
    "nul een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien "
    "zeventien achttien negentien"
).split()
_NL_TENS = dict(
    zip(
        "twintig dertig veertig vijftig zestig zeventig tachtig negentig".split(),
        range(20, 100, 10),
        strict=True,
    )
)


def _words() -> dict[str, int]:
    table = {word: value for value, word in enumerate(_EN_UNITS)} | _EN_TENS | _EN_TYPOS
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
_HUNDRED = re.compile(
    rf"\b(?:(a|one|two|three) )?(?:hundred|honderd)(?:(?: and| en)? ({_TENS}|{_ONES}|\d{{1,2}}))?\b"
)
_SIMPLE = re.compile(rf"\b({'|'.join(sorted(WORDS, key=len, reverse=True))})(?:\b|(?=ish))")
_HALF_WORDS = (
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

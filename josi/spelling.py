"""Misspelt words read as the word they were meant to be, for a small vocabulary that must not be missed."""

import re
from collections.abc import Iterable

LONG = 9  # from here on two slips are forgiven

_WORD = re.compile(r"[a-z]{3,20}")
_SHORTEST = 4  # below, a slip makes another word


class Spelling:
    """Mends single slips (a letter more, less, other, or two swapped) towards `vocabulary`.

    The first letter must be right, and a word in `real_words` is never touched. The Dutch "ij" may be written as "y"
    ("pyn"), as much chat is.
    """

    def __init__(self, vocabulary: Iterable[str], real_words: Iterable[str]) -> None:
        self._words = tuple(vocabulary)
        self._known = frozenset(self._words) | frozenset(real_words)
        self._with_y = {word.replace("ij", "y"): word for word in self._words if "ij" in word}

    def mend(self, text: str) -> str:
        """`text` (in `josi.text.plain` form) with its misspelt key words mended."""
        return _WORD.sub(lambda match: self._one(match[0]), text)

    def _one(self, word: str) -> str:
        if word in self._known:
            return word
        if word in self._with_y:
            return self._with_y[word]
        if len(word) < _SHORTEST:
            return word
        near = (known for known in self._words if known[0] == word[0] and _slips(word, known) <= _allowed(known))
        return next(near, word)


def _allowed(known: str) -> int:
    return 2 if len(known) >= LONG else 1


def _slips(one: str, two: str) -> int:
    """Restricted Damerau-Levenshtein distance, 3 when the lengths alone tell them apart."""
    if abs(len(one) - len(two)) > 2:
        return 3
    before: list[int] = []
    row = list(range(len(two) + 1))
    for i, a in enumerate(one, start=1):
        earlier, before, row = before, row, [i]
        for j, b in enumerate(two, start=1):
            cost = min(before[j] + 1, row[-1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == two[j - 2] and one[i - 2] == b:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
    return row[-1]

"""Exact and near-duplicate detection for training rows.

Two texts are near-duplicates when the Jaccard similarity of their shingle sets is at least `THRESHOLD`.
A shingle is a run of 4 characters of the normalised text (lower case, no punctuation, digits as 0, so the
same sentence with another number, typo or emoji still counts as the same). Characters rather than words,
because athletes' messages are often three or four words long. Jaccard over shingles: Broder, "On the
resemblance and containment of documents" (1997). The sets are small, so the exact value is computed through
an inverted index; no MinHash estimate is needed at these sizes (tens of thousands of rows).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

THRESHOLD = 0.7
SHINGLE = 4

_DIGITS = re.compile(r"\d+")
_NOT_WORD = re.compile(r"[^\w]+")


def normalise(text: str) -> str:
    """Lower case, accents composed, numbers as 0, punctuation and emoji as one space."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return _NOT_WORD.sub(" ", _DIGITS.sub("0", plain)).strip()


def shingles(text: str, size: int = SHINGLE) -> frozenset[str]:
    """The set of `size`-character runs of the normalised text (padded, so that it is never empty)."""
    padded = f" {normalise(text)} ".ljust(size)
    return frozenset(padded[i : i + size] for i in range(len(padded) - size + 1))


def similarity(one: str, other: str) -> float:
    """Jaccard similarity of the two texts' shingles, 0…1."""
    a, b = shingles(one), shingles(other)
    return len(a & b) / len(a | b)


class Index:
    """Texts seen so far; finds whether a new one is a near-duplicate of any of them."""

    def __init__(self, texts: Iterable[str] = (), threshold: float = THRESHOLD) -> None:
        self.threshold = threshold
        self._sizes: list[int] = []
        self._texts: list[str] = []
        self._postings: dict[str, list[int]] = {}
        for text in texts:
            self.add(text)

    def __len__(self) -> int:
        """How many texts were added."""
        return len(self._texts)

    def add(self, text: str) -> None:
        """Remember `text`."""
        runs = shingles(text)
        for run in runs:
            self._postings.setdefault(run, []).append(len(self._texts))
        self._texts.append(text)
        self._sizes.append(len(runs))

    def nearest(self, text: str, but: str | None = None) -> tuple[float, str]:
        """(similarity, text) of the most similar text seen other than `but`, (0.0, "") when nothing shares a
        shingle."""
        runs = shingles(text)
        shared: Counter[int] = Counter()
        for run in runs:
            shared.update(self._postings.get(run, ()))
        scored = ((n / (len(runs) + self._sizes[i] - n), -i) for i, n in shared.items() if self._texts[i] != but)
        score, minus = max(scored, default=(0.0, 0))
        return (score, self._texts[-minus]) if score else (0.0, "")

    def has_near(self, text: str) -> bool:
        """True when a text seen is at least `threshold` similar."""
        return self.nearest(text)[0] >= self.threshold


def near_duplicates(
    train: Iterable[str], val: Iterable[str], threshold: float = THRESHOLD
) -> list[tuple[str, str, float]]:
    """Every (val text, most similar train text, similarity) at or above the threshold."""
    index = Index(train, threshold)
    found = ((text, *index.nearest(text)) for text in val)
    return [(text, other, score) for text, score, other in found if score >= threshold]


def unique(items: Iterable[T], key: Callable[[T], str]) -> list[T]:
    """The items whose normalised key was not seen before, in order."""
    seen: set[str] = set()
    out: list[T] = []
    for item in items:
        mark = normalise(key(item))
        if mark not in seen:
            seen.add(mark)
            out.append(item)
    return out

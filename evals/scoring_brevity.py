"""Brevity of a coaching text, 1 (rambles, or says nothing) to 5 (says it and stops).

    brevity = length - faults, kept within 1..5, then capped

    length     5 up to 60 words, falling evenly to 3.5 at 99 words (the contract's limit is under 100), 2.5
               at 100, and on to 1 at 200
    faults     0.5 for each filler ("basically", "it is important to note"), at most 1.5; 0.4 for an opening
               that does not answer yet; 0.6 for sentences over 24 words on average, 1.2 over 32; 0.8 when
               under 62 % of the content words are different in a text of 30 words or more; 1 for a sentence
               said twice
    caps       under 3 words: 1.5 (nothing is said); under 6: 3; no real sentence: 2 (see scoring_honesty)

Bounds: the contract's 100 words and 3.5 of 5; 24 words a sentence is where plain-language guides draw the
line (GOV.UK: 25).
"""

from collections import Counter
from itertools import pairwise

from evals import lexicon
from evals.scoring_honesty import is_gaming

LOWEST, HIGHEST = 1.0, 5.0
# (words, score): straight lines between.
CURVE = ((0, 5.0), (60, 5.0), (99, 3.5), (100, 2.5), (200, 1.0))


def brevity(text: str) -> float:
    """The score; an empty text is 1."""
    words = lexicon.words(text)
    if not words:
        return LOWEST
    score = _by_length(len(words)) - faults(text)
    return round(min(HIGHEST, _cap(text, len(words)), max(LOWEST, score)), 3)


def faults(text: str) -> float:
    """Points off for filler, a slow opening, long sentences and repetition."""
    sentences = [lexicon.words(sentence) for sentence in lexicon.sentences(text)]
    average = sum(map(len, sentences)) / max(1, len(sentences))
    opening = " ".join(sentences[0]) if sentences else ""
    slow = len(sentences) > 1 and bool(lexicon.hits("brevity", "preamble", opening))
    filler = min(1.5, 0.5 * len(lexicon.hits("brevity", "filler", text)))
    long_winded = 1.2 if average > 32 else 0.6 if average > 24 else 0.0
    return filler + 0.4 * slow + long_winded + 0.8 * _repetitive(text) + 1.0 * _repeats(sentences)


def _by_length(count: int) -> float:
    for (start, high), (end, low) in pairwise(CURVE):
        if count <= end:
            return high + (low - high) * (count - start) / (end - start)
    return LOWEST


def _repetitive(text: str) -> bool:
    words = lexicon.words(text)
    content = [lexicon.stem(word) for word in words if not lexicon.is_function_word(word)]
    return len(words) >= 30 and bool(content) and len(set(content)) / len(content) < 0.62


def _repeats(sentences: list[list[str]]) -> bool:
    return any(count > 1 for count in Counter(tuple(words) for words in sentences if len(words) >= 3).values())


def _cap(text: str, count: int) -> float:
    caps = [HIGHEST]
    if count < 6:
        caps.append(1.5 if count < 3 else 3.0)
    if is_gaming(text):
        caps.append(2.0)
    return min(caps)

"""Does a coaching text answer the message it was given? A rule, not a score.

It answers when it is an honest text, is no echo of the message, does not deflect, and is about the message.
It is about it in one of the ways in which a coach takes a message up:
    * by its subject: they share a content word (stemmed) or a topic of lexicon.toml. Where the message points at
      the session, the readiness or the plan ("why?", "what's on today?"), the CONTEXT block and the engine's
      result count as its subject too;
    * by what follows from it: to a bad day (illness, pain, a short night, tired legs, no motivation) the
      answer is what becomes of training: less, later, or rest;
    * by meeting the person: a statement is met with understanding or praise, and no other subject is opened;
    * by asking back: who wishes for a session is asked which sport, how long, or what is meant;
    * by leading back: a question that has nothing to do with training is led back to it;
    * or the message has no content of its own (a greeting), or one that the lexicon does not know, and the text
      does not wander over two other topics.
A text deflects when it holds a deflecting phrase and no other sentence of six words or more about the
message; a question in return deflects only where the athlete asked for an answer.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evals import lexicon
from evals.scoring_honesty import is_echo, is_gaming
from evals.scoring_warmth import warm_families

# Topics so wide that two texts may both touch them and have nothing in common, or neither and agree.
_WIDE = frozenset({"plan", "time", "mood", "tired", "thanks", "chat", "pace"})
_BAD_DAY = frozenset({"illness", "pain", "sleep", "tired", "mood"})
_CARE = frozenset({"food", "drink", "warmup"})  # what may go with rest
_SUBSTANCE = 6  # words that a sentence needs to say something
_ASKS = re.compile(
    r"^(?:\W*[\w'-]+\W+){0,2}?(?:why|what|how|which|who|where|should|is|are|does|waarom|wat|hoe|welke|wie|waar)\b"
)
_WISHES = re.compile(
    r"^(?:\W*[\w'-]+\W+){0,2}?(?:(?:can|could|will|would|may|kun|kan|wil|mag) (?:you|we|i|je|jij|ik)|"
    r"give|make|plan|build|get|maak|geef)\b"
)
_POINTS = re.compile(r"\b(?:this|that|these|today's|dit|dat|deze)\b")


@dataclass(frozen=True)
class _Ask:
    """What a message wants: the topics and words an answer may take up, and what sort of message it is."""

    topics: frozenset[str]
    words: frozenset[str]
    own: frozenset[str]
    question: bool
    wish: bool

    @property
    def outside(self) -> bool:
        """Whether it asks for something that has nothing to do with training, as far as the lexicon knows."""
        return (self.question or self.wish) and self.own <= {"chat"}

    @property
    def small_talk(self) -> bool:
        return not self.words or (bool(self.own) and self.own <= {"chat", "thanks"})


def problems(text: str, message: str, context: str, gatc_result: Mapping[str, Any] | None = None) -> list[str]:
    """Why the text is no answer to the message; empty when it is one."""
    if is_gaming(text):
        return ["words piled up, no sentence"]
    if is_echo(text, message):
        return ["repeats the message"]
    ask = _asked(message, context, gatc_result)
    if _deflects(text, ask):
        return ["deflects"]
    return [] if _on_topic(text, ask) else ["not about the message"]


def topics(text: str) -> set[str]:
    """The topics of lexicon.toml that a text touches."""
    return {key for key in lexicon.groups("topics") if lexicon.hits("topics", key, text)}


def content(text: str) -> set[str]:
    """The stems of the content words of a text: three letters or more, no function words, no numbers."""
    return {
        lexicon.stem(word)
        for word in lexicon.words(text)
        if len(word) > 2 and not word[0].isdigit() and not lexicon.is_function_word(word)
    }


def _asked(message: str, context: str, gatc_result: Mapping[str, Any] | None) -> _Ask:
    about, words = topics(message), content(message)
    sentences = [lexicon.straight(sentence) for sentence in lexicon.sentences(message)]
    wish = any(_WISHES.search(sentence) for sentence in sentences)
    questions = [part for part in sentences if _ASKS.search(part) or (part.endswith("?") and not wish)]
    # "Just had coffee. What is cadence?" asks about cadence, though an answer may speak of coffee.
    own = topics(" ".join(questions)) or set(about)
    pointing = own <= _WIDE and (own & {"plan", "time", "pace"} or len(words) <= 2)
    if pointing or any(_POINTS.search(part) for part in questions):
        around = " ".join([context, *map(_flat, (gatc_result or {}).values())])
        about, words = about | topics(around), words | content(around)
    return _Ask(frozenset(about), frozenset(words), frozenset(own), bool(questions), wish)


def _flat(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _on_topic(text: str, ask: _Ask) -> bool:
    if not ask.topics and len(ask.words) <= 2 and not ask.question:
        return True
    said = topics(text)
    shared, foreign = ask.topics & said, said - _WIDE - _BAD_DAY - ask.own
    if shared <= _WIDE and ask.own - _WIDE and len(foreign) >= 2:
        shared = frozenset()  # it says "run", as the message does, and speaks of two other things
    return bool(shared or ask.words & content(text) or _taken_up(text, said, ask) or _unknown(said, ask))


def _taken_up(text: str, said: set[str], ask: _Ask) -> bool:
    """The ways of taking a message up without naming its subject."""
    foreign = said - _WIDE - _BAD_DAY - ask.own
    if ask.own & _BAD_DAY and lexicon.hits("answer", "ease", text) and not foreign - _CARE:
        return True
    if not ask.question and not foreign and set(warm_families(text)) & {"acknowledge", "encourage"}:
        return True
    if not ask.question and "?" in text and lexicon.hits("answer", "clarifies", text):
        return True
    return ask.outside and bool(lexicon.hits("answer", "offers", text))


def _unknown(said: set[str], ask: _Ask) -> bool:
    """Where the subject is unknown, only a text that is plainly about other things is off it."""
    return not ask.own - _WIDE and (len(ask.words) <= 2 or len(said - _WIDE) < 2)


def _deflects(text: str, ask: _Ask) -> bool:
    if ask.outside and lexicon.hits("answer", "offers", text):
        return False
    keys = ("deflection", "turned") if ask.question and not ask.small_talk else ("deflection",)
    sentences = lexicon.sentences(text)
    away = [any(lexicon.hits("answer", key, sentence) for key in keys) for sentence in sentences]
    if not any(away):
        return False
    rest = [sentence for sentence, gone in zip(sentences, away, strict=True) if not gone]
    return not any(len(lexicon.words(sentence)) >= _SUBSTANCE and _on_topic(sentence, ask) for sentence in rest)

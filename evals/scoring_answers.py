"""Does a coaching text answer the message it was given? A rule, not a score.

It answers when it is an honest text, is no echo of the message, does not deflect, and is about the same
thing:
    * it shares a content word (stemmed) or a topic of lexicon.toml with the message; or
    * the message is about nothing that the lexicon knows, and the text does not wander over two other topics
      (plans, time, mood, rest and pace are no topics here: everything touches them); or
    * the message points at the session, the readiness or the plan ("why?", "what's on today?"), and the text
      shares content with the CONTEXT block or the engine's result; or
    * the message has no content of its own (a greeting, "thanks!"): any honest text will do.
A text deflects when it holds a deflecting phrase and no other sentence of six words or more about the topic.
"""

from collections.abc import Mapping
from typing import Any

from evals import lexicon
from evals.scoring_honesty import is_echo, is_gaming

# Topics so wide that two texts may both touch them and have nothing in common, or neither and agree.
_WIDE = frozenset({"plan", "time", "mood", "tired", "thanks", "chat", "pace"})
_SUBSTANCE = 6  # words that a sentence needs to say something


def problems(text: str, message: str, context: str, gatc_result: Mapping[str, Any] | None = None) -> list[str]:
    """Why the text is no answer to the message; empty when it is one."""
    if is_gaming(text):
        return ["words piled up, no sentence"]
    if is_echo(text, message):
        return ["repeats the message"]
    about = _about(message, context, gatc_result)
    if not _on_topic(text, about):
        return ["not about the message"]
    named = topics(message)
    small_talk = not content(message) or (bool(named) and named <= {"chat", "thanks"})
    return ["deflects"] if _deflects(text, about, small_talk) else []


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


def _about(message: str, context: str, gatc_result: Mapping[str, Any] | None) -> tuple[set[str], set[str]]:
    """Topics and content words that an answer may take up."""
    own_topics, own_words = topics(message), content(message)
    if not own_words or own_topics & {"plan", "time", "pace"} or len(own_words) <= 2:
        around = " ".join([context, *map(_flat, (gatc_result or {}).values())])
        return own_topics | topics(around), own_words | content(around)
    return own_topics, own_words


def _flat(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _on_topic(text: str, about: tuple[set[str], set[str]]) -> bool:
    wanted_topics, wanted_words = about
    if not wanted_topics and len(wanted_words) <= 2:
        return True
    said = topics(text)
    if wanted_topics & said or wanted_words & content(text):
        return True
    if wanted_topics - _WIDE:
        return False
    # The message's subject is unknown: only a text that is plainly about other things is off it.
    return len(wanted_words) <= 2 or len(said - _WIDE) < 2


def _deflects(text: str, about: tuple[set[str], set[str]], small_talk: bool) -> bool:
    keys = ("deflection",) if small_talk else ("deflection", "turned")
    away = [any(lexicon.hits("answer", key, sentence) for key in keys) for sentence in lexicon.sentences(text)]
    if not any(away):
        return False
    rest = [sentence for sentence, gone in zip(lexicon.sentences(text), away, strict=True) if not gone]
    return not any(len(lexicon.words(sentence)) >= _SUBSTANCE and _on_topic(sentence, about) for sentence in rest)

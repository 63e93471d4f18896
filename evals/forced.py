"""Runs of tokens that a grammar leaves no choice about: keys, punctuation, the tail of an enum value.

They are written without asking the model and read by it in one batch, where they cost a fraction of tokens that come
one by one. llama.cpp's own grammar stays the judge: it admits every token of a run before it is written.
"""

from __future__ import annotations

import codecs

from grammars.automaton import DEAD, Automaton, automaton
from grammars.errors import GbnfError
from line.llama import Model


def forced_runs(model: Model, gbnf: str) -> ForcedRuns | None:
    """What the grammar forces; None where only llama.cpp can read it, so that nothing is known to be forced."""
    try:
        return ForcedRuns(model, automaton(gbnf))
    except GbnfError:
        return None


class ForcedRuns:
    """What a grammar forces, in the tokens of one model; shared by all sequences."""

    def __init__(self, model: Model, rules: Automaton) -> None:
        self.model, self.automaton = model, rules
        self._tokens: dict[tuple[str, bool], list[int]] = {}

    def tokens(self, text: str, *, last: bool) -> list[int]:
        """A forced text as the model would write it.

        Its last token is left to the model unless the answer ends there: it may reach over the end of the text.
        """
        if (text, last) not in self._tokens:
            found = self.model.tokenize(text, special=False)
            self._tokens[text, last] = found if last else found[:-1]
        return self._tokens[text, last]


class Follower:
    """One sequence's place in the automaton."""

    def __init__(self, runs: ForcedRuns) -> None:
        self.runs = runs
        self.state = runs.automaton.start
        self._utf8 = codecs.getincrementaldecoder("utf-8")("strict")

    @property
    def is_over(self) -> bool:
        """Whether the answer is complete and nothing may follow."""
        return self.runs.automaton.is_over(self.state)

    def accept(self, token: int) -> None:
        """Moves on over a token, whoever chose it."""
        if self.state == DEAD:
            return
        try:
            text = self._utf8.decode(self.runs.model.piece(token))
        except UnicodeDecodeError:
            self.state = DEAD
            return
        self.state = self.runs.automaton.step(self.state, text)

    def forced(self) -> list[int]:
        """The tokens that must come next; [] where there is a choice, or within a character."""
        if self.state == DEAD or self._utf8.getstate()[0]:
            return []
        text = self.runs.automaton.forced(self.state)
        if not text:
            return []
        end = self.runs.automaton.step(self.state, text)
        return self.runs.tokens(text, last=self.runs.automaton.is_over(end))

"""The automaton against the sampler, which walks the same rules otherwise, and against llama.cpp."""

import random
from pathlib import Path

import numpy as np
import pytest

from grammars.automaton import DEAD, Automaton, automaton
from grammars.errors import GbnfError
from grammars.sampler import sample
from line.grammar import Grammar
from line.llama import Model

COMMITTED = [Path(__file__).parents[2] / "grammars" / f"gatc_{name}.gbnf" for name in ("decision", "request")]
SMALL = 'root ::= "{" key ":" [0-9]{1,3} "}"\nkey ::= "\\"alpha\\"" | "\\"alpine\\""'


def _forced_after(grammar: Automaton, text: str) -> str:
    return grammar.forced(grammar.step(grammar.start, text))


def test_what_is_forced_is_what_all_continuations_share() -> None:
    grammar = Automaton(SMALL)
    assert _forced_after(grammar, "") == '{"alp'
    assert _forced_after(grammar, '{"alp') == ""
    assert _forced_after(grammar, '{"alph') == 'a":'
    assert _forced_after(grammar, '{"alpine":1') == ""
    assert _forced_after(grammar, '{"alpine":123') == "}"
    assert grammar.is_over(grammar.step(grammar.start, '{"alpine":123}'))
    assert grammar.step(grammar.start, '{"beta') == DEAD


def test_a_text_that_may_end_forces_nothing() -> None:
    grammar = Automaton('root ::= "ab" "c"?')
    assert _forced_after(grammar, "") == "ab"
    assert _forced_after(grammar, "ab") == "" and not grammar.is_over(grammar.step(grammar.start, "ab"))
    assert grammar.is_over(grammar.step(grammar.start, "abc"))


def test_empty_parts_and_nested_repetitions_come_to_an_end() -> None:
    grammar = Automaton('root ::= (("" | "a"*)* "b")+ "c"\n')
    assert () in grammar.step(grammar.start, "aabbabc")
    assert grammar.step(grammar.start, "c") == DEAD
    assert len(_forced_after(Automaton('root ::= "a" root'), "")) == 512


def test_a_broken_grammar_is_named() -> None:
    with pytest.raises(GbnfError):
        automaton('root ::= "a" missing')


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_samples_are_accepted_and_go_on_as_forced(path: Path) -> None:
    gbnf, rng = path.read_text(encoding="utf-8"), random.Random(7)
    grammar = automaton(gbnf)
    for _ in range(200):
        text = sample(gbnf, rng)
        assert () in grammar.step(grammar.start, text)
        at = rng.randrange(len(text))
        assert text[at:].startswith(_forced_after(grammar, text[:at]))
        assert not grammar.is_over(grammar.step(grammar.start, text[:at]))


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_llama_cpp_admits_only_what_is_forced(path: Path, tiny_model: Model) -> None:
    gbnf, rng = path.read_text(encoding="utf-8"), random.Random(11)
    grammar = automaton(gbnf)
    pieces = [tiny_model.piece(token).decode("utf-8", "replace") for token in range(tiny_model.n_vocab)]
    zeros, met = np.zeros(tiny_model.n_vocab, np.float32), 0
    for _ in range(12):
        text = sample(gbnf, rng)
        with Grammar(tiny_model, gbnf) as judge:
            state = grammar.start
            for token in tiny_model.tokenize(text, special=False):
                forced = grammar.forced(state)
                if forced:
                    met += 1
                    for other in np.flatnonzero(np.isfinite(judge.mask(zeros))):
                        admitted = pieces[other]
                        assert admitted.startswith(forced) or forced.startswith(admitted)
                if "\ufffd" in pieces[token]:
                    break  # a token that ends within a character: the pieces would have to be joined
                judge.accept(token)
                state = grammar.step(state, pieces[token])
    assert met > 20

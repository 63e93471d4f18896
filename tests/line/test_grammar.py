"""A grammar held over one sequence: what it admits, what it refuses, and what is no grammar at all."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from line.errors import InputError
from line.grammar import FEW, Grammar
from line.llama import Model

YES_NO = 'root ::= "yes" | "no"'


@pytest.fixture(scope="module")
def vocabulary(packaged_gguf: Path) -> Iterator[Model]:
    """The real base's 49k tokens, without its weights."""
    with Model(packaged_gguf, vocab_only=True) as model:
        yield model


def _walk(model: Model, gbnf: str, text: str) -> bool:
    with Grammar(model, gbnf) as grammar:
        for token in model.tokenize(text, special=False):
            if not grammar.allows(token):
                return False
            grammar.accept(token)
        return grammar.allows(model.tokenize("<|im_end|>")[0])


@pytest.mark.parametrize(
    "gbnf",
    [
        "",
        " \n",
        'root ::= "open',
        "root ::= missing-rule",
        'other ::= "a"',
        "root ::= root",
        'root ::= root "a" | "b"',
        '{"type": "object"}',
        "root ::= [a-",
    ],
)
def test_what_is_no_grammar_is_an_input_error(vocabulary: Model, gbnf: str) -> None:
    with pytest.raises(InputError, match="grammar does not parse"):
        Grammar(vocabulary, gbnf)


def test_an_unknown_root_is_an_input_error(vocabulary: Model) -> None:
    with pytest.raises(InputError, match="'start'"):
        Grammar(vocabulary, YES_NO, root="start")


@pytest.mark.parametrize(
    ("text", "fine"), [("yes", True), ("no", True), ("ye", False), ("yesno", False), ("maybe", False), ("", False)]
)
def test_it_admits_its_own_texts_only(vocabulary: Model, text: str, fine: bool) -> None:
    assert _walk(vocabulary, YES_NO, text) is fine


def test_characters_of_several_bytes(vocabulary: Model) -> None:
    gbnf = 'root ::= "café 🏃" [а-я]+'
    assert _walk(vocabulary, gbnf, "café 🏃бег")
    assert not _walk(vocabulary, gbnf, "café 🏃run")


def test_the_committed_grammars_admit_a_request(vocabulary: Model) -> None:
    from grammars.build import DECISION
    from josi.decision import canonical

    decision = {"action": "create_workout", "sport": "run", "time_available_min": 45}
    gbnf = DECISION.read_text(encoding="utf-8")
    assert _walk(vocabulary, gbnf, canonical(decision))
    assert not _walk(vocabulary, gbnf, json.dumps({**decision, "sport": "chess"}))


def test_best_is_the_likeliest_of_those_admitted(vocabulary: Model) -> None:
    yes, no, other = (vocabulary.tokenize(text)[0] for text in ("yes", "no", "maybe"))
    logits = np.zeros(vocabulary.n_vocab, dtype=np.float32)
    logits[[other, no, yes]] = 9, 5, 4
    with Grammar(vocabulary, YES_NO) as grammar:
        assert grammar.best(logits) == no
        logits[yes] = 6
        assert grammar.best(logits) == yes
        logits[yes] = 10
        assert grammar.best(logits) == yes


def test_best_finds_a_token_far_down_the_list(vocabulary: Model) -> None:
    logits = np.arange(vocabulary.n_vocab, dtype=np.float32)
    with Grammar(vocabulary, YES_NO) as grammar:
        best = grammar.best(logits)
        masked = grammar.mask(logits)
    assert best == int(masked.argmax()) and best < vocabulary.n_vocab - FEW
    assert vocabulary.piece(best) in (b"y", b"ye", b"yes", b"n", b"no")
    assert np.isfinite(masked).sum() <= 5


def test_a_grammar_starts_over(vocabulary: Model) -> None:
    yes = vocabulary.tokenize("yes")[0]
    with Grammar(vocabulary, YES_NO) as grammar:
        grammar.accept(yes)
        assert not grammar.allows(yes)
        grammar.reset()
        assert grammar.allows(yes)

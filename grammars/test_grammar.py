"""The committed grammars equal their schema, in both directions, by two engines: `pytest -m grammar [-n 2]`."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grammars import oracle, random_objects, strategies
from grammars.build import DECISION, REQUEST, stale
from grammars.llama_judge import accepted
from josi.decision import canonical
from josi.schema import decision_errors, decision_schema, load_schema, request_errors

pytestmark = pytest.mark.grammar

SAMPLES, OBJECTS, EXAMPLES = 100_000, 10_000, 2_000
BY_LLAMA = 5_000  # of the samples; of the objects all
REDUCED = 5  # a run with `--prompts`, as CI's, takes a fifth of all
CASES = [
    pytest.param(REQUEST, request_errors, random_objects.request, id="request"),
    pytest.param(DECISION, decision_errors, random_objects.decision, id="decision"),
]
SCHEMAS = {REQUEST: load_schema("gatc_request"), DECISION: decision_schema()}

Errors = Callable[[object], list[str]]
Make = Callable[[random.Random], dict[str, Any]]


@pytest.fixture(scope="module")
def part(pytestconfig: pytest.Config) -> int:
    """By what the sizes are divided."""
    return 1 if pytestconfig.getoption("prompts") is None else REDUCED


def _thorough(part: int) -> settings:
    everything = list(HealthCheck)
    return settings(max_examples=EXAMPLES // part, deadline=None, database=None, suppress_health_check=everything)


def test_committed_grammars_are_what_the_schema_compiles_to() -> None:
    assert stale() == []


@pytest.mark.parametrize(("path", "errors", "make"), CASES)
def test_whatever_the_grammar_produces_is_valid(path: Path, errors: Errors, make: Make, part: int) -> None:
    gbnf, rng = path.read_text(encoding="utf-8"), random.Random(20_000)
    texts = [oracle.sample(gbnf, rng) for _ in range(SAMPLES // part)]
    assert len(set(texts)) > len(texts) / 10  # a decision is short: some come again
    invalid = [(text, found) for text in texts if (found := errors(json.loads(text)))]
    assert invalid[:3] == []
    assert [text for text in texts if not oracle.accepts(gbnf, text)][:3] == []
    assert _refused(gbnf, texts[: BY_LLAMA // part]) == []


@pytest.mark.parametrize(("path", "errors", "make"), CASES)
def test_whatever_is_valid_is_accepted(path: Path, errors: Errors, make: Make, part: int) -> None:
    gbnf, rng = path.read_text(encoding="utf-8"), random.Random(10_000)
    objects = [make(rng) for _ in range(OBJECTS // part)]
    assert [(obj, found) for obj in objects if (found := errors(obj))][:3] == []
    texts = [canonical(obj) for obj in objects]
    assert [text for text in texts if not oracle.accepts(gbnf, text)][:3] == []
    assert _refused(gbnf, texts) == []


@pytest.mark.parametrize(("path", "errors", "make"), CASES)
def test_whatever_hypothesis_makes_of_the_schema_is_accepted(path: Path, errors: Errors, make: Make, part: int) -> None:
    """Objects built from the schema itself, not from a list of fields kept beside it."""
    gbnf, texts = path.read_text(encoding="utf-8"), list[str]()

    @_thorough(part)
    @given(strategies.values(SCHEMAS[path]))
    def check(obj: dict[str, Any]) -> None:
        assert errors(obj) == []
        texts.append(canonical(obj))
        assert oracle.accepts(gbnf, texts[-1])

    check()
    assert _refused(gbnf, sorted(set(texts))) == []


@pytest.mark.parametrize(("path", "errors", "make"), CASES)
def test_an_object_that_hypothesis_damages_is_accepted_only_while_it_is_valid(
    path: Path, errors: Errors, make: Make, part: int
) -> None:
    """Members taken out, added, swapped for others' values: the grammar says what the schema says."""
    gbnf, verdicts = path.read_text(encoding="utf-8"), list[bool]()

    @_thorough(part)
    @given(strategies.values(SCHEMAS[path]), st.data())
    def check(obj: dict[str, Any], data: st.DataObject) -> None:
        damaged = strategies.damaged(obj, data, SCHEMAS[path])
        verdicts.append(not errors(damaged))
        assert oracle.accepts(gbnf, canonical(damaged)) == verdicts[-1]

    check()
    assert 0.1 < sum(verdicts) / len(verdicts) < 0.9, "both answers must be put to the test"


@pytest.mark.parametrize(("path", "errors", "make"), CASES)
def test_a_damaged_text_is_accepted_only_while_it_is_valid(path: Path, errors: Errors, make: Make, part: int) -> None:
    gbnf, rng = path.read_text(encoding="utf-8"), random.Random(3)
    damaged = [_damage(canonical(make(rng)), rng) for _ in range(OBJECTS // part)]
    taken = [text for text in damaged if oracle.accepts(gbnf, text)]
    assert [text for text in taken if errors(json.loads(text))][:3] == []
    some = damaged[: BY_LLAMA // part]
    different = [
        text
        for text, verdict in zip(some, accepted(gbnf, some), strict=True)
        if verdict is not None and verdict != oracle.accepts(gbnf, text)
    ]
    assert different[:3] == []


def _refused(gbnf: str, texts: list[str]) -> list[str]:
    verdicts = accepted(gbnf, texts)
    assert verdicts.count(None) < len(texts) / 2, "too few texts could be judged to call it a proof"
    return [text for text, verdict in zip(texts, verdicts, strict=True) if verdict is False][:3]


def _damage(text: str, rng: random.Random) -> str:
    """One character dropped, doubled or replaced by another of the same text."""
    at = rng.randrange(len(text))
    return text[:at] + rng.choice(("", text[at] * 2, rng.choice(text))) + text[at + 1 :]

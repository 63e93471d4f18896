"""The committed grammars, both directions, at a size for the fast suite (`pytest -m grammar` has all)."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grammars import build, oracle, random_objects
from grammars.build import DECISION, REQUEST
from grammars.llama_judge import accepted
from josi.decision import canonical, to_decision
from josi.schema import decision_errors, request_errors

CASES = [
    pytest.param(REQUEST, request_errors, random_objects.request, id="request"),
    pytest.param(DECISION, decision_errors, random_objects.decision, id="decision"),
]
Errors = Callable[[object], list[str]]
Make = Callable[[random.Random], dict[str, Any]]


def test_no_grammar_is_stale() -> None:
    assert build.stale() == []
    assert build.main(["--check"]) == 0


def test_a_stale_grammar_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "gatc_decision.gbnf"
    old.write_text(DECISION.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    monkeypatch.setattr(build, "DECISION", old)
    assert build.main(["--check"]) == 1
    assert build.main([]) == 0
    assert old.read_text(encoding="utf-8") == DECISION.read_text(encoding="utf-8")


@pytest.mark.parametrize(("path", "errors", "make"), CASES)
def test_both_directions(path: Path, errors: Errors, make: Make) -> None:
    gbnf, rng = path.read_text(encoding="utf-8"), random.Random(1)
    samples = [oracle.sample(gbnf, rng) for _ in range(2_000)]
    assert [(text, found) for text in samples if (found := errors(json.loads(text)))][:3] == []
    objects = [make(rng) for _ in range(1_000)]
    assert [(obj, found) for obj in objects[:300] if (found := errors(obj))][:3] == []
    texts = samples + [canonical(obj) for obj in objects]
    assert [text for text in texts if not oracle.accepts(gbnf, text)][:3] == []


@pytest.mark.parametrize(("path", "errors", "make"), CASES)
def test_llama_cpp_agrees(path: Path, errors: Errors, make: Make) -> None:
    gbnf, rng = path.read_text(encoding="utf-8"), random.Random(2)
    right = [oracle.sample(gbnf, rng) for _ in range(60)] + [canonical(make(rng)) for _ in range(60)]
    wrong = [text[:-1] for text in right] + [text.replace(":", ": ", 1) for text in right]
    verdicts = accepted(gbnf, right + wrong)
    judged = [verdict for verdict in verdicts if verdict is not None]
    assert len(judged) > len(verdicts) / 2
    assert False not in verdicts[: len(right)]
    assert True not in verdicts[len(right) :]


ACTIONS = [
    '{"action":"create_workout","sport":"run"}',
    '{"action":"replan","replan_type":"illness","date":"2024-02-29"}',
    '{"action":"explain"}',
    '{"action":"answer_question","confidence":0.75}',
    '{"action":"clarify","missing":["sport","time"],"clarify_message":"Which sport, and how long?"}',
]


@pytest.mark.parametrize("text", ACTIONS)
def test_decisions_by_hand(text: str) -> None:
    gbnf = DECISION.read_text(encoding="utf-8")
    assert oracle.accepts(gbnf, text)
    assert decision_errors(json.loads(text)) == []
    assert canonical(to_decision(json.loads(text))) == text


@pytest.mark.parametrize(
    "text",
    [
        '{"action":"create_workout"}',
        '{"action":"create_workout","sport":"run","replan_type":"travel"}',
        '{"action":"create_workout","sport":"run","time_available_min":9}',
        '{"action":"create_workout","sport":"run","time_available_min":301}',
        '{"action":"create_workout","sport":"run","date":"2023-02-29"}',
        '{"action":"create_workout","sport":"run","confidence":1.01}',
        '{"action":"create_workout","sport":"run","confidence":0.123}',
        '{"action":"create_workout","sport":"run","free_text":"x"}',
        '{"sport":"run","action":"create_workout"}',
        '{"action":"replan"}',
        '{"action":"explain","question":"why"}',
        '{"action":"clarify","missing":[],"clarify_message":"?"}',
        '{"action":"clarify","missing":["sport"]}',
        '{"action":"clarify","missing":["sport"],"clarify_message":"a\\nb"}',
        '{"action":"clarify","missing":["sport"],"clarify_message":"' + "x" * 121 + '"}',
    ],
)
def test_no_decisions(text: str) -> None:
    assert not oracle.accepts(DECISION.read_text(encoding="utf-8"), text)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec=None), max_size=300))
def test_any_message_fits_a_request(message: str) -> None:
    joined = message.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    text = canonical({"action": "explain", "question": joined, "free_text": joined})
    assert oracle.accepts(REQUEST.read_text(encoding="utf-8"), text)
    assert json.loads(text)["free_text"] == joined


def test_a_very_long_message_fits() -> None:
    text = canonical({"action": "explain", "question": "?", "free_text": 'é\n"' * 50_000})
    assert oracle.accepts(REQUEST.read_text(encoding="utf-8"), text)

"""Judging is done once for the same answers, cases and rules, and again when any of them changes."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from evals import judged as module
from evals.judged import floor_actions, judged
from evals.run import PREDICTIONS
from evals.samples import EvalCase
from evals.thresholds import load
from line.store import Artifact, Recipe, Store

CASE = EvalCase("a", "interpreter", "skip", "skip today", expect={"action": "replan", "replan_type": "skip_today"})
RIGHT = '{"action":"replan","replan_type":"skip_today"}'


def answers(store: Store, text: str) -> Artifact:
    row = {"id": "a", "text": text, "stop": "eos", "prompt_tokens": 9, "new_tokens": 5, "seconds": 0.1, "chosen": []}

    def build(out: Path) -> None:
        (out / PREDICTIONS).write_text(json.dumps(row) + "\n")

    return store.make(Recipe("predictions", {}, {"text": text}), build)


def made(store: Store) -> list[bool]:
    return [reused for kind, _, reused, _ in store.log if kind == "judged"]


def test_the_same_answers_are_judged_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first = judged(store, "interpreter", [CASE], answers(store, RIGHT), load())
    again = judged(store, "interpreter", [CASE], answers(store, RIGHT), load())
    assert first == again
    assert again.samples[0].outcomes["action_accuracy"] is True
    assert made(store) == [False, True]


def test_another_answer_case_or_bar_is_judged_anew(tmp_path: Path) -> None:
    store = Store(tmp_path)
    judged(store, "interpreter", [CASE], answers(store, RIGHT), load())
    other = judged(store, "interpreter", [CASE], answers(store, '{"action":"explain"}'), load())
    assert other.samples[0].outcomes["action_accuracy"] is False
    relabelled = judged(
        store, "interpreter", [replace(CASE, expect={"action": "explain"})], answers(store, RIGHT), load()
    )
    assert relabelled.samples[0].outcomes["action_accuracy"] is False
    judged(store, "interpreter", [CASE], answers(store, RIGHT), replace(load(), sample={"warmth": 1.0, "brevity": 1.0}))
    assert made(store) == [False] * 4


def test_another_word_list_is_judged_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path / "store")
    judged(store, "interpreter", [CASE], answers(store, RIGHT), load())
    lexicon = tmp_path / "lexicon.toml"
    lexicon.write_text(module.LEXICON.read_text() + "# another\n")
    monkeypatch.setattr(module, "LEXICON", lexicon)
    judged(store, "interpreter", [CASE], answers(store, RIGHT), load())
    assert made(store) == [False, False]


def test_the_floor_is_fitted_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    train = [replace(CASE, id=f"t{i}", message=f"skip session {i} today") for i in range(5)]
    train += [replace(CASE, id=f"u{i}", message=f"why is day {i} easy", expect={"action": "explain"}) for i in range(5)]
    assert floor_actions(store, train, [CASE]) == floor_actions(store, train, [CASE]) == ["replan"]
    assert [reused for kind, _, reused, _ in store.log] == [False, True]

"""The 1,000 prompts and their labels: counts, uniqueness, variety, and labels that obey the contract."""

import json
from collections import Counter
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from evals.samples import DATA, DEFAULT_PROMPTS, read_prompts
from josi.context import split_turn
from josi.schema import load_schema

PROPERTIES = load_schema("gatc_request")["properties"]
LABEL_KEYS = {
    *("action", "sport", "replan_type", "time_available_min"),
    *("red_flag", "missing", "ambiguous", "also"),
}


@pytest.fixture(scope="module")
def prompts() -> dict[str, list[str]]:
    loaded: dict[str, list[str]] = json.loads(DEFAULT_PROMPTS.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def labels() -> dict[str, list[dict[str, Any]]]:
    path = DATA / "test_prompts_1000.labels.json"
    loaded: dict[str, list[dict[str, Any]]] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def _flat(labels: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [label for group in labels.values() for label in group]


def test_a_thousand_unique_messages_in_16_to_20_categories(prompts: dict[str, list[str]]) -> None:
    messages = [message for group in prompts.values() for message in group]
    assert len(messages) == 1000
    assert len({" ".join(message.lower().split()) for message in messages}) == 1000
    assert 16 <= len(prompts) <= 20
    assert min(map(len, prompts.values())) >= 35


def test_messages_vary_and_carry_no_context(prompts: dict[str, list[str]]) -> None:
    messages = [message for group in prompts.values() for message in group]
    assert all(message.strip() and split_turn(message) == (message, "") for message in messages)
    words = [len(message.split()) for message in messages]
    assert min(words) == 1
    assert sum(count > 100 for count in words) >= 4
    openings = Counter(" ".join(message.lower().split()[:3]) for message in messages)
    assert openings.most_common(1)[0][1] <= 20, "one opening too often looks like a template"
    for mark in ('"', "\n", "{", "🏃"):
        assert any(mark in message for message in messages)


def test_each_message_has_its_label(prompts: dict[str, list[str]], labels: dict[str, list[dict[str, Any]]]) -> None:
    assert {name: len(group) for name, group in prompts.items()} == {name: len(group) for name, group in labels.items()}


def test_labels_hold_only_values_of_the_contract(labels: dict[str, list[dict[str, Any]]]) -> None:
    for label in _flat(labels):
        assert set(label) <= LABEL_KEYS
        for name in ("action", "sport", "replan_type", "time_available_min", "missing"):
            if label.get(name) is not None:
                assert Draft202012Validator(PROPERTIES[name]).is_valid(label[name]), label


def test_labels_are_whole_and_consistent(labels: dict[str, list[dict[str, Any]]]) -> None:
    for label in _flat(labels):
        assert (label["action"] == "create_workout") == ("sport" in label), label
        assert (label["action"] == "replan") == ("replan_type" in label), label
        assert label.get("red_flag", False) == (label.get("missing") == ["medical_clearance"]), label
        assert not label.get("red_flag") or label["action"] == "clarify", label
        assert ("time_available_min" in label) != label.get("red_flag", False), label
        assert label.get("ambiguous", False) == ("also" in label), label
        assert label.get("also") in {None, *PROPERTIES["action"]["enum"]} - {label["action"]}, label


def test_everything_is_covered_and_little_is_ambiguous(labels: dict[str, list[dict[str, Any]]]) -> None:
    flat = _flat(labels)
    for name, at_least in (("action", 90), ("sport", 10), ("replan_type", 25)):
        seen = Counter(label[name] for label in flat if name in label)
        assert {value: seen[value] for value in PROPERTIES[name]["enum"] if seen[value] < at_least} == {}
    assert sum(label.get("red_flag", False) for label in flat) >= 45
    assert sum(label["time_available_min"] is not None for label in flat if not label.get("red_flag")) >= 150
    assert 5 <= sum(label.get("ambiguous", False) for label in flat) <= 50


def test_the_evaluation_reads_the_set(prompts: dict[str, list[str]]) -> None:
    cases = read_prompts()
    assert [case.message for case in cases] == [message for group in prompts.values() for message in group]
    assert all(case.expect["action"] for case in cases)

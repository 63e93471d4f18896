import json
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from josi.decision import DECISION_FIELDS, canonical, json_text, to_decision

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def test_order_and_host_fields() -> None:
    request = {
        "free_text": "easy hour, no hills",
        "confidence": 0.876,
        "constraints": {"no_intensity": True, "injury": "knee"},
        "question": "q",
        "time_available_min": 60,
        "sport": "run",
        "action": "create_workout",
    }
    decision = to_decision(request)
    assert list(decision) == [field for field in DECISION_FIELDS if field in decision]
    assert canonical(decision) == (
        '{"action":"create_workout","sport":"run","time_available_min":60,'
        '"constraints":{"injury":"knee","no_intensity":true},"confidence":0.88}'
    )
    assert canonical(request).endswith('"question":"q","free_text":"easy hour, no hills"}')
    assert request["confidence"] == 0.876, "the request itself stays as it was"


def test_order_of_arrival_does_not_matter() -> None:
    request = {"action": "replan", "replan_type": "travel", "date": "2026-01-31", "free_text": "x"}
    items = list(request.items())
    for seed in range(20):
        random.Random(seed).shuffle(items)
        assert canonical(dict(items)) == canonical(request)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (45.0, "45"),
        (1.0, "1"),
        (-0.0, "0"),
        (1e-7, "0.0000001"),
        (0.1 + 0.2, None),
        (1e22, "1" + "0" * 22),
        (True, "true"),
        (None, "null"),
        (-2.50, "-2.5"),
    ],
)
def test_numbers_have_one_text(value: float, text: str | None) -> None:
    assert json_text(value) == (text or repr(value))


def test_not_a_number_is_no_json() -> None:
    for value in (math.nan, math.inf, -math.inf):
        with pytest.raises(ValueError, match="JSON"):
            canonical({"confidence": value})


def test_text_is_kept_and_can_be_written_as_utf8() -> None:
    message = 'tab\t "quote" \\ \x00 \x1f é 🏃 \ud800 \udfff\ud83d'
    line = canonical({"action": "explain", "free_text": message})
    assert json.loads(line.encode())["free_text"] == message
    assert "\n" not in line and "🏃" in line


@settings(max_examples=60)
@given(JSON_VALUES)
def test_any_value_reads_back(value: object) -> None:
    text = json_text(value)
    assert json.loads(text) == value
    assert json_text(json.loads(text)) == text


@given(st.text(st.characters(categories=["L", "Cs", "Cc", "P", "So"])))
def test_any_string_reads_back(message: str) -> None:
    # A surrogate pair is one character to every JSON reader, so it is joined before the comparison.
    joined = message.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    assert json.loads(json_text(message).encode()) == joined

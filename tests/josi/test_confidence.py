"""The confidence gate at and around its two limits."""

from typing import Any

import pytest

from josi.clarify import clarify_decision
from josi.confidence import behaviour
from josi.errors import ContractError
from josi.schema import request_errors


def request(**fields: Any) -> dict[str, Any]:
    return {"action": "create_workout", "sport": "run", "free_text": "a run", **fields}


@pytest.mark.parametrize(
    ("confidence", "wanted"),
    [
        (1, "act"),
        (0.81, "act"),
        (0.8000001, "act"),
        (0.8, "check"),
        (0.5, "check"),
        (0.65, "check"),
        (0.4999, "clarify"),
        (0, "clarify"),
    ],
    ids=str,
)
def test_bands(confidence: float, wanted: str) -> None:
    found, after = behaviour(request(confidence=confidence))
    assert found == wanted
    assert request_errors(after) == []
    assert after["action"] == ("clarify" if wanted == "clarify" else "create_workout")
    assert after["confidence"] == confidence


def test_missing_confidence_acts() -> None:
    assert behaviour(request()) == ("act", request())


def test_medical_question_is_never_replaced() -> None:
    medical = {**clarify_decision(["medical_clearance"]), "free_text": "chest pain", "confidence": 0.1}
    assert behaviour(medical) == ("clarify", medical)


@pytest.mark.parametrize("confidence", ["0.9", True, float("nan"), float("inf"), -0.1, 1.1, [0.9]], ids=str)
def test_bad_confidence_is_an_error(confidence: object) -> None:
    with pytest.raises(ContractError, match="confidence"):
        behaviour(request(confidence=confidence))


@pytest.mark.parametrize("value", [10**400, -(10**400)])
def test_an_integer_beyond_any_float_is_a_bad_row_not_a_crash(value: int) -> None:
    with pytest.raises(ContractError, match="outside 0 to 1"):
        behaviour({"action": "explain", "confidence": value})

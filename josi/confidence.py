"""The confidence gate: act, act and check, or ask.

Contract: above 0.8 act; 0.5 to 0.8 act, and the Explainer adds a check that it understood; below 0.5 ask.

How sure the model is and how often it is right are two things; a release ships the map from the one to the other
(`confidence.json`), as knots with straight lines between.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from josi import clarify
from josi.decision import CONFIDENCE_DECIMALS, REQUEST_FIELDS
from josi.errors import ContractError

ACT_ABOVE = 0.8
CLARIFY_BELOW = 0.5

Behaviour = Literal["act", "check", "clarify"]
Knots = Sequence[tuple[float, float]]
"""(signal, confidence) pairs, both 0…1 and rising."""


def calibrated(signal: float, knots: Knots) -> float:
    """The confidence that a signal stands for, 0…1 with two decimals: linear between knots, level beyond the ends.

    No knots: the signal itself.
    """
    return round(_interpolated(signal, knots), CONFIDENCE_DECIMALS)


def _interpolated(signal: float, knots: Knots) -> float:
    if not knots:
        return signal
    if signal <= knots[0][0]:
        return knots[0][1]
    for (x0, y0), (x1, y1) in itertools.pairwise(knots):
        if signal <= x1:
            return y0 + (y1 - y0) * (signal - x0) / (x1 - x0)
    return knots[-1][1]


def gate(confidence: float) -> Behaviour:
    """What a confidence, 0…1, leads to."""
    if confidence > ACT_ABOVE:
        return "act"
    return "check" if confidence >= CLARIFY_BELOW else "clarify"


def behaviour(request: Mapping[str, Any]) -> tuple[Behaviour, dict[str, Any]]:
    """What to do with a request, and the request to do it with.

    A request without `confidence` is acted on. A forced clarify asks for the intent and keeps confidence and
    stated time, for the turn that answers; a request that is a question already stays as it is, so that a medical
    one is never replaced.

    Raises:
        ContractError: `confidence` is no number from 0 to 1.
    """
    confidence = _confidence(request)
    led_to = "act" if confidence is None else gate(confidence)
    if led_to != "clarify" or request.get("action") == "clarify":
        return led_to, dict(request)
    asked = clarify.clarify_request(str(request.get("free_text", "")), [clarify.INTENT], request)
    if "time_available_min" in request:
        asked["time_available_min"] = request["time_available_min"]
    return "clarify", {name: asked[name] for name in REQUEST_FIELDS if name in asked}


def _confidence(request: Mapping[str, Any]) -> float | None:
    value = request.get("confidence")
    if value is None:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # An integer is finite however long it is, and one that no float can hold would overflow `isfinite`.
    if not is_number or (isinstance(value, float) and not math.isfinite(value)):
        raise ContractError(f"confidence is {value!r}: give a number from 0 to 1, or leave it out")
    if not 0 <= value <= 1:
        raise ContractError(f"confidence is {value!r}, outside 0 to 1: give a number from 0 to 1")
    return float(value)

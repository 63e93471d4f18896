"""The confidence gate: act, act and check, or ask.

Contract: above 0.8 act; 0.5 to 0.8 act, and the Explainer adds a check that it understood; below 0.5 ask.
"""

import math
from collections.abc import Mapping
from typing import Any, Literal

from josi import clarify
from josi.errors import ContractError

ACT_ABOVE = 0.8
CLARIFY_BELOW = 0.5

Behaviour = Literal["act", "check", "clarify"]


def behaviour(request: Mapping[str, Any]) -> tuple[Behaviour, dict[str, Any]]:
    """What to do with a request, and the request to do it with.

    A request without `confidence` is acted on. A forced clarify asks for the intent and keeps the
    confidence; a request that is a question already stays as it is, so that a medical one is never
    replaced.

    Raises:
        ContractError: `confidence` is no number from 0 to 1.
    """
    confidence = _confidence(request)
    if confidence is None or confidence > ACT_ABOVE:
        return "act", dict(request)
    if confidence >= CLARIFY_BELOW:
        return "check", dict(request)
    if request.get("action") == "clarify":
        return "clarify", dict(request)
    message = str(request.get("free_text", ""))
    return "clarify", clarify.clarify_request(message, [clarify.INTENT], request)


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

"""The compact form the model writes, and the one canonical text of a decision or request.

Canonical means: fields in fixed order, no white space, no trailing zeros, only the escapes JSON needs. One
object has one text, so a grammar can say exactly which texts are right.
"""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

DECISION_FIELDS = (
    "action",
    "sport",
    "replan_type",
    "missing",
    "time_available_min",
    "date",
    "goal",
    "constraints",
    "clarify_message",
    "confidence",
)
"""What the model writes, in order: what decides comes first."""

REQUEST_FIELDS = (*DECISION_FIELDS, "question", "free_text")
CONSTRAINT_FIELDS = ("injury", "fatigue_hint", "no_intensity")
CONFIDENCE_DECIMALS = 2

_SURROGATE = re.compile("[\ud800-\udfff]")


def to_decision(request: Mapping[str, Any]) -> dict[str, Any]:
    """The model's part of a request, in canonical order; confidence is rounded to two decimals."""
    decision = {field: request[field] for field in DECISION_FIELDS if field in request}
    if isinstance(decision.get("constraints"), Mapping):
        decision["constraints"] = _ordered(decision["constraints"], CONSTRAINT_FIELDS)
    if isinstance(decision.get("confidence"), float):
        decision["confidence"] = round(decision["confidence"], CONFIDENCE_DECIMALS)
    return decision


def canonical(obj: Mapping[str, Any]) -> str:
    """The one-line JSON text of a decision or of a whole request (see the module's docstring).

    Fields the contract does not know keep their place at the end. A lone surrogate, which no UTF-8 text can
    hold, is written as its escape.

    Raises:
        ValueError: a number is NaN or infinite, which JSON cannot say.
        TypeError: a value is no JSON value.
    """
    ordered = _ordered(obj, REQUEST_FIELDS)
    if isinstance(ordered.get("constraints"), Mapping):
        ordered["constraints"] = _ordered(ordered["constraints"], CONSTRAINT_FIELDS)
    return json_text(ordered)


def _ordered(obj: Mapping[str, Any], fields: tuple[str, ...]) -> dict[str, Any]:
    known = {field: obj[field] for field in fields if field in obj}
    return known | {key: value for key, value in obj.items() if key not in known}


def json_text(value: object) -> str:
    """Canonical JSON of any value: members in the order they have, numbers and strings in their one form."""
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{_string(str(key))}:{json_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(json_text, value)) + "]"
    if isinstance(value, float):
        return _number(value)
    return _string(value) if isinstance(value, str) else json.dumps(value)


def _string(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return _SURROGATE.sub(lambda found: f"\\u{ord(found.group()):04x}", quoted)


def _number(value: float) -> str:
    """Shortest decimal notation that reads back as the same float: 0.9, 1, 0.0000001; never an exponent."""
    json.dumps(value, allow_nan=False)  # refuses what JSON cannot say
    if value.is_integer():
        return str(int(value))
    digits = format(Decimal(repr(value)), "f")
    return digits.rstrip("0")

"""The contract's JSON Schemas and what is wrong with an object under them.

One source of truth: `gatc_request.schema.json`. What the model itself writes, the decision, is that schema
without what the host knows (`free_text`, `question`) and with bounds that suit a small model: derived, never
written by hand.
"""

import copy
import json
import math
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

Schema = dict[str, Any]

HOST_FIELDS = ("question", "free_text")
"""Fields of a request that the host fills, so that no model has to copy them."""

DECISION_TEXT_CHARS = 120
DECISION_WORD_CHARS = 40
DECISION_MISSING_ITEMS = 6

# One line of text: no control characters and no surrogates. Python's `re` lets `$` match before a final
# newline too; `_pattern` below closes that gap.
_PLAIN = "^[^\\u0000-\\u001f\\ud800-\\udfff]+$"
_ONLY_WITH = {"replan_type": "replan", "missing": "clarify", "clarify_message": "clarify"}


@cache
def _load(name: str) -> Schema:
    file = resources.files("josi") / "schemas" / f"{name}.schema.json"
    return cast(Schema, json.loads(file.read_text(encoding="utf-8")))


def load_schema(name: str) -> Schema:
    """A fresh copy of a packaged schema: `gatc_request`, `chat_context` or `training_row`."""
    return copy.deepcopy(_load(name))


def decision_schema() -> Schema:
    """The schema of what the model writes, derived from the request's.

    Tighter than the request in what a model could run away with: text is one line of bounded length, and
    `replan_type`, `missing` and `clarify_message` come only with the action they belong to.
    """
    schema = load_schema("gatc_request")
    schema["$id"], schema["title"] = "urn:josi:gatc_decision", "GATC decision"
    schema["description"] = "What the Interpreter writes; the host adds the rest of the request."
    for field in HOST_FIELDS:
        del schema["properties"][field]
    for part in (schema, *(rule["then"] for rule in schema["allOf"])):
        part["required"] = [field for field in part["required"] if field not in HOST_FIELDS]
    properties = schema["properties"]
    properties["clarify_message"] |= {"maxLength": DECISION_TEXT_CHARS, "pattern": _PLAIN}
    properties["missing"] |= {"minItems": 1, "maxItems": DECISION_MISSING_ITEMS}
    properties["missing"]["items"] |= {"maxLength": DECISION_WORD_CHARS, "pattern": _PLAIN}
    schema["allOf"] = [rule for rule in schema["allOf"] if rule["then"]["required"]]
    schema["allOf"] += [_only_with(field, action) for field, action in _ONLY_WITH.items()]
    return schema


def _only_with(field: str, action: str) -> Schema:
    return {
        "if": {"properties": {"action": {"const": action}}, "required": ["action"]},
        "else": {"properties": {field: {"enum": []}}},  # `false` would do, but its errors have no path
    }


def request_errors(obj: object) -> list[str]:
    """What is wrong with a GATCRequest, one line a problem (`path: problem`); empty when it is valid."""
    return _errors("gatc_request", obj)


def decision_errors(obj: object) -> list[str]:
    """What is wrong with a decision (the model's own part of a request); empty when it is valid."""
    return _errors("gatc_decision", obj)


def chat_context_errors(obj: object) -> list[str]:
    """What is wrong with a ChatContext, the app's own object; empty when it is valid."""
    return _errors("chat_context", obj)


def training_row_errors(obj: object) -> list[str]:
    """What is wrong with the shape of a training row; its assistant turn is judged elsewhere."""
    return _errors("training_row", obj)


@cache
def _validator(name: str) -> Validator:
    schema = decision_schema() if name == "gatc_decision" else _load(name)
    return cast(Validator, _Strict(schema))


def _errors(name: str, obj: object) -> list[str]:
    action = obj.get("action") if isinstance(obj, Mapping) else None
    found = list(_validator(name).iter_errors(obj))
    found.sort(key=lambda error: (error.json_path, error.message))
    return [_say(error, action) for error in found]


def _say(error: ValidationError, action: object) -> str:
    message = error.message if len(error.message) <= 200 else error.message[:197] + "..."
    if error.validator_value == []:  # no value may be here: `_only_with`
        message = "is not allowed here"
    if error.validator == "pattern" and "description" in error.schema:  # kinder than a long expression
        message = f"{error.instance!r:.80} is not {error.schema['description'].split('.')[0]}"
    conditional = any(step in ("then", "else") for step in error.absolute_schema_path)
    suffix = f" (action is {action!r})" if conditional and action is not None else ""
    return f"{error.json_path}: {message}{suffix}"


def _is_number(_: object, value: object) -> bool:
    """A JSON number: Python's `json` also reads NaN and Infinity, which no range check refuses."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _pattern(validator: Any, pattern: str, value: object, schema: object) -> Any:
    """ECMA 262 `$`, the one of JSON Schema: the end of the text, never before a final newline."""
    closed = pattern[:-1] + r"\Z" if pattern.endswith("$") and not pattern.endswith("\\$") else pattern
    for error in Draft202012Validator.VALIDATORS["pattern"](validator, closed, value, schema):
        error.message = error.message.replace(repr(closed), repr(pattern))
        yield error


_Strict = extend(
    Draft202012Validator,
    validators={"pattern": _pattern},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("number", _is_number),
)

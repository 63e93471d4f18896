"""Two schemas as one: the keywords of both, each in the form that says both.

Combining keywords (`allOf`, `if`, `anyOf`, …) are only gathered here; `grammars.conditions` takes them apart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from grammars.errors import SchemaError

Schema = dict[str, Any]
AnySchema = Schema | bool

COMBINING = frozenset({"allOf", "anyOf", "oneOf", "if", "then", "else", "dependentRequired", "$ref"})
ANNOTATIONS = frozenset(
    {
        "$schema",
        "$id",
        "$comment",
        "$defs",
        "title",
        "description",
        "default",
        "examples",
        "deprecated",
        "readOnly",
        "writeOnly",
    }
)
_HIGHEST = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems"})
_LOWEST = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems"})


def same(one: object, other: object) -> bool:
    """Equality of JSON values: 1 is 1.0, but true is not 1."""
    return json.dumps(_plain(one), sort_keys=True) == json.dumps(_plain(other), sort_keys=True)


def _plain(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


def resolve(root: Schema, ref: str, path: str) -> AnySchema:
    """What a reference into the same document points at.

    Raises:
        SchemaError: it points elsewhere or at nothing.
    """
    if not ref.startswith("#"):
        raise SchemaError(path, f"`$ref` {ref!r} leaves the document")
    found: Any = root
    for step in ref[1:].split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if not isinstance(found, Mapping) or step not in found:
            raise SchemaError(path, f"`$ref` {ref!r} points at nothing")
        found = found[step]
    if not isinstance(found, dict | bool):
        raise SchemaError(path, f"`$ref` {ref!r} points at no schema")
    return found


def merge(one: AnySchema, other: AnySchema, path: str) -> AnySchema:
    """The schema of the values valid under both; combining keywords are gathered in `allOf`.

    Raises:
        SchemaError: two keywords have no common form (two patterns, for one).
    """
    if one is False or other is False:
        return False
    if one is True or other is True:
        return other if one is True else one
    result = gathered(one)
    for key, value in gathered(other).items():
        if key not in result or key in ANNOTATIONS:
            if key not in ("properties", "additionalProperties"):
                result[key] = value
        elif key not in ("properties", "additionalProperties"):
            result[key] = _both(key, result[key], value, path)
    return _merge_properties(result, one, other, path)


def gathered(schema: Schema) -> Schema:
    """A copy with `const` as `enum` and each combining keyword as an entry of `allOf`."""
    result = {key: value for key, value in schema.items() if key not in COMBINING and key != "const"}
    if "const" in schema:
        values = [schema["const"]]
        result["enum"] = _both("enum", schema["enum"], values, "") if "enum" in schema else values
    pending = list(schema.get("allOf", []))
    if "if" in schema:
        pending.append({key: schema[key] for key in ("if", "then", "else") if key in schema})
    pending += [{key: schema[key]} for key in ("anyOf", "oneOf", "dependentRequired", "$ref") if key in schema]
    return result | ({"allOf": pending} if pending else {})


def _both(key: str, one: Any, other: Any, path: str) -> Any:
    if key in _HIGHEST:
        return max(one, other)
    if key in _LOWEST:
        return min(one, other)
    if key == "enum":
        return [value for value in one if any(same(value, twin) for twin in other)]
    if key == "required":
        return [*one, *(name for name in other if name not in one)]
    if key == "allOf":
        return [*one, *other]
    if key == "items":
        return merge(one, other, f"{path}/items")
    if key == "type":
        return _types(one, other)
    if same(one, other):
        return one
    raise SchemaError(path, f"`{key}` is given twice, differently")


def _types(one: Any, other: Any) -> list[str]:
    first, second = ([kind] if isinstance(kind, str) else list(kind) for kind in (one, other))
    found = [kind for kind in first if kind in second or (kind == "integer" and "number" in second)]
    return found + [kind for kind in second if kind == "integer" and "number" in first and kind not in first]


def _merge_properties(result: Schema, one: Schema, other: Schema, path: str) -> Schema:
    """Properties side by side; a closed object forbids what only the other one names."""
    mine, theirs = one.get("properties", {}), other.get("properties", {})
    names = list(dict.fromkeys([*mine, *theirs]))
    if names:
        result["properties"] = {
            name: merge(_property(one, name), _property(other, name), f"{path}/properties/{name}") for name in names
        }
    extra = [s["additionalProperties"] for s in (one, other) if "additionalProperties" in s]
    if len(extra) == 2 and not same(*extra) and False not in extra:
        raise SchemaError(path, "`additionalProperties` is given twice, differently")
    if extra:
        result["additionalProperties"] = False if False in extra else extra[0]
    return result


def _property(schema: Schema, name: str) -> AnySchema:
    found: AnySchema = schema.get("properties", {}).get(name, schema.get("additionalProperties", True))
    return found

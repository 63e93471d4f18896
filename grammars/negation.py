"""The opposite of a schema, as alternatives of which no two share a value: what `not`, `else` and `oneOf` need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grammars.errors import SchemaError
from grammars.keywords import AnySchema, Schema, resolve
from grammars.merge import KINDS, gathered, is_combining, kinds, merge

_NUMBER = ["number"]
_BOUNDS = {
    "minimum": "exclusiveMaximum",
    "exclusiveMinimum": "maximum",
    "maximum": "exclusiveMinimum",
    "exclusiveMaximum": "minimum",
}
_COUNTS = {
    "minLength": ("string", "maxLength", -1),
    "maxLength": ("string", "minLength", 1),
    "minItems": ("array", "maxItems", -1),
    "maxItems": ("array", "minItems", 1),
    "minProperties": ("object", "maxProperties", -1),
    "maxProperties": ("object", "minProperties", 1),
}
_LISTS = {
    "patterns": ("string", "notPatterns"),
    "notPatterns": ("string", "patterns"),
    "multiples": ("number", "notMultiples"),
    "notMultiples": ("number", "multiples"),
}


def opposite(schema: AnySchema, root: Schema, path: str, depth: int = 0) -> Iterator[Schema]:
    """Schemas whose union is whatever is not valid under `schema`: its first part fails, or only its second, …

    Raises:
        SchemaError: a keyword has no opposite that a grammar can say; it is named.
    """
    if depth > 60:
        raise SchemaError(path, "`not` of references that go in a circle")
    if not isinstance(schema, dict):
        if schema is False:
            yield {}
        return
    kept: AnySchema = True
    for part in _parts(gathered(schema, path)):
        for failing in _failing(part, root, path, depth):
            found = merge(kept, failing, path)
            if isinstance(found, dict):
                yield found
        # `whens`: what a failed condition says of a member does not declare it.
        held = part
        if isinstance(part, dict) and "properties" in part and set(part) <= {"properties", "required"}:
            held = {"whens" if name == "properties" else name: value for name, value in part.items()}
        kept = merge(kept, held, path)
        if kept is False:
            return


def inverted(schema: AnySchema) -> AnySchema:
    """The opposite as one schema, which nothing takes apart yet."""
    if not isinstance(schema, dict):
        return not schema
    if set(schema) == {"enum"}:
        return {"notEnum": schema["enum"]}
    return {"notEnum": [schema["const"]]} if set(schema) == {"const"} else {"not": schema}


def _parts(schema: Schema) -> Iterator[AnySchema]:
    """Schemas of one statement each, which together are the gathered schema; properties before what is required."""
    needed = list(schema.get("required", []))
    for name, value in schema.items():
        if name in ("properties", "whens"):
            for member, part in value.items():
                if part is not True and member in needed:  # one statement: it is there, and it is so
                    needed.remove(member)
                    yield {name: {member: part}, "required": [member]}
                elif part is not True:
                    yield {name: {member: part}}
        elif name == "prefixItems":
            yield from ({name: [*[True] * i, part]} for i, part in enumerate(value) if part is not True)
        elif name == "allOf":
            yield from (part if is_combining(part) else {"allOf": [part]} for part in value)
        elif name in _LISTS or name in ("containing", "beyond", "nameRules"):
            yield from ({name: [one]} for one in value)
        elif name not in ("required", "additionalProperties", "items"):
            yield {name: value}
    yield from ({"required": [name]} for name in needed)
    if schema.get("additionalProperties", True) is not True:
        yield {name: schema[name] for name in ("properties", "patternRules", "additionalProperties") if name in schema}
    if schema.get("items", True) is not True:
        yield {name: schema[name] for name in ("prefixItems", "items") if name in schema}


def _failing(part: AnySchema, root: Schema, path: str, depth: int) -> Iterator[Schema]:
    assert isinstance(part, dict)
    name = next(iter(part), "")
    value: Any = part.get(name)
    if name in ("if", "anyOf", "oneOf", "dependentRequired", "not", "$ref"):
        yield from _combined(name, part, root, path, depth)
    elif name == "allOf":
        yield from opposite(value[0], root, path, depth + 1)
    elif "required" in part and len(part) > 1:
        ((member, schema),) = value.items()
        yield {"type": "object", "whens": {member: inverted(schema)}}  # it is not there, or it is otherwise
    elif len(part) > 1 or name in ("additionalProperties", "items"):
        yield from _open(part, root, path, depth)
    elif name:
        yield from _one(name, value, path)


def _one(name: str, value: Any, path: str) -> Iterator[Schema]:
    if name == "type":
        rest = [kind for kind in KINDS if kind not in kinds({"type": value})]
        if rest:
            yield {"type": rest}
    elif name in ("enum", "notEnum"):
        yield {"notEnum" if name == "enum" else "enum": value}
    elif name in _BOUNDS:
        yield {"type": _NUMBER, _BOUNDS[name]: value}
    elif name in _COUNTS:
        kind, other, shift = _COUNTS[name]
        if value + shift >= 0:
            yield {"type": kind, other: int(value) + shift}
    elif name in _LISTS:
        kind, other = _LISTS[name]
        yield {"type": kind, other: value}
    elif name in ("properties", "whens"):
        ((member, schema),) = value.items()
        yield {"type": "object", "required": [member], "whens": {member: inverted(schema)}}
    elif name == "required":
        yield {"type": "object", "whens": {value[0]: False}}
    elif name == "prefixItems":
        yield {"type": "array", "minItems": len(value), "prefixItems": [*value[:-1], inverted(value[-1])]}
    elif name == "containing":
        ((schema, low, high),) = value
        if low:
            yield {"type": "array", "containing": [[schema, 0, low - 1]]}
        if high is not None:
            yield {"type": "array", "containing": [[schema, high + 1, None]]}
    elif name == "uniqueItems" and not value:
        return
    else:
        said = {"nameRules": "propertyNames", "patternRules": "patternProperties", "beyond": "additionalProperties"}
        said["closing"] = "unevaluatedProperties"
        raise SchemaError(path, f"`{said.get(name, name)}` has no opposite here (in `not`, `if` or `oneOf`)")


def _open(part: Schema, root: Schema, path: str, depth: int) -> Iterator[Schema]:
    """Not closed after all: some member, or some item, that the schema does not allow."""
    if "items" in part:
        if part.get("prefixItems"):
            raise SchemaError(path, "`items` after `prefixItems` has no opposite here (in `not`, `if` or `oneOf`)")
        yield {"type": "array", "containing": [[inverted(part["items"]), 1, None]]}
    elif part.get("additionalProperties") is False and not part.get("patternRules"):
        yield {"type": "object", "beyond": [list(part.get("properties", {}))]}
    elif "additionalProperties" in part:
        raise SchemaError(path, "`additionalProperties` has no opposite here (in `not`, `if` or `oneOf`)")
    else:
        yield from opposite({"allOf": [{name: value} for name, value in part.items()]}, root, path, depth + 1)


def _combined(name: str, part: Schema, root: Schema, path: str, depth: int) -> Iterator[Schema]:
    value = part[name]
    match name:
        case "if":
            yield {"allOf": [value, inverted(part.get("then", True))]}
            yield {"allOf": [inverted(value), inverted(part.get("else", True))]}
        case "anyOf":
            yield {"allOf": [inverted(option) for option in value]}
        case "oneOf":
            yield {"allOf": [inverted(option) for option in value]}
            yield from ({"allOf": [a, b]} for i, a in enumerate(value) for b in value[i + 1 :])
        case "not":
            yield {"allOf": [value]}
        case "$ref":
            yield from opposite(resolve(root, value, path)[1], root, path, depth + 1)
        case _:
            for member, needed in value.items():
                for other in needed:
                    yield {"type": "object", "required": [member], "whens": {other: False}}

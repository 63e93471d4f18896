"""Which keywords of draft 2020-12 the compiler reads, and a look through a schema for those that it does not.

The look comes first, so that an unread keyword is named with its own JSON pointer, not with that of the place where
the compiler would have stumbled over it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError as InvalidSchema
from jsonschema.exceptions import best_match

from grammars.errors import SchemaError

Schema = dict[str, Any]
AnySchema = Schema | bool

ANNOTATIONS = frozenset(
    {"$schema", "$id", "$anchor", "$comment", "$defs", "definitions", "title", "description", "default", "examples"}
    | {"deprecated", "readOnly", "writeOnly", "contentEncoding", "contentMediaType", "contentSchema"}
)
"""They say nothing about which values are valid (content*: draft 2020-12, validation, 8.2)."""

_IN_ONE = frozenset({"if", "then", "else", "not", "items", "contains", "additionalProperties", "propertyNames"})
_IN_MANY = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_IN_NAMED = frozenset({"properties", "patternProperties", "dependentSchemas"})
_PLAIN = frozenset(
    {"type", "enum", "const", "required", "dependentRequired", "minProperties", "maxProperties", "uniqueItems"}
    | {"minItems", "maxItems", "minContains", "maxContains", "minLength", "maxLength", "pattern", "format"}
    | {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "$ref"}
    | {"unevaluatedProperties", "unevaluatedItems"}
)
READ = ANNOTATIONS | _IN_ONE | _IN_MANY | _IN_NAMED | _PLAIN
_DIALECTS = ("2020-12", "2019-09", "draft-07", "draft-06")
_FINITE = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")


def step(path: str, *names: object) -> str:
    """The pointer of a place below `path` (RFC 6901)."""
    return "/".join([path, *(str(name).replace("~", "~0").replace("/", "~1") for name in names)])


def check(schema: AnySchema) -> None:
    """Refuses what is no schema, or holds a keyword that the compiler does not read.

    Raises:
        SchemaError: it names the keyword and its JSON pointer.
    """
    validator = Draft202012Validator(Draft202012Validator.META_SCHEMA, format_checker=FormatChecker(()))
    error: InvalidSchema | None = best_match(validator.iter_errors(schema))
    if error is not None:
        *place, last = error.absolute_path or [""]
        raise SchemaError(step("#", *place), f"`{last}` is no valid schema: {error.message:.200}")
    dialect = schema.get("$schema", "2020-12") if isinstance(schema, dict) else "2020-12"
    if not any(known in dialect for known in _DIALECTS):
        raise SchemaError("#", f"`$schema` {dialect!r} is another dialect than draft 2020-12")
    seen: set[str] = set()
    waiting = [("#", schema)]
    while waiting:
        path, one = waiting.pop()
        if path not in seen and isinstance(one, dict):
            seen.add(path)
            _known(one, path)
            waiting += reversed(list(_below(one, path)))
            if "$ref" in one:
                assert isinstance(schema, dict)
                waiting.append(resolve(schema, one["$ref"], path))


def _known(schema: Schema, path: str) -> None:
    for key in schema:
        if key not in READ:
            raise SchemaError(path, f"the keyword `{key}` is not supported")
    if path != "#" and "$id" in schema:
        raise SchemaError(path, "`$id` makes a document within the document, whose references are not followed")
    for key in _FINITE:
        if key in schema and abs(schema[key]) == float("inf"):
            raise SchemaError(path, f"`{key}` is no finite number")


def _below(schema: Schema, path: str) -> Iterator[tuple[str, AnySchema]]:
    for key, value in schema.items():
        if key in _IN_ONE:
            yield step(path, key), value
        elif key in _IN_MANY:
            yield from ((step(path, key, i), part) for i, part in enumerate(value))
        elif key in _IN_NAMED:
            yield from ((step(path, key, name), part) for name, part in value.items())


def names(schema: AnySchema, root: Schema) -> list[str]:
    """The members that a schema names, in any of its parts that speak of the same value, in their order."""
    found: dict[str, None] = {}
    seen: list[AnySchema] = []
    waiting = [schema]
    while waiting:
        one = waiting.pop(0)
        if not isinstance(one, dict) or one in seen:
            continue
        seen.append(one)
        found |= dict.fromkeys([*one.get("properties", {}), *one.get("required", [])])
        for member, needed in one.get("dependentRequired", {}).items():
            found |= dict.fromkeys([member, *needed])
        found |= dict.fromkeys(one.get("dependentSchemas", {}))
        waiting += [part for name in ("allOf", "anyOf", "oneOf") for part in one.get(name, [])]
        waiting += [one[name] for name in ("not", "if", "then", "else") if name in one]
        waiting += one.get("dependentSchemas", {}).values()
        if "$ref" in one:
            waiting.append(resolve(root, one["$ref"], "#")[1])
    return list(found)


def resolve(root: Schema, ref: str, path: str) -> tuple[str, AnySchema]:
    """The pointer and the schema of what a reference into the same document points at.

    Raises:
        SchemaError: it points elsewhere or at nothing.
    """
    own = str(root.get("$id", ""))
    base, _, fragment = ref.partition("#")
    if base and base != own.partition("#")[0]:
        raise SchemaError(path, f"`$ref` {ref!r} leaves the document")
    if fragment and not fragment.startswith("/"):
        return _anchored(root, fragment, ref, path)
    found: Any = root
    for name in unquote(fragment).split("/")[1:]:
        name = name.replace("~1", "/").replace("~0", "~")
        if isinstance(found, list) and name.isdigit() and int(name) < len(found):
            found = found[int(name)]
        elif isinstance(found, dict) and name in found:
            found = found[name]
        else:
            raise SchemaError(path, f"`$ref` {ref!r} points at nothing")
    if not isinstance(found, dict | bool):
        raise SchemaError(path, f"`$ref` {ref!r} points at no schema")
    return "#" + unquote(fragment), found


def _anchored(root: Schema, name: str, ref: str, path: str) -> tuple[str, AnySchema]:
    waiting: list[tuple[str, AnySchema]] = [("#", root)]
    while waiting:
        place, one = waiting.pop()
        if isinstance(one, dict):
            if one.get("$anchor") == name:
                return place, one
            waiting += _below(one, place)
            for key in ("$defs", "definitions"):
                waiting += [(step(place, key, part), value) for part, value in one.get(key, {}).items()]
    raise SchemaError(path, f"`$ref` {ref!r} points at nothing")

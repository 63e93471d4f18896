"""Two schemas as one: the keywords of both, each in the form that says both.

`gathered` gives a schema the form that this package works on. Combining keywords become entries of `allOf`, which
`grammars.conditions` takes apart. What has a common form only as a list becomes one, under names of our own:

    notEnum      values that it is not                 patterns, notPatterns    `pattern` and `format`
    multiples, notMultiples                            containing               [schema, least, most] of `contains`
    whens        properties that only a condition names: they restrict a member without declaring it
    beyond       lists of names: some member has none of these (a closed object's opposite)
    nameRules    `propertyNames`                       patternRules             `patternProperties`
    closing      `unevaluatedProperties: false` that waits until all that evaluates members is in one place
"""

from __future__ import annotations

import json
import re
from typing import Any

from grammars.errors import SchemaError
from grammars.formats import format_pattern
from grammars.keywords import ANNOTATIONS, AnySchema, Schema, step

COMBINING = ("anyOf", "oneOf", "dependentRequired", "not", "$ref")
_CONDITION = ("if", "then", "else")
_LISTED = {"pattern": "patterns", "multipleOf": "multiples", "propertyNames": "nameRules"}
_LISTS = frozenset(
    {"notEnum", "patterns", "notPatterns", "multiples", "notMultiples", "containing", "beyond", "nameRules"}
    | {"allOf", "required"}
)
_HIGHEST = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"})
_LOWEST = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})
_TOGETHER = frozenset({"properties", "additionalProperties", "whens", "patternRules", "prefixItems", "items"})
KINDS = ("object", "array", "string", "integer", "fraction", "boolean", "null")
"""Types of which no two share a value; `fraction` is a number that is no integer."""


def same(one: object, other: object) -> bool:
    """Equality of JSON values: 1 is 1.0, but true is not 1."""
    return key(one) == key(other)


def key(value: object) -> str:
    """A text that equal JSON values share, whatever the order of their members."""
    return json.dumps(_plain(value), sort_keys=True)


def _plain(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value


def kinds(schema: Schema) -> list[str]:
    """The types, of `KINDS`, that a schema leaves; all of them where it names none."""
    found = schema.get("type", list(KINDS))
    names = [found] if isinstance(found, str) else found
    return [kind for name in names for kind in (("integer", "fraction") if name == "number" else (name,))]


def merge(one: AnySchema, other: AnySchema, path: str) -> AnySchema:
    """The schema of the values valid under both, gathered.

    Raises:
        SchemaError: two keywords have no common form (two sets of `unevaluatedProperties`, for one).
    """
    if one is False or other is False:
        return False
    if one is True or other is True:
        return other if one is True else one
    first, second = gathered(one, path), gathered(other, path)
    result = dict(first)
    for name, value in second.items():
        if name in _TOGETHER:
            continue
        result[name] = _both(name, first[name], value, path) if name in first else value
    _merge_properties(result, first, second, path)
    _merge_items(result, first, second, path)
    return _settled(result)


def gathered(schema: Schema, path: str) -> Schema:
    """The schema in this package's form (see the module's docstring); the same again for one that has it already."""
    gone = {
        *ANNOTATIONS,
        *COMBINING,
        *_CONDITION,
        *_LISTED,
        "const",
        "format",
        "contains",
        "minContains",
        "maxContains",
    }
    gone |= {"dependentSchemas", "patternProperties", "allOf", "unevaluatedProperties", "unevaluatedItems"}
    result = {name: value for name, value in schema.items() if name not in gone}
    if "const" in schema:
        values = [schema["const"]]
        result["enum"] = _both("enum", schema["enum"], values, path) if "enum" in schema else values
    for name, listed in _LISTED.items():
        if name in schema:
            result[listed] = [*result.get(listed, []), schema[name]]
    if "format" in schema:
        result["patterns"] = [*result.get("patterns", []), format_pattern(schema["format"], path)]
    if "contains" in schema:
        result["containing"] = [[schema["contains"], schema.get("minContains", 1), schema.get("maxContains")]]
    if "patternProperties" in schema:
        result["patternRules"] = list(schema["patternProperties"].items())
    if pending := _pending(schema):
        result["allOf"] = pending
    return _with_unevaluated(result, schema, path)


def is_combining(part: AnySchema) -> bool:
    """Whether it is one combining keyword and nothing else, as `gathered` puts it into `allOf`."""
    if not isinstance(part, dict):
        return False
    return set(part) <= set(_CONDITION) if "if" in part else len(part) == 1 and set(part) <= set(COMBINING)


def _pending(schema: Schema) -> list[AnySchema]:
    found: list[AnySchema] = list(schema.get("allOf", []))
    if "if" in schema and {"then", "else", "unevaluatedProperties"} & set(schema):
        found.append({name: schema[name] for name in _CONDITION if name in schema})
    found += [{name: schema[name]} for name in COMBINING if name in schema]
    for name, part in schema.get("dependentSchemas", {}).items():
        found.append({"if": {"type": "object", "required": [name]}, "then": part})
    return found


def _with_unevaluated(result: Schema, schema: Schema, path: str) -> Schema:
    """Without combining keywords `unevaluated*` is what `additionalProperties` and `items` are."""
    for name, plain in (("unevaluatedProperties", "additionalProperties"), ("unevaluatedItems", "items")):
        if name not in schema or schema[name] is True or plain in result:
            continue
        if "allOf" not in result and "containing" not in result and "if" not in schema:
            result[plain] = schema[name]
        elif name == "unevaluatedProperties" and schema[name] is False:
            result["closing"] = True
        else:
            raise SchemaError(path, f"`{name}` beside keywords that evaluate members in more ways than one")
    return result


def _both(name: str, one: Any, other: Any, path: str) -> Any:
    if name in _HIGHEST:
        return max(one, other)
    if name in _LOWEST:
        return min(one, other)
    if name == "enum":
        return [value for value in one if any(same(value, twin) for twin in other)]
    if name in _LISTS:
        known = {key(value) for value in one}
        return [*one, *(value for value in other if key(value) not in known)]
    if name == "type":
        return _types(one, other)
    if name == "uniqueItems":
        return one or other
    if same(one, other):
        return one
    raise SchemaError(path, f"`{name}` is given twice, differently")


def _types(one: Any, other: Any) -> list[str]:
    first, second = kinds({"type": one}), kinds({"type": other})
    found = [kind for kind in first if kind in second]
    if "integer" in found and "fraction" in found:
        found = [("number" if kind == "integer" else kind) for kind in found if kind != "fraction"]
    return found


def _merge_properties(result: Schema, one: Schema, other: Schema, path: str) -> None:
    """Properties side by side; a closed object forbids what only the other one names."""
    names = list(dict.fromkeys([*one.get("properties", {}), *other.get("properties", {})]))
    if names:
        result["properties"] = {
            name: merge(property_of(one, name), property_of(other, name), step(path, "properties", name))
            for name in names
        }
    extra = [s["additionalProperties"] for s in (one, other) if "additionalProperties" in s]
    if len(extra) == 2 and not same(*extra) and False not in extra:
        raise SchemaError(path, "`additionalProperties` is given twice, differently")
    if extra:
        result["additionalProperties"] = False if False in extra else extra[0]
    rules = [rule for s in (one, other) for rule in s.get("patternRules", [])]
    if rules:
        result["patternRules"] = [rule for i, rule in enumerate(rules) if rule not in rules[:i]]
    whens: dict[str, AnySchema] = dict(one.get("whens", {}))
    for name, value in other.get("whens", {}).items():
        whens[name] = merge(whens.get(name, True), value, step(path, "properties", name))
    _apply_whens(result, whens, path)


def _merge_items(result: Schema, one: Schema, other: Schema, path: str) -> None:
    """Items place by place: `items` means those after the schema's own `prefixItems`."""
    size = max(len(s.get("prefixItems", [])) for s in (one, other))
    if size:
        result["prefixItems"] = [
            merge(_item_of(one, i), _item_of(other, i), step(path, "prefixItems", i)) for i in range(size)
        ]
    if "items" in one or "items" in other:
        result["items"] = merge(one.get("items", True), other.get("items", True), step(path, "items"))


def _item_of(schema: Schema, place: int) -> AnySchema:
    first: list[AnySchema] = schema.get("prefixItems", [])
    rest: AnySchema = schema.get("items", True)
    return first[place] if place < len(first) else rest


def _apply_whens(result: Schema, whens: dict[str, AnySchema], path: str) -> None:
    declared = result.get("properties", {})
    if now := {name: value for name, value in whens.items() if name in declared}:
        at = step(path, "properties")
        result["properties"] = declared | {n: merge(declared[n], value, step(at, n)) for n, value in now.items()}
    result.pop("whens", None)
    if left := {name: value for name, value in whens.items() if name not in declared}:
        result["whens"] = left


def property_of(schema: Schema, name: str) -> AnySchema:
    """What a schema asks of a member of this name."""
    matching = [part for pattern, part in schema.get("patternRules", []) if re.search(pattern, name)]
    own = [schema["properties"][name]] if name in schema.get("properties", {}) else []
    found = [*own, *matching]
    if not found:
        extra: AnySchema = schema.get("additionalProperties", True)
        return extra
    return found[0] if len(found) == 1 else {"allOf": found}


def _settled(schema: Schema) -> AnySchema:
    """Contradictions that can be seen are no schema at all; excluded values leave the list of those allowed."""
    if "enum" in schema and "notEnum" in schema:
        barred = {key(value) for value in schema.pop("notEnum")}
        schema["enum"] = [value for value in schema["enum"] if key(value) not in barred]
    if schema.get("enum") == [] or schema.get("type") == []:
        return False
    if kinds(schema) == ["object"]:
        named = schema.get("whens", {}) | schema.get("properties", {})
        if any(is_nothing(named.get(name)) for name in schema.get("required", [])):
            return False
    return schema


def is_nothing(schema: object) -> bool:
    """Whether it plainly has no valid value."""
    return schema is False or (isinstance(schema, dict) and schema.get("enum") == [])

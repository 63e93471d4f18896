"""Schemas taken apart: `allOf`, conditions and alternatives become a list of flat branches.

A branch holds no combining keyword any more; a value is valid under the schema exactly when it is valid under
one of its branches. A condition (`if`) is split by the constants it asks for: `action` is `replan`, or it is
one of the others. What cannot be split so is refused by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from grammars.errors import SchemaError
from grammars.merge import AnySchema, Schema, gathered, merge, resolve, same


def branches(schema: AnySchema, root: Schema, path: str, refs: tuple[str, ...] = ()) -> Iterator[Schema]:
    """The flat schemas that together are the schema.

    Raises:
        SchemaError: a condition or alternative is not told apart by constants; references go in circles.
    """
    if schema is False:
        return
    flat = {} if schema is True else gathered(schema)
    first, *rest = flat.pop("allOf", None) or [None]
    if first is None:
        if flat.get("enum") != []:
            yield flat
        return
    if isinstance(first, dict) and "$ref" in first:
        if len(refs) > 100:
            raise SchemaError(path, f"`$ref` {first['$ref']!r} goes in a circle")
        refs = (*refs, first["$ref"])
    for option in split(flat | ({"allOf": rest} if rest else {}), first, root, path):
        yield from branches(option, root, path, refs)


def split(base: Schema, part: AnySchema, root: Schema, path: str) -> Iterator[AnySchema]:
    """Schemas whose union is `base` together with `part`.

    Raises:
        SchemaError: the parts of `oneOf` may overlap, or a condition asks for more than constants.
    """
    if not isinstance(part, dict):
        yield merge(base, part, path)
    elif "if" in part:
        yield from _conditional(base, part, path)
    elif "anyOf" in part:
        yield from (merge(base, option, path) for option in part["anyOf"])
    elif "oneOf" in part:
        alone = {key: value for key, value in base.items() if key != "allOf"}
        _require_disjoint([merge(alone, option, path) for option in part["oneOf"]], path)
        yield from (merge(base, option, path) for option in part["oneOf"])
    elif "dependentRequired" in part:
        yield from _dependent(base, part["dependentRequired"], path)
    elif "$ref" in part:
        yield merge(base, resolve(root, part["$ref"], path), path)
    else:
        yield merge(base, part, path)


def _conditional(base: Schema, part: Schema, path: str) -> Iterator[AnySchema]:
    tests = _tests(part["if"], path)
    required = part["if"].get("required", [])
    held = {
        "properties": {name: {"enum": values} for name, values in tests.items()},
        "required": required,
    }
    yield merge(merge(base, held, path), part.get("then", True), path)
    # Not (a and b and c), without overlap: not a; a and not b; a and b and not c.
    for broken in dict.fromkeys([*tests, *required]):
        rest = _but(base, broken, tests, required, path)
        for option in rest:
            yield merge(option, part.get("else", True), path)
        known = {"properties": {broken: {"enum": tests[broken]}}} if broken in tests else {}
        needed = {"required": [broken]} if broken in required else {}
        kept = merge(base, known | needed, path)
        if kept is False:
            return
        assert isinstance(kept, dict)
        base = kept


def _tests(condition: Any, path: str) -> dict[str, list[Any]]:
    """Property to the constants it is asked to be."""
    if not isinstance(condition, dict) or set(condition) - {"properties", "required"}:
        raise SchemaError(path, "`if` may hold `properties` with constants and `required`, nothing else")
    tests: dict[str, list[Any]] = {}
    for name, test in condition.get("properties", {}).items():
        if not isinstance(test, dict) or set(test) not in ({"const"}, {"enum"}):
            raise SchemaError(path, f"`if` tests {name!r} for something else than `const` or `enum`")
        tests[name] = list(test.get("enum", [test.get("const")]))
    return tests


def _but(base: Schema, name: str, tests: dict[str, list[Any]], required: list[str], path: str) -> Iterator[AnySchema]:
    """The base with one test failing: the property has another value, or is missing where it was required."""
    if name in required and name not in base.get("required", []):
        yield merge(base, {"properties": {name: False}}, path)
    if name in tests:
        others = [
            value for value in _values(base, name, path) if not any(same(value, wanted) for wanted in tests[name])
        ]
        if others:
            yield merge(base, {"properties": {name: {"enum": others}}, "required": [name]}, path)


def _values(base: Schema, name: str, path: str) -> list[Any]:
    found = base.get("properties", {}).get(name, True)
    if found is False:
        return []
    if isinstance(found, dict) and "enum" in found:
        return list(found["enum"])
    if isinstance(found, dict) and "const" in found:
        return [found["const"]]
    if isinstance(found, dict) and found.get("type") == "boolean":
        return [False, True]
    raise SchemaError(path, f"`if` tests {name!r}, whose own values are not listed (`enum`, `const`, boolean)")


def _dependent(base: Schema, rules: dict[str, list[str]], path: str) -> Iterator[AnySchema]:
    (name, needed), rest = next(iter(rules.items())), dict(list(rules.items())[1:])
    left: Schema = {"allOf": [{"dependentRequired": rest}]} if rest else {}
    if name not in base.get("required", []):
        yield merge(merge(base, {"properties": {name: False}}, path), left, path)
    yield merge(merge(base, {"required": [name, *needed]}, path), left, path)


def _require_disjoint(options: list[AnySchema], path: str) -> None:
    flat = [option for option in options if isinstance(option, dict)]
    for i, one in enumerate(flat):
        for other in flat[i + 1 :]:
            if not _disjoint(one, other):
                raise SchemaError(path, "`oneOf` has parts that no type or required constant tells apart")


def _disjoint(one: Schema, other: Schema) -> bool:
    if one.get("allOf") or other.get("allOf"):
        return False
    kinds = [s["type"] if isinstance(s.get("type"), list) else [s.get("type")] for s in (one, other)]
    if None not in kinds[0] + kinds[1] and not set(kinds[0]) & set(kinds[1]):
        return not {"integer", "number"} <= set(kinds[0] + kinds[1])
    if "enum" in one and "enum" in other:
        return not any(same(a, b) for a in one["enum"] for b in other["enum"])
    shared = set(one.get("required", [])) & set(other.get("required", []))
    properties = [s.get("properties", {}) for s in (one, other)]
    return any(_apart(properties[0].get(name), properties[1].get(name)) for name in shared)


def _apart(one: Any, other: Any) -> bool:
    first, second = constants(one), constants(other)
    return bool(first and second) and not any(same(a, b) for a in first for b in second)


def constants(schema: Any) -> list[Any]:
    """What `enum` or `const` lists; nothing for another schema."""
    if not isinstance(schema, dict):
        return []
    return list(schema["enum"]) if "enum" in schema else [schema["const"]] if "const" in schema else []

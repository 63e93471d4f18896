"""Schemas taken apart: `allOf`, conditions and alternatives become a list of flat branches.

A branch holds no combining keyword any more; a value is valid under the schema exactly when it is valid under
one of its branches. Conditions multiply: what would become more than `MAX_BRANCHES` is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from grammars.errors import SchemaError
from grammars.keywords import AnySchema, Schema, resolve
from grammars.merge import gathered, is_combining, kinds, merge, property_of, same
from grammars.negation import inverted, opposite

MAX_BRANCHES = 1_100
"""So many objects, each with its own rules, are still read in milliseconds; conditions multiply beyond any bound."""


class Budget:
    """How many more branches a schema may fall into, dead ones included."""

    def __init__(self) -> None:
        self.left = MAX_BRANCHES * 3

    def spend(self, path: str, name: str) -> None:
        """Raises: SchemaError when the budget is spent."""
        self.left -= 1
        if self.left < 0:
            raise SchemaError(path, f"`{name}`: the conditions multiply to too many cases")


def branches(schema: AnySchema, root: Schema, path: str) -> list[Schema]:
    """The flat schemas that together are the schema.

    Raises:
        SchemaError: a keyword within a condition has no opposite; references go in circles; too many branches.
    """
    found = list(_branches(schema, root, path, Budget(), ()))
    if len(found) > MAX_BRANCHES:
        raise SchemaError(path, f"`{_combining(schema)}`: the conditions multiply to {len(found):,} cases")
    return found


def _combining(schema: AnySchema) -> str:
    names = ("allOf", "anyOf", "oneOf", "if", "dependentRequired", "dependentSchemas", "not", "$ref")
    return next((name for name in names if isinstance(schema, dict) and name in schema), "allOf")


def _branches(schema: AnySchema, root: Schema, path: str, budget: Budget, refs: tuple[str, ...]) -> Iterator[Schema]:
    if schema is False:
        return
    flat = {} if schema is True else gathered(schema, path)
    first, *rest = flat.pop("allOf", None) or [None]
    if first is None:
        if flat.get("enum") != []:
            yield _closed(flat)
        return
    budget.spend(path, next(iter(first)) if isinstance(first, dict) and first else "allOf")
    if isinstance(first, dict) and "$ref" in first:
        if len(refs) > 100:
            raise SchemaError(path, f"`$ref` {first['$ref']!r} goes in a circle")
        refs = (*refs, first["$ref"])
    for option in split(flat | ({"allOf": rest} if rest else {}), first, root, path):
        yield from _branches(option, root, path, budget, refs)


def _closed(flat: Schema) -> Schema:
    """`unevaluatedProperties: false`, now that all that evaluates is in one place."""
    if flat.pop("closing", False):
        flat["additionalProperties"] = False
    return flat


def split(base: Schema, part: AnySchema, root: Schema, path: str) -> Iterator[AnySchema]:
    """Schemas whose union is `base` together with `part`."""
    _check_closing(base, part, path)
    if not isinstance(part, dict) or not is_combining(part):
        yield _within(base, part, path)
    elif "if" in part:
        yield from _conditional(base, part, root, path)
    elif "anyOf" in part:
        yield from (_within(base, option, path) for option in part["anyOf"])
    elif "oneOf" in part:
        yield from _one_of(base, part["oneOf"], path)
    elif "dependentRequired" in part:
        yield from _dependent(base, part["dependentRequired"], path)
    elif "not" in part:
        yield from (_within(base, option, path) for option in opposite(part["not"], root, path))
    elif "$ref" in part:
        yield _within(base, resolve(root, part["$ref"], path)[1], path)
    else:
        yield _within(base, part, path)


def _check_closing(base: Schema, part: AnySchema, path: str) -> None:
    """`unevaluatedProperties` sees what each alternative that holds has evaluated; here one holds at a time."""
    if base.get("closing") and isinstance(part, dict):
        inner = part.get("not", part.get("if", {}))
        if "anyOf" in part or '"not"' in json.dumps(inner):
            name = "anyOf" if "anyOf" in part else "not"
            raise SchemaError(path, f"`unevaluatedProperties` beside `{name}`, which evaluates members in several ways")


def _within(base: AnySchema, part: AnySchema, path: str) -> AnySchema:
    """The merge of a schema with a part of its own: an `unevaluatedProperties` of the part sees only the part."""
    if isinstance(part, dict) and gathered(part, path).get("closing"):
        raise SchemaError(path, "`unevaluatedProperties` inside another schema that adds members")
    return merge(base, part, path)


def _conditional(base: Schema, part: Schema, root: Schema, path: str) -> Iterator[AnySchema]:
    yield _within(_within(base, part["if"], path), part.get("then", True), path)
    for option in opposite(part["if"], root, path):
        yield _within(merge(base, option, path), part.get("else", True), path)


def _dependent(base: Schema, rules: dict[str, list[str]], path: str) -> Iterator[AnySchema]:
    if not rules:
        yield base
        return
    (name, needed), rest = next(iter(rules.items())), dict(list(rules.items())[1:])
    left: Schema = {"allOf": [{"dependentRequired": rest}]} if rest else {}
    if name not in base.get("required", []):
        yield merge(merge(base, {"whens": {name: False}}, path), left, path)
    yield merge(merge(base, {"required": [name, *needed]}, path), left, path)


def _one_of(base: Schema, options: list[AnySchema], path: str) -> Iterator[AnySchema]:
    alone = {name: value for name, value in base.items() if name != "allOf"}
    merged = [_within(alone, option, path) for option in options]
    for i, option in enumerate(options):
        others = [o for j, o in enumerate(options) if j != i and not _disjoint(merged[i], merged[j])]
        found = _within(base, option, path)
        yield merge(found, {"allOf": [inverted(other) for other in others]}, path) if others else found


def _disjoint(one: AnySchema, other: AnySchema) -> bool:
    """Whether two schemas plainly share no value: by type, by constants, by what is required."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return one is False or other is False
    if not set(kinds(one)) & set(kinds(other)):
        return True
    if "enum" in one and "enum" in other:
        return not any(same(a, b) for a in one["enum"] for b in other["enum"])
    if kinds(one) != ["object"] or kinds(other) != ["object"]:
        return False
    if any(_bars(a, b) for a, b in ((one, other), (other, one))):
        return True
    shared = set(one.get("required", [])) & set(other.get("required", []))
    properties = [s.get("properties", {}) for s in (one, other)]
    return any(_apart(properties[0].get(name), properties[1].get(name)) for name in shared)


def _bars(closed: Schema, other: Schema) -> bool:
    """Whether a closed object has no room for what the other one needs."""
    if closed.get("additionalProperties", True) is not False or "patternRules" in closed:
        return False
    return bool(set(other.get("required", [])) - set(closed.get("properties", {})))


def _apart(one: Any, other: Any) -> bool:
    first, second = constants(one), constants(other)
    return bool(first and second) and not any(same(a, b) for a in first for b in second)


def constants(schema: Any) -> list[Any]:
    """What `enum` or `const` lists; nothing for another schema."""
    if not isinstance(schema, dict):
        return []
    return list(schema["enum"]) if "enum" in schema else [schema["const"]] if "const" in schema else []


def with_names(flat: list[Schema], names: list[str]) -> list[Schema]:
    """Each branch with the members that any of them names, for objects that are closed by decision alone."""
    found: list[Schema] = []
    for one in flat:
        named = {name: property_of(one, name) for name in [*one.get("properties", {}), *names]}
        whole = merge(one, {"properties": named}, "#") if named else one
        found += [whole] if isinstance(whole, dict) else []
    return found


def label(branch: Schema, name: str) -> str:
    """A name for the rules of a branch: the constants that tell it apart, where it has some."""
    for member in branch.get("required", []):
        values = constants(branch.get("properties", {}).get(member))
        if 0 < len(values) <= 2:
            return "-or-".join(map(str, values))
    return name

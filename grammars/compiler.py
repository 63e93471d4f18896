"""JSON Schema to GBNF: a grammar of exactly the canonical texts of exactly the valid values.

Canonical: members in one fixed order, no white space, one text a number and a string (see `josi.decision`).
Read: closed objects, required and optional members, conditions on constants, enum, const, ranges of integers
and numbers, bounded strings, anchored patterns, `format: date`, bounded arrays, allOf, anyOf, oneOf, local
`$ref`.
Anything else is a SchemaError that names it; nothing is ever ignored.
"""

from __future__ import annotations

from collections.abc import Sequence

from jsonschema import Draft202012Validator

from grammars.conditions import branches, constants
from grammars.errors import SchemaError
from grammars.members import Member, array_text, factored, object_text
from grammars.merge import ANNOTATIONS, AnySchema, Schema, resolve
from grammars.nodes import Lit, Node, Ref, alt, render
from grammars.rules import RuleBook, references
from grammars.scalars import number, string
from grammars.strings import check_bound
from josi.decision import json_text

_KINDS = frozenset({"object", "array", "string", "number", "integer", "boolean", "null"})
_KEYWORDS = frozenset(
    {"type", "enum", "properties", "required", "additionalProperties", "items", "minItems", "maxItems"}
    | {"minLength", "maxLength", "pattern", "format"}
    | {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
)


def compile_schema(schema: Schema, *, order: Sequence[str] = (), places: int | None = None, comment: str = "") -> str:
    """The GBNF of a schema (draft 2020-12), ready for llama.cpp; it starts at the rule `root`.

    `order`: names of members that come first, in that order, in every object; the others follow as the schema
    lists them. `places`: the most digits after a decimal point (None: any number of them).

    Raises:
        SchemaError: the schema holds a keyword without an exact grammar, or no value is valid under it.
    """
    return render(_Compiler(schema, order, places).rules(), comment)


class _Compiler:
    def __init__(self, schema: Schema, order: Sequence[str], places: int | None) -> None:
        self.schema, self.order, self.places = schema, list(order), places
        self.book = RuleBook()
        self.refs: dict[str, Ref] = {}

    def rules(self) -> dict[str, Node]:
        """Every rule, `root` first."""
        root = self.book.reserve("root")
        whole = self._must(self.schema, "#", "value")
        # llguidance cuts `root` into words, greedily; a rule of texts alone is one word.
        self.book.fill(root, whole if any(references(whole)) else self.book.named("value", whole))
        return self.book.finished()

    def _must(self, schema: AnySchema, path: str, name: str) -> Node:
        options = self.value(schema, path, name)
        if not options:
            raise SchemaError(path, "no value is valid under it")
        return alt(options)

    def value(self, schema: AnySchema, path: str, name: str) -> list[Node]:
        """The ways to write a valid value; none when there is no valid value."""
        if isinstance(schema, dict) and set(schema) - ANNOTATIONS == {"$ref"}:
            return [self.reference(schema["$ref"], path)]
        flat = list(branches(schema, self.schema, path))
        if len(flat) == 1:
            return self.flat(flat[0], path, name)
        found = [option for branch in flat for option in self.flat(branch, path, _label(branch, name))]
        return factored(list(dict.fromkeys(found)))

    def reference(self, target: str, path: str) -> Ref:
        """A rule of its own for what a `$ref` points at, so that it may hold itself."""
        if target not in self.refs:
            ref = self.book.reserve(target.rsplit("/", 1)[-1].strip("#") or "whole")
            self.refs[target] = ref
            self.book.fill(ref, self._must(resolve(self.schema, target, path), target, ref.name))
        return self.refs[target]

    def flat(self, schema: Schema, path: str, name: str) -> list[Node]:
        """One branch, without combining keywords."""
        unknown = sorted(set(schema) - ANNOTATIONS - _KEYWORDS)
        if unknown:
            raise SchemaError(path, f"the keyword `{unknown[0]}` is not supported")
        if "enum" in schema:
            valid = Draft202012Validator(schema)
            return [Lit(json_text(value)) for value in schema["enum"] if valid.is_valid(value)]
        kinds = self._kinds(schema, path)
        return [option for kind in kinds for option in self.kind(kind, schema, path, name)]

    def _kinds(self, schema: Schema, path: str) -> list[str]:
        if "type" not in schema:
            raise SchemaError(path, "`type` is missing (or `enum`, `const`): any value would be valid")
        kinds = [schema["type"]] if isinstance(schema["type"], str) else list(schema["type"])
        unknown = sorted(set(kinds) - _KINDS)
        if unknown:
            raise SchemaError(path, f"`type` {unknown[0]!r} is unknown")
        return [kind for kind in kinds if kind != "integer" or "number" not in kinds]

    def kind(self, kind: str, schema: Schema, path: str, name: str) -> list[Node]:
        """One branch as one JSON type."""
        match kind:
            case "object":
                return self.object(schema, path, name)
            case "array":
                return self.array(schema, path, name)
            case "string":
                return string(schema, self.book, path)
            case "boolean":
                return [Lit("true"), Lit("false")]
            case "null":
                return [Lit("null")]
            case _:
                return number(kind, schema, self.places)

    def object(self, schema: Schema, path: str, name: str) -> list[Node]:
        """A closed object; no options when a required member can have no value."""
        if schema.get("additionalProperties", True) is not False:
            raise SchemaError(path, "`additionalProperties` must be false: unknown members have no grammar")
        properties: dict[str, AnySchema] = schema.get("properties", {})
        required = set(schema.get("required", []))
        first = [key for key in self.order if key in properties]
        members: list[Member] = []
        for key in dict.fromkeys([*first, *properties]):
            options = self.value(properties[key], f"{path}/properties/{key}", key)
            if options:
                value = alt(options)
                # A constant that opens the object tells branches apart: it stays in sight, without a rule.
                opens = not members and all(isinstance(option, Lit) for option in options)
                members.append(Member(json_text(key), value if opens else self.book.named(key, value), key in required))
        written = {member.key for member in members}
        if any(json_text(key) not in written for key in required):
            return []
        return [object_text(members, self.book, name)]

    def array(self, schema: Schema, path: str, name: str) -> list[Node]:
        """A list of `items`, bounded or not."""
        low, high = schema.get("minItems", 0), schema.get("maxItems")
        check_bound(low, "minItems", path)
        check_bound(high, "maxItems", path)
        if high is not None and low > high:
            return []
        options = [] if high == 0 else self.value(schema.get("items", True), f"{path}/items", f"{name}-item")
        item = self.book.named(f"{name}-item", alt(options)) if options else None
        return array_text(item, low, high)


def _label(branch: Schema, name: str) -> str:
    """A name for the rules of a branch: the constants that tell it apart, where it has some."""
    for key in branch.get("required", []):
        values = constants(branch.get("properties", {}).get(key))
        if 0 < len(values) <= 2:
            return "-or-".join(map(str, values))
    return name

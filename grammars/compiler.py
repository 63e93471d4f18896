"""JSON Schema (draft 2020-12) to GBNF: a grammar of exactly the canonical texts of exactly the valid values.

Canonical: members in one fixed order, no white space, one text a number and a string (see `josi.decision`).
`grammars.keywords` lists what is read; docs/grammar.md says with which limits. Anything else is a SchemaError that
names the keyword and its place; nothing is ever ignored.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from jsonschema import Draft202012Validator

from grammars import keywords
from grammars.arrays import Items, counted_array, distinct_array, plain_array, texts_of
from grammars.conditions import branches, label, with_names
from grammars.errors import SchemaError
from grammars.keywords import ANNOTATIONS, AnySchema, Schema, step
from grammars.members import Member, counted_object, grouped, object_text
from grammars.merge import KINDS, is_nothing, key, kinds, merge, property_of
from grammars.negation import inverted
from grammars.nodes import Lit, Node, Ref, Seq, alt, render
from grammars.rules import RuleBook, references
from grammars.scalars import number, string
from grammars.trimmed import trimmed
from grammars.written import as_schema
from josi.decision import json_text

MAX_PARTS = 20_000
"""Schemas that are looked at, those behind references once: a guard against schemas that unfold without end."""


def compile_schema(
    schema: AnySchema, *, order: Sequence[str] = (), places: int | None = None, closed: bool = False, comment: str = ""
) -> str:
    """The GBNF of a schema (draft 2020-12), ready for llama.cpp; it starts at the rule `root`.

    `order`: names of members that come first, in that order, in every object; the others follow as the schema
    lists them. `places`: the most digits after a decimal point (None: any number of them). `closed`: an object has
    only members that its schema names, also where `additionalProperties` does not say so; without it such a schema is
    refused, since a grammar cannot keep free names from coming twice.

    Raises:
        SchemaError: the schema holds a keyword without an exact grammar, or no value is valid under it.
    """
    keywords.check(schema)
    return render(_Compiler(schema, order, places, closed).rules(), comment)


class _Compiler:
    def __init__(self, schema: AnySchema, order: Sequence[str], places: int | None, closed: bool) -> None:
        self.schema, self.order, self.places, self.closed = schema, list(order), places, closed
        self.root: Schema = schema if isinstance(schema, dict) else {}
        self.validator = Draft202012Validator(self.root)
        self.book = RuleBook()
        self.refs: dict[str, Ref] = {}
        self.open: dict[str, Ref | None] = {}
        self.made: dict[str, list[Node]] = {}
        self.parts = 0

    def rules(self) -> dict[str, Node]:
        """Every rule, `root` first."""
        root = self.book.reserve("root")
        whole = self.choice(self.value(self.schema, "#", "value"))
        # llguidance cuts `root` into words, greedily; a rule of texts alone is one word.
        self.book.fill(root, whole if any(references(whole)) else self.book.named("value", whole))
        rules = trimmed(self.book.finished())
        if "root" not in rules:
            raise SchemaError("#", "no value is valid under it")
        return rules

    def value(self, schema: AnySchema, path: str, name: str) -> list[Node]:
        """The ways to write a valid value; none when there is no valid value."""
        if isinstance(schema, dict) and set(schema) - ANNOTATIONS == {"$ref"}:
            return [self.reference(schema["$ref"], path)]
        # A schema that turns up within itself is a rule that holds itself.
        this = json.dumps(schema, sort_keys=True) if isinstance(schema, dict) else "{}" if schema else "false"
        if this in self.open:
            self.open[this] = self.open[this] or self.book.reserve(name)
            return [ref for ref in [self.open[this]] if ref]
        if this in self.made:
            return self.made[this]
        self.open[this] = None
        options = self.options(schema, path, name)
        ref = self.open.pop(this)
        if ref is None:
            self.made[this] = options
            return options
        self.book.fill(ref, self.choice(options))
        return [ref]

    def options(self, schema: AnySchema, path: str, name: str) -> list[Node]:
        """One or more for each flat branch of the schema."""
        self.parts += 1
        if self.parts > MAX_PARTS:
            raise SchemaError(path, f"the schema unfolds into more than {MAX_PARTS:,} schemas")
        flat = branches(schema, self.root, path)
        if self.closed:
            flat = with_names(flat, keywords.names(schema, self.root))
        if len(flat) == 1:
            return self.flat(flat[0], path, name)
        found = [option for branch in flat for option in self.flat(branch, path, label(branch, name))]
        return grouped(list(dict.fromkeys(self.word(option, name) for option in found)))

    def word(self, node: Node, name: str) -> Node:
        """One of several ways, as a rule of its own where llguidance would cut it into words (see `rules`)."""
        head = node.items[0] if isinstance(node, Seq) else node
        opens = isinstance(head, Lit) and head.text[:1] in ("{", "[")
        return node if opens or any(references(node)) else self.book.named(name, node)

    def choice(self, options: list[Node]) -> Node:
        """One of these; a rule that never ends where there are none, which `trimmed` takes out again."""
        if options:
            return alt(options)
        never = self.book.reserve("never")
        self.book.fill(never, never)
        return never

    def reference(self, target: str, path: str) -> Ref:
        """A rule of its own for what a `$ref` points at, so that it may hold itself."""
        place, schema = keywords.resolve(self.root, target, path)
        if place not in self.refs:
            ref = self.book.reserve(place.rsplit("/", 1)[-1].strip("#") or "whole")
            self.refs[place] = ref
            options = self.value(schema, place, ref.name)
            self.book.fill(ref, self.choice(options))
        return self.refs[place]

    def flat(self, schema: Schema, path: str, name: str) -> list[Node]:
        """One branch, without combining keywords."""
        if "enum" in schema:
            valid = self.validator.evolve(schema=as_schema(schema))
            return [Lit(json_text(self.ordered(v))) for v in _distinct(schema["enum"]) if valid.is_valid(v)]
        if "type" not in schema and not self.closed:
            raise SchemaError(path, "`type` is missing (or `enum`, `const`): any value would be valid")
        found = kinds(schema)
        if "integer" in found and "fraction" in found:
            found = ["number" if kind == "integer" else kind for kind in found if kind != "fraction"]
        ways = [self.kind(kind, schema, path, name) for kind in dict.fromkeys(found)]
        if len(ways) == 1:
            return ways[0]
        return [self.word(alt(options), name) for options in ways if options]

    def ordered(self, value: Any) -> Any:
        """A constant with its members in the given order."""
        if isinstance(value, list):
            return [self.ordered(item) for item in value]
        if not isinstance(value, dict):
            return value
        names = dict.fromkeys([*(name for name in self.order if name in value), *value])
        return {name: self.ordered(value[name]) for name in names}

    def kind(self, kind: str, schema: Schema, path: str, name: str) -> list[Node]:
        """One branch as one JSON type."""
        barred = [value for value in schema.get("notEnum", []) if self.validator.is_type(value, _TYPES.get(kind, kind))]
        match kind:
            case "object" | "array" if self._still_valid(schema, barred):
                raise SchemaError(path, f"`not` (or `else`, `oneOf`) of the constant {barred[0]!r} has no grammar here")
            case "object":
                return [node for known in self.known(schema) for node in self.object(known, path, name)]
            case "array":
                return self.array(schema, path, name)
            case "string":
                return string(schema, barred, self.book, name, path)
            case "boolean":
                return [Lit(json_text(value)) for value in (True, False) if value not in barred]
            case "null":
                return [] if barred else [Lit("null")]
            case _:
                return number(kind, schema, barred, self.places, self.book, name, path)

    def _still_valid(self, schema: Schema, barred: list[Any]) -> bool:
        rest = {name: value for name, value in schema.items() if name != "notEnum"}
        return any(self.validator.evolve(schema=as_schema(rest)).is_valid(value) for value in barred)

    def known(self, schema: Schema) -> list[Schema]:
        """`beyond`, now that all names are known: which of them is the one that must be there."""
        found: list[Schema] = [{name: value for name, value in schema.items() if name != "beyond"}]
        for names in schema.get("beyond", []):
            newer: list[Schema] = []
            for name in schema.get("properties", {}):
                if name not in names:
                    newer += [s for one in found if isinstance(s := merge(one, {"required": [name]}, "#"), dict)]
                    absent = {"properties": {name: False}}
                    found = [s for one in found if isinstance(s := merge(one, absent, "#"), dict)]
            found = newer
        return found

    def object(self, schema: Schema, path: str, name: str) -> list[Node]:
        """A closed object; no options when a required member can have no value."""
        free = schema.get("additionalProperties", True) is not False
        if not self.closed and free:
            raise SchemaError(path, "`additionalProperties` must be false: unknown members have no grammar")
        if not self.closed and "patternRules" in schema:
            raise SchemaError(path, "`patternProperties` leaves names free, which no grammar keeps from coming twice")
        members = self.members(schema, path)
        written = {member.key for member in members}
        if any(json_text(name) not in written for name in schema.get("required", [])):
            return []
        low, high = int(schema.get("minProperties", 0)), schema.get("maxProperties")
        if low <= sum(member.required for member in members) and (high is None or high >= len(members)):
            return [object_text(members, self.book, name)]
        return counted_object(members, low, None if high is None else int(high), self.book, name)

    def members(self, schema: Schema, path: str) -> list[Member]:
        """The members that can have a value, in order."""
        properties: dict[str, AnySchema] = schema.get("properties", {})
        required = set(schema.get("required", []))
        first = [name for name in self.order if name in properties]
        members: list[Member] = []
        for name in dict.fromkeys([*first, *properties]):
            if not all(self.validator.evolve(schema=rule).is_valid(name) for rule in schema.get("nameRules", [])):
                continue
            options = self.value(property_of(schema, name), step(path, "properties", name), name)
            if options:
                value = alt(options)
                # A constant that opens the object tells branches apart: it stays in sight, without a rule.
                opens = not members and all(isinstance(option, Lit) for option in options)
                named = value if opens else self.book.named(name, value)
                members.append(Member(json_text(name), named, name in required))
        return members

    def array(self, schema: Schema, path: str, name: str) -> list[Node]:
        """A list: of `items` alone, of items by place, with items that count, or without doubles."""
        low, high = int(schema.get("minItems", 0)), schema.get("maxItems")
        high = None if high is None else int(high)
        if schema.get("uniqueItems") and (high is None or high > 1):
            return self.distinct(schema, low, high, path, name)
        if high is not None and low > high:
            return []
        counting = [one for one in schema.get("containing", []) if one[1] or one[2] is not None]
        if not counting and not schema.get("prefixItems"):
            item = None if high == 0 else self.item(schema.get("items", True), step(path, "items"), name)
            return plain_array(item, low, high, self.book, path)
        if len(counting) > 1:
            raise SchemaError(path, "`contains` is asked for twice, differently")
        counted, least, most = counting[0] if counting else (False, 0, None)
        prefix = schema.get("prefixItems", [])[: high if high is not None else None]
        first = [self.pair(part, counted, step(path, "prefixItems", i), name) for i, part in enumerate(prefix)]
        ends = high is not None and high <= len(prefix)
        rest = (None, None) if ends else self.pair(schema.get("items", True), counted, step(path, "items"), name)
        items = Items(first, rest, low, high, least, most)
        return counted_array(items, self.book, name, path, "contains" if counting else "prefixItems")

    def pair(self, schema: AnySchema, counted: AnySchema, path: str, name: str) -> tuple[Node | None, Node | None]:
        """Items of a schema that do not count, and those that do."""
        if counted is False:
            return self.item(schema, path, name), None
        return tuple(self.item(merge(schema, part, path), path, name) for part in (inverted(counted), counted))  # type: ignore[return-value]

    def item(self, schema: AnySchema, path: str, name: str) -> Node | None:
        """The rule of an item; None where there is none."""
        options = [] if is_nothing(schema) else self.value(schema, path, f"{name}-item")
        return self.book.named(f"{name}-item", alt(options)) if options else None

    def distinct(self, schema: Schema, low: int, high: int | None, path: str, name: str) -> list[Node]:
        """`uniqueItems`, where the items are few."""
        texts = texts_of(self.value(schema.get("items", True), step(path, "items"), f"{name}-item"))
        if texts is None or schema.get("prefixItems") or schema.get("containing"):
            raise SchemaError(path, "`uniqueItems` is supported only where at most 9 values are allowed as items")
        return distinct_array(texts, low, high, self.book, name)


_TYPES = {"fraction": "number"}
assert set(KINDS) > set(_TYPES)


def _distinct(values: list[Any]) -> list[Any]:
    return list({key(value): value for value in reversed(values)}.values())[::-1]

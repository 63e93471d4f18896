"""The compiler against jsonschema: whatever values a schema is asked about, grammar and validator agree."""

import json
import random
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from grammars.compiler import compile_schema
from grammars.errors import SchemaError
from grammars.oracle import accepts, sample
from josi.decision import json_text

CLOSED = {"type": "object", "additionalProperties": False}
KIND = {"enum": ["a", "b", "c"]}

SCHEMAS: dict[str, dict[str, Any]] = {
    "enum": {"enum": ["x", 'quo"te', 1, 2.5, True, None, ["l", 1]]},
    "const": {"const": {"k": [1, "é\n"]}},
    "types": {"type": ["integer", "null", "boolean"], "minimum": 3},
    "number beside integer": {"type": ["number", "integer"], "exclusiveMinimum": -1.5, "maximum": 2},
    "lengths": {"type": "string", "minLength": 2, "maxLength": 4},
    "pattern": {"type": "string", "pattern": "^(?:ab?|[^0-9\\n-]{2,3}\\.)*$"},
    "pattern and lengths": {"type": "string", "pattern": '^[a-z\\t"]+$', "maxLength": 3},
    "date": {"type": "string", "format": "date"},
    "array": {"type": "array", "items": {"enum": [1, "b"]}, "minItems": 1, "maxItems": 3},
    "array without items": {"type": "array", "items": False},
    "nested arrays": {"type": "array", "items": {"type": "array", "items": {"type": "null"}, "maxItems": 2}},
    "optional": CLOSED | {"properties": {"p": {"type": "null"}, "q": KIND, "r": {"type": "boolean"}}},
    "required in the middle": CLOSED | {"properties": {"p": KIND, "q": KIND, "r": KIND}, "required": ["q"]},
    "forbidden": CLOSED | {"properties": {"p": False, "q": KIND}},
    "if then else": CLOSED
    | {
        "properties": {"p": KIND, "q": {"type": "null"}, "r": {"type": "null"}},
        "if": {"properties": {"p": {"const": "a"}}, "required": ["p"]},
        "then": {"required": ["q"]},
        "else": {"required": ["r"], "properties": {"q": False}},
    },
    "if without required": CLOSED
    | {
        "properties": {"p": KIND, "q": {"type": "null"}},
        "if": {"properties": {"p": {"enum": ["a", "b"]}}},
        "then": {"required": ["q"]},
    },
    "two tests": CLOSED
    | {
        "properties": {"p": KIND, "q": {"type": "boolean"}, "r": {"type": "null"}},
        "if": {"properties": {"p": {"const": "a"}, "q": {"const": True}}, "required": ["p", "q"]},
        "then": {"required": ["r"]},
        "else": {"properties": {"r": False}},
    },
    "dependentRequired": CLOSED
    | {
        "properties": {"p": KIND, "q": {"type": "null"}, "r": {"type": "null"}},
        "dependentRequired": {"p": ["q"], "q": ["r"]},
    },
    "allOf": {"allOf": [{"type": "integer", "minimum": 1}, {"type": "number", "maximum": 9}, {"minimum": 4}]},
    "anyOf": {"anyOf": [{"type": "integer", "minimum": 8}, {"type": "integer", "maximum": 3}, {"const": "x"}]},
    "oneOf": {
        "oneOf": [
            CLOSED | {"properties": {"p": {"const": "a"}, "q": {"type": "null"}}, "required": ["p"]},
            CLOSED | {"properties": {"p": {"const": "b"}, "r": {"type": "null"}}, "required": ["p", "r"]},
        ]
    },
    "ref": {
        "$defs": {"k": KIND, "n/m": {"type": "null"}},
        "type": "array",
        "items": {"anyOf": [{"$ref": "#/$defs/k"}, {"$ref": "#/$defs/n~1m"}]},
    },
    "recursive": CLOSED | {"properties": {"p": KIND, "q": {"$ref": "#"}}, "required": ["p"]},
}

LEAVES: list[Any] = [
    *(
        None,
        True,
        False,
        0,
        1,
        2,
        3,
        4,
        5,
        8,
        9,
        10,
        -1,
        -2,
        0.5,
        -1.5,
        -1.25,
        2.5,
        "",
        "a",
        "b",
        "c",
        "d",
        "x",
    ),
    *(
        "ab",
        "abab",
        "a.",
        "aé.",
        'quo"te',
        "é\n",
        '\t"',
        "abcd",
        "abcde",
        "\ud7ff🏃",
        "2024-02-29",
        "2023-02-29",
    ),
]


def _values(rng: random.Random) -> list[Any]:
    """Leaves, arrays of leaves, and objects over p, q, r in schema order."""
    found = [*LEAVES, {"k": [1, "é\n"]}, {"k": [1]}, ["l", 1], [], [[]], [[None], [None, None]], [[None] * 3]]
    found += [[rng.choice(LEAVES[:30]) for _ in range(rng.randint(0, 4))] for _ in range(60)]
    found += [[rng.choice((1, "b", None, "a")) for _ in range(rng.randint(0, 4))] for _ in range(40)]
    for _ in range(300):
        values: dict[str, Any] = {key: rng.choice((None, True, False, "a", "b", "c", "d")) for key in "pqr"}
        if rng.random() < 0.2:
            values["q"] = {"p": rng.choice("abd")}
        found.append({key: value for key, value in values.items() if rng.random() < 0.6})
    return found


@pytest.mark.parametrize("name", SCHEMAS)
def test_grammar_and_validator_agree(name: str) -> None:
    schema = SCHEMAS[name]
    gbnf = compile_schema(schema)
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    verdicts = set()
    for value in _values(random.Random(name)):
        valid = validator.is_valid(value)
        assert accepts(gbnf, json_text(value)) == valid, value
        verdicts.add(valid)
    assert verdicts == {True, False}, "the values must put both answers to the test"


@pytest.mark.parametrize("name", SCHEMAS)
def test_samples_are_valid_and_canonical(name: str) -> None:
    schema, rng = SCHEMAS[name], random.Random(name)
    gbnf = compile_schema(schema)
    validator = Draft202012Validator(schema)
    for _ in range(150):
        text = sample(gbnf, rng)
        value = json.loads(text)
        assert validator.is_valid(value), text
        assert json_text(value) == text or isinstance(value, float), text


OBJECT = CLOSED | {"properties": {"p": KIND}}


@pytest.mark.parametrize(
    ("schema", "named"),
    [
        ({"type": "array", "items": KIND, "uniqueItems": True}, "uniqueItems"),
        ({"type": "integer", "multipleOf": 5}, "multipleOf"),
        ({"type": "string", "format": "email"}, "format"),
        ({"type": "array", "prefixItems": [KIND]}, "prefixItems"),
        ({"type": "array", "items": KIND, "contains": KIND}, "contains"),
        ({"not": {"type": "string"}}, "not"),
        ({"type": "object", "properties": {}}, "additionalProperties"),
        (OBJECT | {"patternProperties": {"x": KIND}}, "patternProperties"),
        (OBJECT | {"minProperties": 1}, "minProperties"),
        (OBJECT | {"propertyNames": {"maxLength": 3}}, "propertyNames"),
        (OBJECT | {"unevaluatedProperties": False}, "unevaluatedProperties"),
        (OBJECT | {"dependentSchemas": {"p": OBJECT}}, "dependentSchemas"),
        (CLOSED | {"properties": {"p": {"minLegnth": 3, "type": "string"}}}, "minLegnth"),
        ({}, "type"),
        ({"type": "array"}, "type"),
        ({"type": "text"}, "type"),
        ({"$ref": "other.json#/x"}, "$ref"),
        ({"$ref": "#/$defs/none"}, "$ref"),
        ({"allOf": [{"$ref": "#"}]}, "$ref"),
        ({"type": "string", "maxLength": 2001}, "maxLength"),
        ({"type": "string", "minLength": 2001}, "minLength"),
        ({"type": "string", "pattern": "^a{2001}$"}, "pattern"),
        ({"type": "string", "pattern": "^[ab]{1,9}c$", "maxLength": 5}, "maxLength"),
        ({"type": "array", "items": KIND, "maxItems": 3000}, "maxItems"),
        ({"oneOf": [{"type": "integer"}, {"type": "number"}]}, "oneOf"),
        ({"oneOf": [{"type": "integer", "minimum": 1}, {"type": "integer", "maximum": 0}]}, "oneOf"),
        (OBJECT | {"if": {"properties": {"p": {"pattern": "a"}}}, "then": {"required": ["p"]}}, "if"),
        (OBJECT | {"if": {"minProperties": 1}, "then": {"required": ["p"]}}, "if"),
        ({"allOf": [{"type": "string", "pattern": "^a*$"}, {"pattern": "^b*$"}]}, "pattern"),
        ({"type": "integer", "minimum": 5, "maximum": 4}, "no value"),
        (CLOSED | {"properties": {"p": False}, "required": ["p"]}, "no value"),
        (CLOSED | {"required": ["p"]}, "no value"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_has_no_grammar_is_refused_by_name(schema: dict[str, Any], named: str) -> None:
    with pytest.raises(SchemaError) as caught:
        compile_schema(schema)
    assert named in str(caught.value) and "schema at #" in str(caught.value)


UNREAD = (
    r"a | ^a | a$ | ^(?=a)b$ | ^(a)\1$ | ^\bx$ | ^\p{L}$ | ^a**$ | ^[b-a]$ | ^[]$ | ^(a$ | ^a{2$ | ^a{3,2}$"
    r" | ^\S$ | ^(?<n>a)$ | ^a)$ | ^[a$ | ^\u12$ | ^[\ud800-\udfff]$"
)


@pytest.mark.parametrize("pattern", [*UNREAD.split(" | "), "^a|b$"])
def test_patterns_that_are_not_read(pattern: str) -> None:
    with pytest.raises(SchemaError, match="pattern"):
        compile_schema({"type": "string", "pattern": pattern})


def test_the_order_of_members_can_be_given() -> None:
    schema = OBJECT | {"properties": {"p": KIND, "q": KIND}, "required": ["p", "q"]}
    assert accepts(compile_schema(schema), '{"p":"a","q":"b"}')
    assert accepts(compile_schema(schema, order=["q"]), '{"q":"b","p":"a"}')
    assert not accepts(compile_schema(schema, order=["q"]), '{"p":"a","q":"b"}')


def test_white_space_and_doubled_keys_are_no_canonical_text() -> None:
    gbnf = compile_schema(SCHEMAS["optional"])
    assert accepts(gbnf, '{"p":null,"r":true}')
    for text in ('{ "p":null}', '{"p": null}', '{"p":null,"p":null}', '{"r":true,"p":null}', '{"p":null}\n'):
        assert not accepts(gbnf, text)


def test_strings_take_json_escapes_in_one_form_only() -> None:
    gbnf = compile_schema({"type": "string"})
    for content in (
        '\\"',
        "\\\\",
        "\\n",
        "\\u001f",
        "\x7f",
        "é",
        "\u2028",
        "\\ud800",
        "/",
        "\\ud800\\ud800",
        "\\udc00",
    ):
        assert accepts(gbnf, f'"{content}"'), content
    for content in (
        "\n",
        "\x1f",
        "\\/",
        "\\u0041",
        "\\u000A",
        "\\u000a",
        "\\x41",
        "\\",
        '"',
        "\\ud83d\\ude00",
    ):
        assert not accepts(gbnf, f'"{content}"'), content

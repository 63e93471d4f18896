"""The compiler against jsonschema: whatever values a schema is asked about, grammar and validator agree."""

import json
import random
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from grammars.compiler import compile_schema
from grammars.errors import SchemaError
from grammars.llama_judge import accepted
from grammars.oracle import accepts, sample
from josi.decision import json_text

CLOSED = {"type": "object", "additionalProperties": False}
KIND = {"enum": ["a", "b", "c"]}

OPEN = CLOSED | {"properties": {"p": KIND, "q": {"type": "boolean"}, "r": {"type": "null"}}}

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
    "ref beside others": {"$defs": {"k": {"type": "integer"}}, "$ref": "#/$defs/k", "minimum": 2},
    "anchor": {"$defs": {"k": {"$anchor": "here", "enum": ["a", 3]}}, "$ref": "#here"},
    "not": {"type": ["string", "integer"], "not": {"enum": ["a", 3]}},
    "not a constant": CLOSED
    | {"properties": {"p": {"type": "string", "not": {"const": "d"}}, "q": {"not": KIND} | KIND}},
    "overlapping oneOf": {"oneOf": [{"type": "integer", "minimum": 2}, {"type": "number", "maximum": 4}]},
    "oneOf of optional members": {
        "oneOf": [CLOSED | {"properties": {"p": KIND, "q": KIND}}, CLOSED | {"properties": {"q": KIND, "r": KIND}}]
    },
    "if on a pattern": CLOSED
    | {
        "properties": {"p": {"type": "string"}, "q": {"type": "null"}},
        "if": {"properties": {"p": {"pattern": "b"}}, "required": ["p"]},
        "then": {"required": ["q"]},
    },
    "counted members": CLOSED
    | {"properties": {"p": KIND, "q": KIND, "r": KIND}, "required": ["q"], "minProperties": 2, "maxProperties": 2},
    "names": CLOSED | {"properties": {"p": KIND, "q": KIND}, "propertyNames": {"const": "q"}},
    "dependentSchemas": OPEN | {"dependentSchemas": {"p": {"required": ["q"], "properties": {"r": False}}}},
    "unevaluated": {
        "type": "object",
        "properties": {"p": KIND},
        "if": {"required": ["p"]},
        "then": {"properties": {"q": KIND}},
        "unevaluatedProperties": False,
    },
    "two patterns": {"allOf": [{"type": "string", "pattern": "^a"}, {"pattern": "b$"}], "maxLength": 3},
    "unanchored": {"type": "string", "pattern": "b|\\."},
    "not a pattern": {"type": "string", "not": {"pattern": "[ab]"}, "minLength": 1},
    "by place": {
        "type": "array",
        "prefixItems": [{"const": 1}, {"const": "b"}],
        "items": {"type": "null"},
        "minItems": 1,
    },
    "contains": {
        "type": "array",
        "items": {"enum": [1, "b", None]},
        "contains": {"type": "integer"},
        "minContains": 2,
        "maxContains": 3,
        "maxItems": 4,
    },
    "unique": {"type": "array", "items": {"enum": [1, "b", None]}, "uniqueItems": True, "minItems": 2},
    "multiples": {"type": "number", "multipleOf": 2.5, "minimum": -5},
    "no multiples": {"type": "integer", "not": {"multipleOf": 2}, "minimum": 1, "maximum": 9},
    "a fraction": {"type": "number", "not": {"type": "integer"}, "minimum": -9, "maximum": 9},
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
MANY_CONDITIONS = CLOSED | {
    "properties": {f"{name}{i}": {"type": "null"} for name in "pq" for i in range(16)},
    "dependentRequired": {f"p{i}": [f"q{i}"] for i in range(16)},
}


@pytest.mark.parametrize(
    ("schema", "named"),
    [
        ({"type": "array", "items": {"type": "string"}, "uniqueItems": True}, "uniqueItems"),
        ({"type": "number", "multipleOf": 0.1}, "multipleOf"),
        ({"type": "integer", "multipleOf": 5000}, "multipleOf"),
        ({"type": "string", "format": "email"}, "format"),
        ({"type": "array", "items": KIND, "contains": {"const": "a"}, "minItems": 800, "maxContains": 2}, "contains"),
        ({"not": {"type": "array", "uniqueItems": True}, "type": "array", "items": KIND}, "uniqueItems"),
        ({"type": "object", "properties": {}}, "additionalProperties"),
        ({"type": "object", "additionalProperties": KIND}, "additionalProperties"),
        (OBJECT | {"patternProperties": {"x": KIND}}, "patternProperties"),
        (CLOSED | {"properties": {"p": {"minLegnth": 3, "type": "string"}}}, "#/properties/p: the keyword `minLegnth`"),
        (CLOSED | {"properties": {"a/b": {"allOf": [{"nullable": True}]}}}, "#/properties/a~1b/allOf/0: the keyword"),
        (OBJECT | {"if": {"properties": {"p": {"near": 1}}}}, "#/if/properties/p: the keyword `near`"),
        (OBJECT | {"$defs": {"d": {"$dynamicRef": "#x"}}, "allOf": [{"$ref": "#/$defs/d"}]}, "#/$defs/d: the keyword"),
        ({}, "type"),
        ({"type": "array"}, "type"),
        ({"type": "text"}, "type"),
        ({"type": "integer", "minimum": "1"}, "minimum"),
        ({"type": "string", "maxLength": -1}, "maxLength"),
        ({"type": "number", "maximum": float("inf")}, "maximum"),
        ({"$schema": "http://json-schema.org/draft-04/schema#", "type": "null"}, "$schema"),
        ({"$ref": "other.json#/x"}, "$ref"),
        ({"$ref": "#/$defs/none"}, "$ref"),
        ({"allOf": [{"$ref": "#"}]}, "$ref"),
        ({"type": "string", "maxLength": 2_000_001}, "maxLength"),
        ({"type": "string", "minLength": 2_000_001}, "minLength"),
        ({"type": "string", "pattern": "^a{2001}$"}, "pattern"),
        ({"type": "string", "pattern": "^(?:[ab]{0,90}c[ab]{0,90}d){0,90}$", "maxLength": 900}, "pattern"),
        ({"type": "array", "items": KIND, "maxItems": 3_000_000}, "maxItems"),
        (MANY_CONDITIONS, "dependentRequired"),
        ({"type": "integer", "minimum": 5, "maximum": 4}, "no value"),
        (CLOSED | {"properties": {"p": False}, "required": ["p"]}, "no value"),
        (CLOSED | {"required": ["p"]}, "no value"),
        (CLOSED | {"properties": {"p": {"$ref": "#"}}, "required": ["p"]}, "no value"),
        (False, "no value"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_has_no_grammar_is_refused_by_name(schema: dict[str, Any], named: str) -> None:
    with pytest.raises(SchemaError) as caught:
        compile_schema(schema)
    assert named in str(caught.value) and "schema at #" in str(caught.value)


UNREAD = (
    r"^(?=a)b$ | ^(a)\1$ | ^\bx$ | ^\p{L}$ | ^a**$ | ^[b-a]$ | ^[]$ | ^(a$ | ^a{2$ | ^a{3,2}$"
    r" | ^(?<n>a)$ | ^a)$ | ^[a$ | ^\u12$ | ^\ud83d\ude00$ | ^\cA$ | a^b | a$b | x(^a|b)"
)


@pytest.mark.parametrize("pattern", UNREAD.split(" | "))
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


def test_closed_reads_an_object_as_having_only_members_that_are_named() -> None:
    schema = {"type": "object", "properties": {"p": KIND}, "anyOf": [{"required": ["p"]}, {"required": ["x"]}]}
    with pytest.raises(SchemaError, match="additionalProperties"):
        compile_schema(schema)
    gbnf = compile_schema(schema, closed=True)
    assert accepts(gbnf, '{"p":"a"}') and accepts(gbnf, '{"x":[1,{}]}') and accepts(gbnf, '{"p":"a","x":"y"}')
    assert not accepts(gbnf, "{}") and not accepts(gbnf, '{"p":"a","z":1}')


@pytest.mark.parametrize("name", ["é", 'a"b', "a\\b", "\n", "日本", "🏃", "", "a/b~c", "$ref", "-"])
def test_any_name_may_be_a_member(name: str) -> None:
    gbnf = compile_schema(CLOSED | {"properties": {name: KIND, name + "2": KIND}, "required": [name]})
    assert accepts(gbnf, json_text({name: "a", name + "2": "b"}))
    assert accepted(gbnf, [json_text({name: "a"}), json_text({name + "2": "b"})]) == [True, False]


@pytest.mark.parametrize("bounds", [(0, 5000), (1999, 2001), (2500, 2500), (2500, None), (700, 4321)])
def test_counts_beyond_those_of_llama_cpp(bounds: tuple[int, int | None]) -> None:
    low, high = bounds
    schema = {"type": "string", "minLength": low} | ({} if high is None else {"maxLength": high})
    edges = {
        0,
        low - 1,
        low,
        low + 1,
        2000,
        2001,
        2499,
        2500,
        3000,
        (high or 9000) - 1,
        high or 9000,
        (high or 9000) + 1,
    }
    sizes = sorted(size for size in edges if size >= 0)
    verdicts = accepted(compile_schema(schema), ['"' + "x" * size + '"' for size in sizes])
    assert verdicts == [size >= low and (high is None or size <= high) for size in sizes]


def test_an_open_end_is_not_reached_by_rounding() -> None:
    gbnf = compile_schema({"type": "number", "exclusiveMaximum": 1, "minimum": 0.5})
    assert accepts(gbnf, "0.9999999999999999") and not accepts(gbnf, "0.99999999999999999")


FORMATS = {
    "date": (["2024-02-29", "0001-01-01"], ["2023-02-29", "0000-01-01", "2024-2-29", "2024-04-31"]),
    "time": (["23:59:59Z", "00:00:00.125+23:59"], ["24:00:00Z", "12:00:00", "12:00Z", "12:00:00+24:00"]),
    "date-time": (
        ["2024-02-29T12:00:00Z", "2024-02-29t12:00:00-05:30"],
        ["2024-02-29 12:00:00Z", "2023-02-29T12:00:00Z"],
    ),
    "duration": (["P3Y6M4DT12H30M5S", "P4W", "PT36H"], ["P", "PT", "P1Y4W", "P1S", "PT1D", "P1DT"]),
    "uuid": (["2EB8AA08-aa98-11ea-b4aa-73b441d16380"], ["2eb8aa08aa98-11ea-b4aa73b441d16380", "2eb8"]),
    "ipv4": (["0.0.0.0", "255.10.9.1"], ["256.0.0.0", "01.0.0.0", "1.2.3", "1.2.3.4.5"]),
}


@pytest.mark.parametrize("name", FORMATS)
def test_formats(name: str) -> None:
    gbnf = compile_schema({"type": "string", "format": name})
    right, wrong = FORMATS[name]
    assert all(accepts(gbnf, f'"{text}"') for text in right)
    assert not any(accepts(gbnf, f'"{text}"') for text in wrong)


def test_many_optional_members_stay_few_rules() -> None:
    gbnf = compile_schema(CLOSED | {"properties": {f"f{i}": {"type": "integer", "minimum": 0} for i in range(60)}})
    assert len(gbnf) < 80_000 and gbnf.count("::=") < 70


def test_patterns_of_many_optional_characters_do_not_explode() -> None:
    pattern = "^" + "".join(f"{letter}?" for letter in "abcdefghijklmnop") * 2 + "$"
    assert accepted(compile_schema({"type": "string", "pattern": pattern}), ['"adpaz"', '"adpap"', '"pp"']) == [
        False,
        True,
        True,
    ]

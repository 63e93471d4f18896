"""Schemas that hypothesis makes up, against jsonschema: what a grammar accepts is what is valid, in both directions."""

import json
import random
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from grammars.automaton import Automaton
from grammars.compiler import compile_schema
from grammars.errors import SchemaError
from grammars.llama_judge import judged
from grammars.sampler import sample
from josi.decision import json_text

NAMES = ["p", "q", "r"]
CONSTANTS: list[Any] = ["a", "b", "", 1, 2, 0, -1, 2.5, True, False, None, "ab"]
OTHERS: list[Any] = ["bb", "abb", "aab", "bbbb", 3, 4, 5, 7, 10, -1.5, 0.5, 7.5, 2.25]
PATTERNS = ["^a*$", "b", "^[ab]{1,3}$", "a$", "^(a|bb)+$", "^.{2,}$", "^[^a]*$", "\\s|\\d"]
BOUNDS = [-3, -1.5, 0, 1, 2, 2.5, 7, 10]
Schema = dict[str, Any]


def _some(parts: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Schema]:
    return st.fixed_dictionaries({}, optional=parts)


def _with(base: Schema, parts: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Schema]:
    return _some(parts).map(lambda found: base | found)


_constant = st.sampled_from(CONSTANTS)
_few_names = st.lists(st.sampled_from(NAMES), max_size=2, unique=True)
_number = {name: st.sampled_from(BOUNDS) for name in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")}
_simple = st.one_of(
    st.fixed_dictionaries({"const": _constant}),
    st.fixed_dictionaries({"enum": st.lists(_constant, min_size=1, max_size=4, unique_by=json.dumps)}),
    _with({"type": "integer"}, _number | {"multipleOf": st.sampled_from([2, 3])}),
    # Bounded: far out a double has no digits left to be exact with.
    _with({"type": "number", "minimum": -9, "maximum": 9}, _number | {"multipleOf": st.sampled_from([0.5, 2.5])}),
    _with(
        {"type": "string"},
        {"minLength": st.integers(0, 3), "maxLength": st.integers(0, 4), "pattern": st.sampled_from(PATTERNS)},
    ),
    st.sampled_from([{"type": "boolean"}, {"type": ["null", "integer"]}, {"type": ["string", "null"]}]),
)
_leaf = st.one_of(
    _simple,
    st.lists(_simple, min_size=1, max_size=3).map(lambda options: {"anyOf": options}),
    st.tuples(_simple, _simple).map(lambda pair: {"type": ["string", "integer"], "allOf": [pair[0]], "not": pair[1]}),
)
_part = _some(
    {
        "properties": st.dictionaries(st.sampled_from(NAMES), _leaf, max_size=2),
        "required": _few_names,
        "minProperties": st.integers(0, 2),
    }
)
_conditions = {
    "oneOf": st.lists(_part, min_size=1, max_size=3),
    "anyOf": st.lists(_part, min_size=1, max_size=3),
    "not": _part,
    "if": _part,
    "then": _part,
    "else": _part,
    "dependentRequired": st.dictionaries(st.sampled_from(NAMES), _few_names, max_size=2),
    "dependentSchemas": st.dictionaries(st.sampled_from(NAMES), _part, max_size=1),
    "maxProperties": st.integers(0, 3),
}


def _containers(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    closed = st.fixed_dictionaries(
        {
            "type": st.just("object"),
            "additionalProperties": st.just(False),
            "properties": st.dictionaries(st.sampled_from(NAMES), inner, min_size=1, max_size=3),
        },
        optional={"required": _few_names},
    )
    chosen = st.lists(st.sampled_from(sorted(_conditions)), max_size=3, unique=True)
    objects = st.tuples(closed, chosen.flatmap(lambda names: st.fixed_dictionaries({n: _conditions[n] for n in names})))
    lists = st.fixed_dictionaries(
        {"type": st.just("array"), "items": inner},
        optional={
            "minItems": st.integers(0, 2),
            "maxItems": st.integers(0, 4),
            "prefixItems": st.lists(_leaf, min_size=1, max_size=2),
            "contains": _leaf,
            "maxContains": st.integers(0, 3),
        },
    )
    either = st.lists(inner, min_size=2, max_size=2).map(lambda options: {"oneOf": options})
    return st.one_of(objects.map(lambda pair: pair[0] | pair[1]), lists, either)


def _sorted(value: Any) -> Any:
    return {name: value[name] for name in sorted(value)}


schemas = st.recursive(_leaf, _containers, max_leaves=4)
values = st.recursive(
    st.sampled_from(CONSTANTS + OTHERS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3).map(_sorted),
    max_leaves=5,
)


def _compiled(schema: Schema) -> str:
    try:
        return compile_schema(schema, order=NAMES)
    except SchemaError:
        assume(False)
        raise


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(schemas, st.lists(values, min_size=10, max_size=20), st.randoms(use_true_random=False))
def test_grammar_and_validator_agree(schema: Schema, some: list[Any], rng: random.Random) -> None:
    gbnf = _compiled(schema)
    grammar, valid = Automaton(gbnf), Draft202012Validator(schema)
    for _ in range(10):
        text = sample(gbnf, rng)
        assert valid.is_valid(json.loads(text)), text
    for value in some:
        assert (() in grammar.step(grammar.start, json_text(value))) == valid.is_valid(value), value


def test_llama_cpp_reads_each_of_them() -> None:
    jobs: list[tuple[str, list[str]]] = []

    @settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(schemas, st.lists(values, min_size=5, max_size=10), st.randoms(use_true_random=False))
    def collect(schema: Schema, some: list[Any], rng: random.Random) -> None:
        gbnf = _compiled(schema)
        jobs.append((gbnf, [*map(json_text, some), *(sample(gbnf, rng)[:300] for _ in range(3))]))

    collect()
    for (gbnf, texts), verdicts in zip(jobs, judged(jobs), strict=True):
        assert not isinstance(verdicts, str), (verdicts, gbnf)
        grammar = Automaton(gbnf)
        for text, verdict in zip(texts, verdicts, strict=True):
            assert verdict is None or verdict == (() in grammar.step(grammar.start, text)), (text, gbnf)

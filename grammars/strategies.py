"""Hypothesis strategies out of a schema: valid objects, and ones that are damaged rule by rule.

They read the schema alone: types, enums, bounds and patterns of each property, and what its conditions ask and bar.
The validator filters the rest (hypothesis-jsonschema stops at draft 07).
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from josi.schema import decision_errors, request_errors

Schema = dict[str, Any]
_TEXT = st.characters(exclude_categories=("Cs", "Cn"))  # no model has a token for each unassigned character
_ODD: list[Any] = [
    None,
    "",
    "run",
    "clarify",
    9,
    10,
    300,
    301,
    0.5,
    1.5,
    -1,
    True,
    [],
    ["x"],
    {},
    "2023-02-29",
    "2024-02-29",
]


def values(schema: Schema) -> st.SearchStrategy[dict[str, Any]]:
    """Valid objects of `gatc_request` or of the decision schema, members in any order."""
    errors = request_errors if "free_text" in schema["properties"] else decision_errors
    return st.sampled_from(schema["properties"]["action"]["enum"]).flatmap(
        lambda action: _of_action(schema, action).filter(lambda obj: not errors(obj))
    )


def _of_action(schema: Schema, action: str) -> st.SearchStrategy[dict[str, Any]]:
    """Members that the schema asks for with this action, any of the others, none that it bars."""
    needed, barred = set(schema["required"]), set[str]()
    for rule in schema["allOf"]:
        test = rule["if"]["properties"]["action"]
        part = rule.get("then" if action in test.get("enum", [test.get("const")]) else "else", {})
        needed |= set(part.get("required", []))
        barred |= {name for name, value in part.get("properties", {}).items() if value == {"enum": []}}
    parts = {name: _value(part) for name, part in schema["properties"].items() if name not in barred}
    required = {name: parts[name] for name in parts if name in needed and name != "action"}
    optional = {name: parts[name] for name in parts if name not in needed}
    found = st.fixed_dictionaries({"action": st.just(action), **required}, optional=optional)
    return found.flatmap(lambda obj: st.permutations(list(obj.items())).map(dict))


def _value(schema: Schema) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema["type"]:
        case "integer":
            return st.integers(schema["minimum"], schema["maximum"])
        case "number":
            return st.integers(0, 100).map(lambda n: n / 100)
        case "boolean":
            return st.booleans()
        case "array":
            return st.lists(
                _value(schema["items"]), min_size=schema.get("minItems", 0), max_size=schema.get("maxItems", 4)
            )
        case "object":
            return st.fixed_dictionaries({}, optional={n: _value(part) for n, part in schema["properties"].items()})
    if "\\u0000" in schema.get("pattern", ""):  # one line of clean text
        clean = st.characters(exclude_categories=("Cs", "Cn"), min_codepoint=0x20)
        return st.text(clean, min_size=1, max_size=schema["maxLength"])
    return st.dates().map(str) if "pattern" in schema else st.text(_TEXT, max_size=40)


def damaged(obj: dict[str, Any], data: st.DataObject, schema: Schema) -> dict[str, Any]:
    """The object after one or two strokes: a member dropped, an odd value, a member of another object."""
    result = dict(obj)
    names = list(schema["properties"])
    for _ in range(data.draw(st.integers(0, 2))):
        stroke = data.draw(st.sampled_from(("drop", "odd", "other")))
        name = data.draw(st.sampled_from(list(result) if stroke == "drop" and result else names))
        if stroke == "drop":
            result.pop(name, None)
        elif stroke == "odd":
            result[name] = data.draw(st.sampled_from(_ODD))
        else:
            result[name] = data.draw(_value(schema["properties"][name]))
    return result

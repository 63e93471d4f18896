"""The golden sets: reading them, checking every row, and holding a request against a scenario.

`scenarios.jsonl` is for the Interpreter, `explainer.jsonl` for the Explainer; README.md says what the fields
mean. A row that is wrong raises `line.errors.InputError` naming file and row.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from jsonschema import Draft202012Validator

from evals.samples import EvalCase
from josi.clarify import INTENT, MEDICAL, SPORT, TIME
from josi.schema import load_schema
from line.errors import InputError

SCENARIOS = Path(__file__).parent / "scenarios.jsonl"
EXPLAINER = Path(__file__).parent / "explainer.jsonl"
CHECKS = ("push_back", "red_flag", "grounded", "no_jargon", "brief", "one_question", "memory_natural")
MISSING = (SPORT, TIME, INTENT, MEDICAL)

_SCENARIO_KEYS = frozenset({"id", "category", "message", "context", "expect", "why", "tags"})
_EXPLAINER_KEYS = frozenset({"id", "message", "context", "gatc_result", "memory", "checks", "why"})
_NEEDED_BY = {"replan": "replan_type", "create_workout": "sport", "clarify": "missing"}
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Scenario:
    """One critical Interpreter case; `expect` as README.md describes it."""

    id: str
    category: str
    message: str
    context: str
    expect: Mapping[str, Any]
    why: str
    tags: tuple[str, ...]


@dataclass(frozen=True)
class ExplainerCase:
    """One critical Explainer case; `checks` are names out of `CHECKS`."""

    id: str
    message: str
    context: str
    gatc_result: Mapping[str, Any] | None
    memory: tuple[str, ...] | None
    checks: tuple[str, ...]
    why: str


Item = TypeVar("Item", Scenario, ExplainerCase)


def load_scenarios(path: Path = SCENARIOS) -> list[Scenario]:
    """The Interpreter's scenarios in file order.

    Raises:
        InputError: the file cannot be read, or a row is wrong (named as PATH:ROW).
    """
    return _load(path, _scenario)


def load_explainer(path: Path = EXPLAINER) -> list[ExplainerCase]:
    """The Explainer's cases in file order.

    Raises:
        InputError: the file cannot be read, or a row is wrong (named as PATH:ROW).
    """
    return _load(path, _explainer_case)


def misses(expect: Mapping[str, Any], request: Mapping[str, Any]) -> list[str]:
    """What a final request has against an expectation, one sentence each; empty when the scenario passes."""
    found = []
    for name, wanted in expect.items():
        if name == "forbid":
            found += _forbidden(wanted, request)
        elif name == "missing":
            found += _missing(set(wanted), set(request.get("missing") or ()))
        elif request.get(name) != wanted:
            found.append(f"{name}: wanted {wanted!r}, got {request.get(name)!r}")
    return found


def eval_cases(scenarios: Iterable[Scenario], cases: Iterable[ExplainerCase] = ()) -> list[EvalCase]:
    """The golden sets as the evaluation's own cases, ids kept."""
    asked = [
        EvalCase(item.id, "interpreter", item.category, item.message, item.context, expect=item.expect)
        for item in scenarios
    ]
    told = [
        EvalCase(
            case.id,
            "explainer",
            case.id.rpartition("-")[0],
            case.message,
            case.context,
            case.gatc_result,
            case.memory,
            {name: name in case.checks for name in ("push_back", "red_flag")},
        )
        for case in cases
    ]
    return asked + told


def _missing(wanted: set[str], got: set[str]) -> list[str]:
    """More may be missing than was asked for, but beside medical clearance nothing is asked."""
    if wanted <= got and (MEDICAL not in wanted | got or wanted == got):
        return []
    return [f"missing: wanted {sorted(wanted)}, got {sorted(got)}"]


def _forbidden(forbid: Mapping[str, Any], request: Mapping[str, Any]) -> list[str]:
    found = []
    for name, values in forbid.items():
        got = request.get(name)
        present = got if isinstance(got, list) else [got]
        found += [f"{name}: {value!r} is forbidden" for value in present if value in values]
    return found


def _load(path: Path, build: Callable[[Row, str], Item]) -> list[Item]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error}); restore it from the repository") from error
    items: list[Item] = []
    seen: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if line.strip():
            where = f"{path}:{number}"
            item = build(_object(line, where), where)
            for key in (f"id {item.id!r}", f"case {(item.message, item.context)!r}"):
                _require(key not in seen, where, f"the {key} is already in row {seen.get(key)}; drop one")
                seen[key] = str(number)
            items.append(item)
    _require(bool(items), str(path), "no rows in it; write one JSON object a line")
    return items


def _object(line: str, where: str) -> Row:
    try:
        row = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{where}: no JSON ({error}); write one object a line") from error
    _require(isinstance(row, dict), where, "a row must be an object")
    return dict(row)


def _scenario(row: Row, where: str) -> Scenario:
    _keys(row, _SCENARIO_KEYS, where)
    _texts(row, ("id", "category", "message", "why"), where)
    _block(row["context"], where)
    tags = _strings(row["tags"], "tags", where)
    _expectation(row["expect"], where)
    return Scenario(row["id"], row["category"], row["message"], row["context"], row["expect"], row["why"], tags)


def _explainer_case(row: Row, where: str) -> ExplainerCase:
    _keys(row, _EXPLAINER_KEYS, where)
    _texts(row, ("id", "message", "why"), where)
    _block(row["context"], where)
    checks = _strings(row["checks"], "checks", where)
    unknown = sorted(set(checks) - set(CHECKS))
    _require(bool(checks) and not unknown, where, f"checks must be some of {CHECKS}")
    memory = None if row["memory"] is None else _strings(row["memory"], "memory", where)
    _gatc_result(row["gatc_result"], where)
    return ExplainerCase(row["id"], row["message"], row["context"], row["gatc_result"], memory, checks, row["why"])


def _gatc_result(result: object, where: str) -> None:
    if result is None:
        return
    _require(isinstance(result, dict), where, "gatc_result must be an object or null")
    errors = [error.message for error in _property("chat_context", "gatc_result").iter_errors(result)]
    _require(not errors, where, f"gatc_result: {'; '.join(errors)}")


def _expectation(expect: object, where: str) -> None:
    if not isinstance(expect, dict) or "action" not in expect:
        raise InputError(f"{where}: expect must be an object with an action")
    needed = _NEEDED_BY.get(str(expect["action"]), "action")
    _require(needed in expect, where, f"expect {expect['action']} must also say {needed}")
    for name, value in expect.items():
        if name == "forbid":
            _forbid(value, where)
        elif value is not None:  # null: the request must not have the field
            _value(name, value, where)
    missing = set(expect.get("missing") or ())
    _require(missing <= set(MISSING), where, f"missing may hold {', '.join(MISSING)}")


def _forbid(forbid: object, where: str) -> None:
    if not isinstance(forbid, dict) or not forbid:
        raise InputError(f"{where}: forbid must be an object, field → list of values")
    for name, values in forbid.items():
        _require(isinstance(values, list) and bool(values), where, f"forbid {name} must be a list of values")
        for value in values:
            _value(name, [value] if name == "missing" else value, where)


def _value(name: str, value: object, where: str) -> None:
    known = load_schema("gatc_request")["properties"]
    _require(name in known, where, f"{name!r} is no field of a request")
    errors = [error.message for error in _property("gatc_request", name).iter_errors(value)]
    _require(not errors, where, f"{name}: {'; '.join(errors)}")


@cache
def _property(schema: str, name: str) -> Draft202012Validator:
    return Draft202012Validator(load_schema(schema)["properties"][name])


def _keys(row: Row, wanted: frozenset[str], where: str) -> None:
    lacking, extra = sorted(wanted - set(row)), sorted(set(row) - wanted)
    _require(not lacking and not extra, where, f"lacks {lacking}, and does not know {extra}")


def _texts(row: Row, names: Iterable[str], where: str) -> None:
    for name in names:
        filled = isinstance(row[name], str) and bool(row[name].strip())
        _require(filled, where, f"{name} must be a string that is not empty")


def _block(context: object, where: str) -> None:
    fine = isinstance(context, str) and (not context or context.startswith("CONTEXT:"))
    _require(fine, where, 'context must be "" or a block that begins with CONTEXT:')


def _strings(value: object, name: str, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise InputError(f"{where}: {name} must be a list of strings")
    return tuple(value)


def _require(condition: bool, where: str, problem: str) -> None:
    if not condition:
        raise InputError(f"{where}: {problem}")

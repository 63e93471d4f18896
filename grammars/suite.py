"""The compiler against the official JSON-Schema-Test-Suite: `python -m grammars.suite` prints how far its keywords go.

A schema counts as supported when it compiles, as it is or with `closed=True`. Then llama.cpp judges each test's
canonical text (members in alphabetical order): it must be accepted exactly when the test says that the value is valid.
One kind of valid value has no canonical text under a closed grammar: an object with members that its schema nowhere
names.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grammars.compiler import compile_schema
from grammars.errors import SchemaError
from grammars.llama_judge import judged
from josi.decision import json_text

FOLDER = Path(__file__).parent.parent / "tests" / "grammars" / "suite"
KNOWN = ("leap second", "matches (unlike e.g. Python)", "NKO DIGIT ZERO (as", "zero-width whitespace matches")
"""Descriptions of tests on which validators differ (see `grammars.formats`, `grammars.patterns`): refused here, though
the suite calls them valid."""


@dataclass(frozen=True)
class Case:
    """One schema of the suite and its tests."""

    file: str
    description: str
    schema: Any
    tests: list[dict[str, Any]]


@dataclass
class Outcome:
    """How a case went: `state` is "as it is", "closed" or "refused"; `wrong` names tests that came out otherwise."""

    case: Case
    state: str
    refusal: str = ""
    right: int = 0
    free: int = 0
    wrong: list[str] = field(default_factory=list)


def cases(folder: Path = FOLDER) -> list[Case]:
    """Every case of the vendored files, in their order."""
    return [
        Case(file.relative_to(folder).as_posix(), one["description"], one["schema"], one["tests"])
        for file in sorted(folder.rglob("*.json"))
        for one in json.loads(file.read_text(encoding="utf-8"))
    ]


def outcomes(all_cases: list[Case]) -> list[Outcome]:
    """Each case compiled, and judged by llama.cpp where it could be."""
    found: list[Outcome] = []
    jobs: list[tuple[str, list[str]]] = []
    for case in all_cases:
        state, text = _compiled(case.schema)
        found.append(Outcome(case, state, "" if state != "refused" else text))
        if state != "refused":
            jobs.append((text, [json_text(_sorted(test["data"])) for test in case.tests]))
    answers = iter(judged(jobs))
    for outcome in found:
        if outcome.state != "refused":
            _count(outcome, next(answers))
    return found


def _compiled(schema: Any) -> tuple[str, str]:
    order = sorted(set(_names(schema)))
    refusal = ""
    for state, closed in (("as it is", False), ("closed", True)):
        try:
            return state, compile_schema(schema, order=order, closed=closed)
        except SchemaError as error:
            refusal = str(error)
    if refusal.endswith("no value is valid under it"):  # then that is right for every test, or wrong
        return "closed", 'root ::= "no value"\n'
    return "refused", refusal


def _count(outcome: Outcome, verdicts: list[bool | None] | str) -> None:
    tests = outcome.case.tests
    if isinstance(verdicts, str):
        outcome.wrong = [f"llama.cpp: {verdicts}"]
        return
    known = set(_names(outcome.case.schema))
    for test, verdict in zip(tests, verdicts, strict=True):
        if verdict is None or verdict == test["valid"]:
            outcome.right += verdict is not None
        elif test["valid"] and outcome.state == "closed" and _is_free(test["data"], known):
            outcome.free += 1
        else:
            outcome.wrong.append(test["description"])


def _names(schema: Any) -> Iterator[str]:
    """Every name of a member that a schema speaks of."""
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key in ("properties", "const", "enum"):
                yield from _keys(value)
            yield from _names(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from _names(item)


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _keys(item)


def _is_free(value: Any, known: set[str]) -> bool:
    if isinstance(value, dict):
        return any(name not in known or _is_free(item, known) for name, item in value.items())
    return isinstance(value, list) and any(_is_free(item, known) for item in value)


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def report(found: list[Outcome]) -> str:
    """Counts in words, then each refusal."""
    states = Counter(outcome.state for outcome in found)
    wrong = [text for outcome in found for text in outcome.wrong]
    known = sum(any(part in text for part in KNOWN) for text in wrong)
    lines = [
        f"{len(found)} schemas: {states['as it is']} as they are, {states['closed']} read as closed, "
        f"{states['refused']} refused by name",
        f"{sum(o.right for o in found)} of their tests as the suite says, {sum(o.free for o in found)} valid values "
        f"with members that no part of the schema names, {known} on which validators differ, "
        f"{len(wrong) - known} wrong",
    ]
    return "\n".join(lines + [f"refused: {o.case.file}: {o.case.description}: {o.refusal}" for o in found if o.refusal])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m grammars.suite", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER, help="files in the suite's format")
    print(report(outcomes(cases(parser.parse_args().folder))))

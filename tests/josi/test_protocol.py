"""The line protocol: a line in, a line out, whatever the line."""

import io
import json
from typing import Any

import pytest

from josi.protocol import PURE_SUITES, serve


def run(suite: str, *lines: str) -> tuple[int, list[dict[str, Any]]]:
    out = io.StringIO()
    code = serve(lines, PURE_SUITES[suite], out)
    return code, [json.loads(line) for line in out.getvalue().splitlines()]


def row(**fields: object) -> str:
    return json.dumps(fields)


@pytest.mark.parametrize(
    ("suite", "fields", "answer"),
    [
        ("durations", {"text": "45 min"}, {"minutes": 45}),
        ("durations", {"text": "hi"}, {"minutes": None}),
        ("red_flags", {"text": "chest pain"}, {"red_flag": True, "kind": "chest_pain"}),
        ("red_flags", {"text": "hi"}, {"red_flag": False, "kind": None}),
        (
            "postprocess",
            {"message": "a run", "context": "", "raw": {"action": "create_workout", "sport": "run"}},
            {"request": {"action": "create_workout", "sport": "run", "free_text": "a run"}},
        ),
        (
            "confidence",
            {"request": {"action": "clarify", "confidence": 0.9}},
            {"behaviour": "act", "request": {"action": "clarify", "confidence": 0.9}},
        ),
        ("governor", {"text": "**Go**."}, {"text": "Go.", "changes": ["markdown"]}),
        (
            "grounding",
            {"gatc_result": None, "message": "45 min", "context": "", "response": "45 minutes it is"},
            {"grounded": True, "problems": []},
        ),
    ],
)
def test_suites(suite: str, fields: dict[str, Any], answer: dict[str, Any]) -> None:
    assert run(suite, row(id="x", **fields)) == (0, [{"id": "x", **answer}])


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "nope",
        "[]",
        "3",
        "null",
        '"text"',
        "NaN",
        '{"text": NaN}',
        '{"text": 1e999}',
        "[" * 100000,
        "{}",
        '{"text": 3}',
        "\ud800",
    ],
    ids=range(13),
)
def test_bad_line_is_answered_and_the_run_goes_on(bad: str) -> None:
    code, answers = run("durations", row(id=1, text="45 min"), bad, row(id=3, text="an hour"))
    assert code == 1
    assert [answer.get("minutes") for answer in answers] == [45, None, 60]
    assert answers[1]["error"]


def test_missing_field_is_named() -> None:
    code, answers = run("postprocess", row(id=7, message="a", context=""))
    assert (code, answers[0]["id"]) == (1, 7)
    assert "'raw'" in answers[0]["error"]


def test_lone_surrogates_and_huge_lines() -> None:
    huge = "x" * 200_000
    lines = [
        '{"id": "\\ud800", "message": "\\ud83d", "context": "", "raw": null}',
        row(id=2, message=huge, context="", raw={}),
    ]
    code, answers = run("postprocess", *lines)
    assert code == 0
    assert answers[0]["id"] == "\ud800"
    assert answers[0]["request"]["free_text"] == "\ud83d"
    assert answers[1]["request"]["free_text"] == huge


def test_deep_values_are_bad_rows_and_the_run_goes_on() -> None:
    deep = ["[" * depth + "]" * depth for depth in (100, 400, 900, 950, 979, 985, 989, 995, 1200)]
    lines = [f'{{"id": {n}, "text": {value}}}' for n, value in enumerate(deep)]
    lines += [f'{{"id": {value}, "text": "run"}}' for value in deep]
    code, answers = run("durations", *lines, '{"id": "last", "text": "run 45 min"}')
    assert code == 1 and len(answers) == len(lines) + 1
    assert all("error" in answer for answer in answers[: len(deep)])
    assert answers[-1] == {"id": "last", "minutes": 45}

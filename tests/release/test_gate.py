import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from evals.checks import Check, Verdict
from evals.thresholds import load
from line.errors import InputError
from release.gate import Required, decide, load_required
from release.report import as_json, last_line, markdown, print_gate

NEEDED = [Required("evaluation", "josi eval", ("action_accuracy",))]
GOOD = Check("action_accuracy", "quality", "interpreter", 0.95, 300, 0.92, 0.97, 0.9, Verdict.PASS)
INFORMS = Check("replan", "quality", "interpreter", 0.5, 10, 0.2, 0.8, None, Verdict.PASS)


def shown(*checks: Check) -> str:
    out = io.StringIO()
    print_gate(decide(checks, NEEDED), Console(width=200, file=out))
    return out.getvalue()


def test_all_passing_ships() -> None:
    result = decide([GOOD, INFORMS], NEEDED)
    assert result.ships and result.verdict == "SHIP" and not result.blockers
    assert result.thresholds() == {"action_accuracy": 0.9} and result.scores()[0]["lo"] == 0.92


def test_a_failure_says_by_how_much() -> None:
    bad = replace(GOOD, value=0.82, lo=0.78, hi=0.86, verdict=Verdict.FAIL, note="8.0% short")
    (blocker,) = decide([bad], NEEDED).blockers
    assert (
        "action_accuracy" in blocker and "0.82 is 0.08 below the threshold 0.9" in blocker and "8.0% short" in blocker
    )


def test_too_few_samples_are_not_called_a_miss() -> None:
    few = replace(GOOD, n=20, verdict=Verdict.FAIL, note="20 of the 200 samples that the rule asks for")
    (blocker,) = decide([few], NEEDED).blockers
    assert "0.05 above the threshold 0.9 (20 of the 200" in blocker


def test_undecided_blocks_and_shows_the_interval() -> None:
    open_check = replace(GOOD, value=0.91, lo=0.88, hi=0.94, verdict=Verdict.UNDECIDED, note="about 900 more")
    (blocker,) = decide([open_check], NEEDED).blockers
    assert "0.88 … 0.94" in blocker and "about 900 more" in blocker


def test_a_required_check_that_did_not_run_is_a_failure() -> None:
    result = decide([INFORMS], NEEDED)
    assert result.verdict == "BLOCKED" and "did not run; `josi eval` runs it" in result.blockers[0]
    assert [check.name for check in result.checks] == ["replan", "action_accuracy"]


def test_nothing_at_all_does_not_ship() -> None:
    assert not decide([], []).ships


def test_one_bad_twin_blocks() -> None:
    assert not decide([GOOD, replace(GOOD, verdict=Verdict.FAIL, value=0.1)], NEEDED).ships


@pytest.mark.parametrize("changes", [{"value": None}, {"value": float("nan")}, {"threshold": float("nan")}])
def test_a_pass_without_a_figure_is_a_failure(changes: dict[str, float | None]) -> None:
    result = decide([replace(GOOD, **changes)], NEEDED)  # type: ignore[arg-type]
    assert not result.ships
    json.loads(as_json(result))


def test_a_required_check_without_a_figure_or_a_threshold_proves_nothing() -> None:
    yes = Check("action_accuracy", "x", "both", None, 0, None, None, None, Verdict.PASS)
    assert not decide([yes], NEEDED).ships
    assert not decide([replace(yes, value=float("nan"))], NEEDED).ships
    assert not decide([replace(yes, value=0.99, n=500)], NEEDED).ships  # its threshold was deleted
    assert decide([replace(yes, name="other"), GOOD], NEEDED).ships  # nobody requires that one: it informs
    assert decide([replace(yes, verdict=Verdict.FAIL, note="stale")], NEEDED).blockers[0].endswith(": stale.")


def test_the_table_holds_every_figure_and_ends_in_the_verdict() -> None:
    text = shown(GOOD, INFORMS)
    for cell in ("action_accuracy", "0.95", "0.92 … 0.97", "0.9", "300", "PASS", "(informs)"):
        assert cell in text
    assert text.strip().splitlines()[-1] == "SHIP: all 1 checks pass."
    blocked = shown(replace(GOOD, verdict=Verdict.FAIL, value=0.8, note="[bold]x[/bold]"), INFORMS)
    assert "[bold]x[/bold]" in blocked
    assert blocked.strip().splitlines()[-1] == "BLOCKED: 1 of 1 checks do not pass."


def test_markdown_and_json_for_the_evidence() -> None:
    result = decide([replace(GOOD, note="a | b\nc")], NEEDED)
    assert r"a \| b c |" in markdown(result) and last_line(result) in markdown(result)
    doc = json.loads(as_json(result))
    assert doc["verdict"] == "SHIP" and Check.from_json(doc["checks"][0]) == result.checks[0]


def test_the_list_in_the_house_names_every_required_rule_of_the_evaluation() -> None:
    listed = {name for stage in load_required() for name in stage.checks}
    assert {rule.name for rule in load().required()} <= listed


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "would pass anything"),
        ("[stage.x]\nrun = 'y'", "needs run"),
        ("[stage.x]\nrun = 'y'\nchecks = []", "needs run"),
        ("[stage.x]\nrun = 'y'\nchecks = 'z'", "needs run"),
        ("[stage.x]\nrun = 'y'\nchecks = ['z']\nmore = 1", "nothing else"),
        ("[stage.x]\nrun = 'y'\nchecks = ['z', 'z']", "twice"),
        ("stage = 3", "would pass anything"),
        ("[stage", "TOML"),
    ],
)
def test_a_bad_list_is_refused(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "gate.toml").write_text(text)
    with pytest.raises(InputError, match=says):
        load_required(tmp_path / "gate.toml")

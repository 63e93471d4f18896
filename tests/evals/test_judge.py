import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from evals.checks import Check, Verdict
from evals.judge import judge, summarise
from evals.predictions import Prediction, read_samples, write_samples
from evals.samples import EvalCase
from evals.tables import category_table, checks_table, confusion_table, flips_table
from evals.thresholds import load
from line.errors import InputError

THRESHOLDS = load()
RUN = json.dumps({"action": "create_workout", "sport": "run", "time_available_min": 40})
LABEL = {"action": "create_workout", "sport": "run", "time_available_min": 40}


def cases(n: int) -> list[EvalCase]:
    names = ("easy", "[odd] name")
    return [
        EvalCase(f"c{i}", "interpreter", names[i % 2], f"Give me a 40 minute run number {i}", expect=LABEL)
        for i in range(n)
    ]


def named(checks: list[Check]) -> dict[str, Check]:
    return {check.name: check for check in checks}


def test_a_perfect_run_passes_every_required_check() -> None:
    some = cases(200)
    found = judge("interpreter", some, [Prediction(case.id, RUN) for case in some], THRESHOLDS)
    assert {check.verdict for check in found.checks} == {Verdict.PASS}
    assert {rule.name for rule in THRESHOLDS.required("interpreter")} <= set(named(found.checks))
    assert found.confusion == {("create_workout", "create_workout"): 200}
    assert found.categories["easy"]["action_accuracy"] == (100.0, 100)
    assert not found.failed


def test_lost_and_crashed_samples_count_as_failures() -> None:
    some = cases(20)
    written = [Prediction(case.id, RUN) for case in some[:18]] + [Prediction("c18", "", "crashed")]
    found = judge("interpreter", some, written, THRESHOLDS)
    assert named(found.checks)["valid_json"].verdict == Verdict.FAIL
    assert named(found.checks)["action_accuracy"].value == pytest.approx(0.9)
    assert [sample.stop for sample in found.failed] == ["crashed", "missing"]
    assert found.confusion["create_workout", "(none)"] == 2


def test_no_case_at_all_fails_by_name() -> None:
    found = judge("explainer", [], [], THRESHOLDS)
    assert {check.name for check in found.checks} == {rule.name for rule in THRESHOLDS.required("explainer")}
    assert {check.verdict for check in found.checks} == {Verdict.FAIL}


def test_what_was_never_measured_is_a_failure_when_required() -> None:
    unlabelled = [EvalCase("c", "interpreter", "a", "Give me a 40 minute run")]
    found = named(judge("interpreter", unlabelled, [Prediction("c", RUN)], THRESHOLDS).checks)
    assert found["valid_json"].verdict == Verdict.PASS
    assert found["action_accuracy"].verdict == Verdict.FAIL
    assert "did not run" in found["action_accuracy"].note


def test_without_the_grammar_another_threshold_holds() -> None:
    some = cases(200)
    written = [Prediction(case.id, RUN if i else "oops") for i, case in enumerate(some)]
    free = named(judge("interpreter", some, written, THRESHOLDS, grammar=False).checks)
    assert free["valid_json_free"].verdict == Verdict.PASS
    assert "valid_json" not in free
    assert named(judge("interpreter", some, written, THRESHOLDS).checks)["valid_json"].verdict == Verdict.FAIL


@pytest.mark.parametrize(
    ("written", "says"),
    [([Prediction("zz", RUN)], "no interpreter case"), ([Prediction("c0", RUN)] * 2, "comes twice")],
)
def test_predictions_that_do_not_belong_are_refused(written: list[Prediction], says: str) -> None:
    with pytest.raises(InputError, match=says):
        judge("interpreter", cases(2), written, THRESHOLDS)


def test_a_log_gives_the_same_verdicts_again(tmp_path: Path) -> None:
    some = cases(30)
    found = judge("interpreter", some, [Prediction(case.id, RUN) for case in some], THRESHOLDS)
    write_samples(tmp_path / "samples.jsonl", found.samples)
    assert summarise("interpreter", read_samples(tmp_path / "samples.jsonl"), THRESHOLDS).checks == found.checks


def test_the_tables_print_whatever_the_names() -> None:
    some = cases(4)
    found = judge("interpreter", some, [Prediction(case.id, RUN) for case in some[:3]], THRESHOLDS)
    printed = io.StringIO()
    console = Console(file=printed, width=200)
    for table in (
        checks_table(found.checks),
        category_table(found),
        confusion_table(found.confusion),
        flips_table([]),
    ):
        console.print(table)
    text = printed.getvalue()
    assert "[odd] name" in text
    assert "action_accuracy" in text
    assert "FAIL" in text

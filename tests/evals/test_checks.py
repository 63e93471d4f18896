from pathlib import Path

import pytest

from evals.checks import Check, Verdict, mean_check, rate_check, with_required, worst
from evals.stats import more_for_rate
from evals.thresholds import DEFAULT_FILE, Rule, load
from line.errors import InputError

RATE = Rule("accuracy", "quality", "interpreter", "rate", 0.8)
COUNT = Rule("golden", "golden", "both", "rate", 1.0, min_n=200)
MEAN = Rule("warmth", "quality", "explainer", "mean", 3.5, scale=(1.0, 5.0))


@pytest.mark.parametrize(
    ("passed", "n", "verdict"),
    [(95, 100, "PASS"), (85, 100, "UNDECIDED"), (78, 100, "UNDECIDED"), (60, 100, "FAIL"), (0, 0, "FAIL")],
)
def test_rate_is_judged_by_its_interval(passed: int, n: int, verdict: str) -> None:
    assert rate_check(RATE, passed, n).verdict == verdict


def test_an_undecided_rate_says_how_many_more() -> None:
    more = more_for_rate(85, 100, 0.8)
    assert f"about {more} more samples" in rate_check(RATE, 85, 100).note


def test_a_threshold_of_all_is_a_count() -> None:
    assert rate_check(COUNT, 200, 200).verdict == Verdict.PASS
    assert rate_check(COUNT, 199, 200).verdict == Verdict.FAIL
    assert rate_check(COUNT, 0, 0).verdict == Verdict.FAIL
    short = rate_check(COUNT, 50, 50)
    assert short.verdict == Verdict.FAIL
    assert "200" in short.note
    assert rate_check(COUNT, 200, 200).lo == pytest.approx(0.981, abs=0.001)


def test_mean_is_judged_by_its_interval() -> None:
    assert mean_check(MEAN, [4.0, 4.5, 3.9, 4.2] * 20).verdict == Verdict.PASS
    assert mean_check(MEAN, [3.0, 2.5, 3.2] * 20).verdict == Verdict.FAIL
    undecided = mean_check(MEAN, [2.0, 5.0, 4.0, 3.4])
    assert undecided.verdict == Verdict.UNDECIDED
    assert "more samples" in undecided.note
    assert mean_check(MEAN, []).verdict == Verdict.FAIL
    assert mean_check(MEAN, [5.0]).verdict == Verdict.UNDECIDED


def test_a_rule_without_threshold_informs() -> None:
    check = rate_check(Rule("raw", "contract", "interpreter"), 1, 10)
    assert check.verdict == Verdict.PASS
    assert check.informs_only


def test_a_required_check_that_did_not_run_fails() -> None:
    checks = with_required([rate_check(RATE, 95, 100)], [RATE, COUNT])
    assert [(check.name, check.verdict) for check in checks] == [("accuracy", "PASS"), ("golden", "FAIL")]
    assert worst(checks) == Verdict.FAIL


def test_the_worst_verdict_decides_and_none_is_failure() -> None:
    assert worst([]) == Verdict.FAIL
    assert worst([rate_check(RATE, 95, 100), rate_check(RATE, 85, 100)]) == Verdict.UNDECIDED


def test_a_check_survives_json() -> None:
    check = rate_check(RATE, 85, 100, "note")
    assert Check.from_json(check.to_json()) == check
    with pytest.raises(InputError, match="not a check"):
        Check.from_json({"name": "x"})


def test_the_contract_s_thresholds_are_all_required() -> None:
    thresholds = load()
    wanted = {
        "valid_json": 1.0,
        "action_accuracy": 0.9,
        "sport_accuracy": 0.85,
        "time_accuracy": 0.85,
        "pass_rate": 0.8,
        "warmth": 3.5,
        "brevity": 3.5,
        "governor": 0.9,
        "push_back": 1.0,
        "golden": 1.0,
    }
    required = {rule.name: rule.threshold for rule in thresholds.required()}
    assert wanted.items() <= required.items()
    assert thresholds.rule("golden").min_n == 200
    assert thresholds.rule("valid_json_free").threshold == 0.95
    with pytest.raises(InputError, match=r"\[rule.nothing\]"):
        thresholds.rule("nothing")


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ("threshold = 0.90", 'threshold = "high"', "rule.action_accuracy.threshold"),
        ("threshold = 0.80", "threshold = 80", "rule.pass_rate.threshold"),
        ("threshold = 0.80", "threshold = true", "rule.pass_rate.threshold"),
        ("min_n = 200", "minimum = 200", "unknown keys"),
        ("scale = [1.0, 5.0]", "", "rule.warmth is a mean"),
        ('kind = "rate"', 'kind = "ratio"', "rule.valid_json.kind"),
        ("[meta]", "[metadata]", "[meta] is missing"),
        ("alpha = 0.05", "alpha = 0.05 0.1", "TOML"),
    ],
)
def test_a_wrong_thresholds_file_names_the_key(tmp_path: Path, old: str, new: str, names: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(DEFAULT_FILE.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as error:
        load(path)
    assert "mine.toml" in str(error.value)
    assert names in str(error.value)

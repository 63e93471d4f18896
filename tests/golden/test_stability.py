"""The stability check counts the golden cases of both roles whose verdict no repeat flips."""

from evals.checks import Verdict
from evals.predictions import Sample
from evals.thresholds import load
from golden.scenarios import Scenario
from golden.stability import stability_check, verdicts

FIRST = {f"case {n}": n % 10 != 0 for n in range(260)}


def test_a_steady_set_passes_though_some_are_wrong() -> None:
    found = stability_check(FIRST, {"a": FIRST, "b": FIRST}, load())
    assert (found.name, found.verdict, found.value, found.n) == ("golden_stable", Verdict.PASS, 1.0, 260)


def test_one_flip_in_one_repeat_blocks_and_is_named() -> None:
    found = stability_check(FIRST, {"a": FIRST, "b": {**FIRST, "case 7": False}}, load())
    assert found.verdict is Verdict.FAIL
    assert found.value == 259 / 260 and "b: 1; e.g. case 7" in found.note


def test_a_part_of_the_golden_set_proves_nothing() -> None:
    few = dict(list(FIRST.items())[:50])
    assert stability_check(few, {"a": few}, load()).verdict is Verdict.FAIL


def test_the_verdicts_of_both_roles() -> None:
    def sample(name: str, role: str, final: object, problems: dict[str, list[str]]) -> Sample:
        return Sample(name, role, "c", "m", "", "", final, "eos", problems=problems)

    scenarios = [Scenario(name, "c", "m", "", {"action": "replan"}, "why", ()) for name in ("a", "b", "c")]
    asked = [
        sample("a", "interpreter", {"action": "replan"}, {}),
        sample("b", "interpreter", {"action": "explain"}, {}),
    ]
    told = [sample("x", "explainer", "Well done.", {}), sample("y", "explainer", "No.", {"contract": ["cold"]})]
    assert verdicts(scenarios, {"interpreter": asked, "explainer": told}) == {
        "interpreter a": True,
        "interpreter b": False,
        "interpreter c": False,
        "explainer x": True,
        "explainer y": False,
    }

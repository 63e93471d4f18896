import pytest

from evals.floor import measure, predict
from evals.predictions import Sample
from evals.samples import EvalCase
from evals.thresholds import load
from line.errors import InputError

WORDS = {
    "create_workout": "give me a run of {} minutes",
    "replan": "skip session {} today",
    "explain": "why is day {} so easy",
}


def cases(first: int, n: int) -> list[EvalCase]:
    return [
        EvalCase(f"{action}{i}", "interpreter", action, text.format(i), expect={"action": action})
        for action, text in WORDS.items()
        for i in range(first, first + n)
    ]


def samples(some: list[EvalCase], wrong: int) -> list[Sample]:
    return [
        Sample(case.id, "interpreter", "c", "m", "", "", {}, "eos", {}, {}, {"action_accuracy": i >= wrong})
        for i, case in enumerate(some)
    ]


def test_the_floor_learns_what_words_tell() -> None:
    tested = cases(100, 5)
    assert predict(cases(0, 20), tested) == [case.expect["action"] for case in tested]


def test_the_model_is_paired_with_the_floor() -> None:
    tested = cases(100, 10)
    worse = measure(tested, predict(cases(0, 20), tested), samples(tested, 12), load())
    assert worse.check.value == 1.0
    assert worse.difference == pytest.approx(-0.4)
    assert worse.p_value < 0.01
    assert not worse.beaten
    assert "McNemar" in worse.check.note
    hard = [EvalCase(case.id, case.role, case.category, "skip session today", expect=case.expect) for case in tested]
    better = measure(hard, predict(cases(0, 20), hard), samples(hard, 0), load())
    assert better.beaten
    assert better.interval.lo > 0


def test_without_rows_the_floor_says_so() -> None:
    with pytest.raises(InputError, match="two actions"):
        predict(cases(0, 3)[:3], cases(5, 1))
    with pytest.raises(InputError, match="labelled action"):
        measure(cases(5, 1), ["replan"] * 3, [], load())

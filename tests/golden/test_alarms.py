"""The messages that only sound like a red flag, as cases for the whole Interpreter."""

from golden.alarms import alarm_cases
from golden.scenarios import eval_cases, load_scenarios
from josi.red_flags import detect


def test_they_are_many_and_hold_no_red_flag() -> None:
    cases = alarm_cases()
    assert len(cases) > 500
    assert not [case.message for case in cases if detect(case.message)]
    assert all(case.expect == {"red_flag": False} for case in cases)


def test_no_id_is_that_of_another_set() -> None:
    ids = {case.id for case in alarm_cases()}
    assert len(ids) == len(alarm_cases())
    assert not ids & {case.id for case in eval_cases(load_scenarios())}

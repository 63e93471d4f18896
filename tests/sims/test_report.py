"""Verdicts: every way not to fit."""

from dataclasses import replace
from typing import Any

import pytest

from sims.report import (
    Outcome,
    TierResult,
    judge,
    last_stage,
    parse_event,
    reloaded_mb,
    tier_result,
)
from sims.telemetry import MemoryReport
from sims.tiers import Tier, find_tier, with_budget

PHONE: Tier = with_budget(find_tier("tier3"), 400)
MEMORY = MemoryReport(peak_mb=310.5, anonymous_mb=200, file_mb=100, samples=50)


def _reply(**values: float) -> dict[str, Any]:
    zero = {"swap_s": 0.0, "first_token_s": 0.5, "prefill_tps": 200.0, "decode_tps": 50.0}
    return {**zero, **values}


def _turn(n: int, seconds: float = 2.0) -> dict[str, Any]:
    costs = {"interpreter": _reply(swap_s=0.1), "explainer": _reply(swap_s=0.2, first_token_s=0.4)}
    return {"event": "turn", "n": n, "seconds": seconds, "first_word_s": 1.0, "valid": True, **costs}


def _stage(what: str) -> dict[str, Any]:
    return {"event": "stage", "stage": what}


GOOD = [
    _stage("load of the interpreter"),
    _stage("load of the explainer"),
    {"event": "loaded", "seconds": 1.5},
    _stage("turn 1"),
    _turn(1),
    _stage("turn 2"),
    _turn(2, 4.0),
    {"event": "end", "code": 0},
]


def _judge(outcome: Outcome, turns: int = 2) -> tuple[str, str]:
    return judge(PHONE, outcome, wanted_turns=turns, min_refault_mb=32)


def test_a_run_that_fits_says_with_how_much_to_spare() -> None:
    assert _judge(Outcome(GOOD, MEMORY, 0)) == ("fits", "tier3: fits 400 MB with 90 MB to spare")


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(GOOD[:2], MEMORY, 137),
        Outcome(GOOD[:2], MEMORY, 1, docker_oom=True),
        Outcome(GOOD[:2], replace(MEMORY, oom_kills=1), 0),
        Outcome(GOOD[:2], MemoryReport(), 137),
    ],
)
def test_a_kill_is_told_with_its_place_and_the_budget(outcome: Outcome) -> None:
    assert _judge(outcome) == ("killed", "tier3: killed at load of the explainer, budget 400 MB")


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Outcome(GOOD[:5], MEMORY, 137, timed_out=True), "not done after 240 s"),
        (Outcome(GOOD[:5], replace(MEMORY, refault_mb=101), 137, timed_out=True), "thrashes: 101 MB"),
        (Outcome([*GOOD, {"event": "error", "message": "InputError: no"}], MEMORY, 1), "InputError: no"),
        (Outcome(GOOD, MEMORY, 3, stderr="Traceback"), "code 3: Traceback"),
        (Outcome(GOOD[:5], MEMORY, 0), "1 of 2 turns"),
        (Outcome([], MEMORY, 0), "0 of 2 turns"),
        (Outcome(GOOD, MemoryReport(), 0), "could not be read"),
        (Outcome(GOOD, replace(MEMORY, peak_mb=401), 0), "over the budget of 400 MB"),
        (Outcome(GOOD, replace(MEMORY, swap_mb=0.1), 0), "swapped out"),
        (Outcome(GOOD, replace(MEMORY, refault_mb=101), 0), "thrashes: 101 MB"),
    ],
)
def test_every_other_way_to_fail(outcome: Outcome, said: str) -> None:
    verdict, message = _judge(outcome)
    assert verdict == "failed" and said in message


def test_thrashing_is_judged_by_the_tiers_own_limit() -> None:
    """30 % of the file cache on a low-RAM phone, 100 % above; a little is noise on any."""
    low = replace(PHONE, thrashing_limit=0.3)
    outcome = Outcome(GOOD, replace(MEMORY, file_mb=200, refault_mb=61), 0)
    assert judge(low, outcome, wanted_turns=2, min_refault_mb=32)[0] == "failed"
    assert judge(PHONE, outcome, wanted_turns=2, min_refault_mb=32)[0] == "fits"
    assert judge(low, outcome, wanted_turns=2, min_refault_mb=64)[0] == "fits"


def test_a_model_that_the_app_loads_again_is_no_thrashing() -> None:
    loads = [{"event": "stage", "stage": f"load of the {role}", "mb": 100.0} for role in "abab"]
    assert reloaded_mb(loads) == 200 and reloaded_mb(GOOD) == 0
    memory = replace(MEMORY, refault_mb=250)
    assert _judge(Outcome([*loads, *GOOD], memory, 0))[0] == "fits"
    assert _judge(Outcome([*loads[:2], *GOOD], memory, 0))[0] == "failed"


def test_a_kill_before_the_first_word() -> None:
    assert "killed at its start" in _judge(Outcome([], MemoryReport(), 137))[1]


def test_a_stage_inside_a_turn_names_both() -> None:
    assert last_stage([_stage("turn 3"), _stage("load of the explainer")]) == "load of the explainer in turn 3"
    assert last_stage([_stage("load of the base model"), _stage("turn 1")]) == "turn 1"


def test_the_figures_are_medians_over_turns() -> None:
    result = tier_result(PHONE, Outcome(GOOD, MEMORY, 0), wanted_turns=2, min_refault_mb=32, cpus=2, events="e.jsonl")
    assert result.fits and result.load_s == 1.5 and result.turn_s == 3.0
    assert result.swap_s == pytest.approx(0.3) and result.ttft_s == 0.4 and result.decode_tps == 50
    assert result.margin_mb == pytest.approx(89.5) and result.valid_decisions == 2
    assert TierResult.from_json(result.to_json()) == result


def test_a_killed_run_has_its_peak_at_the_cap_and_no_invented_speed() -> None:
    outcome = Outcome(GOOD[:2], replace(MEMORY, peak_mb=390), 137)
    result = tier_result(PHONE, outcome, wanted_turns=2, min_refault_mb=32, cpus=2, events="")
    assert (result.peak_mb, result.margin_mb, result.oom_kills) == (400, 0, 1)
    assert result.load_s is result.turn_s is result.decode_tps is None
    assert TierResult.from_json(result.to_json()) == result


def test_a_reply_without_a_rate_does_not_pull_the_median_down() -> None:
    cached = {**_turn(1), "interpreter": _reply(prefill_tps=0.0, decode_tps=0.0)}
    result = tier_result(PHONE, Outcome([cached], MEMORY, 0), wanted_turns=1, min_refault_mb=32, cpus=2, events="")
    assert result.decode_tps == 50 and result.prefill_tps == 200


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ('{"event": "turn", "n": 1}', "turn"),
        ("llama_model_loader: loaded", None),
        ("", None),
        ('{"n": 1}', None),
        ('{"event": 3}', None),
        ("[1]", None),
        ('{"event": "tu', None),
    ],
)
def test_event_lines(line: str, kind: str | None) -> None:
    event = parse_event(line)
    assert (event["event"] if event else None) == kind

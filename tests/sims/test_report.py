"""Verdicts: every way not to fit; and the figures of a result."""

from dataclasses import replace
from typing import Any

import pytest

from sims.cgroup import PSI_CONTAINER, PSI_HOST
from sims.killer import Pressure
from sims.report import TierResult, parse_event, tier_result
from sims.telemetry import MemoryReport
from sims.tiers import SimPhone, find_phone, with_budget
from sims.timing import decode_rate
from sims.verdict import CALM, Outcome, chat_span, judge, kept_after_unload, last_stage, reloads, stage_at

PHONE: SimPhone = with_budget(find_phone("tier3"), 400)
MEMORY = MemoryReport(peak_mb=390.5, need_mb=310.4, anonymous_mb=200, file_mb=100, mapped_mb=20, samples=50)
KILLED = MemoryReport(peak_mb=400, need_mb=399, samples=9, oom_kills=1)


def _reply(**values: float) -> dict[str, Any]:
    zero = {"swap_s": 0.0, "first_token_s": 0.5, "prefill_tps": 200.0, "decode_tps": 50.0, "new_tokens": 26}
    return {**zero, "decode_s": 0.5, **values}


def _turn(n: int, seconds: float = 2.0) -> dict[str, Any]:
    costs = {"interpreter": _reply(swap_s=0.1), "explainer": _reply(swap_s=0.2, first_token_s=0.4)}
    said = {"seconds": seconds, "cpu_s": 2 * seconds, "first_word_s": 1.0, "valid": True}
    return {"event": "turn", "n": n, **said, **costs, "anonymous_mb": 190.0, "kv_mb": 45.0}


def _stage(what: str, mb: float = 0.0) -> dict[str, Any]:
    return {"event": "stage", "stage": what, "mb": mb}


def _timed(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """An event a second."""
    return [{**event, "t_s": float(at)} for at, event in enumerate(events)]


GOOD = _timed(
    [
        {"event": "start", "detected": "tier3", "anonymous_mb": 30.0},
        _stage("load of the first model", 100),
        _stage("load of the second model", 100),
        {"event": "loaded", "seconds": 1.5},
        _stage("turn 1"),
        _turn(1),
        _stage("turn 2"),
        _turn(2, 4.0),
        {"event": "return", "seconds": 0.25},
        {"event": "unload", "anonymous_mb": 33.5},
        {"event": "end", "code": 0},
    ]
)
FIT = Outcome(GOOD, MEMORY, 0)


def _judge(outcome: Outcome, turns: int = 2) -> tuple[str, str]:
    return judge(PHONE, outcome, wanted_turns=turns, unload_slack_mb=16)


def _result(outcome: Outcome, **values: Any) -> TierResult:
    settings = {"wanted_turns": 2, "unload_slack_mb": 16, "cpus": 2, "events": "e.jsonl"}
    return tier_result(PHONE, outcome, **{**settings, **values})


def test_a_run_that_fits_says_with_how_much_to_spare() -> None:
    assert _judge(FIT) == ("fits", "tier3: fits 400 MB with 90 MB to spare")


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(GOOD[:3], MEMORY, 137),
        Outcome(GOOD[:3], MEMORY, 1, docker_oom=True),
        Outcome(GOOD[:3], KILLED, 0),
        Outcome(GOOD[:3], MemoryReport(), 137),
    ],
)
def test_a_kill_is_told_with_its_place_and_by_how_much_it_was_over(outcome: Outcome) -> None:
    assert _judge(outcome) == ("killed", "tier3: killed at load of the second model, budget 400 MB")
    over = replace(outcome, need_mb=812.3)
    assert _judge(over) == ("killed", "tier3: killed at load of the second model, 412 MB over")


def test_a_kill_that_its_need_does_not_explain_says_so() -> None:
    assert "though it was measured to need 380 of 400 MB" in _judge(Outcome(GOOD[:3], KILLED, 137, need_mb=380))[1]


def test_the_killers_rule_kills_what_the_cap_let_live() -> None:
    stood = Pressure(900, 760, 0.4, 0.0, 4.1, complete_s=4.5, thrashing_s=None)
    outcome = replace(FIT, pressure=stood, psi=PSI_CONTAINER)
    assert _judge(outcome) == ("killed", "tier3: killed at turn 1, nothing got on for 760 ms of 1 s")
    assert _judge(replace(outcome, psi=PSI_HOST))[0] == "fits"  # the host's stalls are anybody's


def test_thrashing_is_told_with_its_place() -> None:
    thrash = Pressure(None, None, None, 140.0, None, None, thrashing_s=6.5)
    verdict, message = _judge(replace(FIT, pressure=thrash))
    assert verdict == "thrashes" and "140 % of the file cache" in message and "turn 2" in message
    late = Outcome(GOOD[:5], MEMORY, 137, pressure=thrash, timed_out=True)
    assert _judge(late)[0] == "thrashes"  # it ran out of time for that


@pytest.mark.parametrize(
    ("stall", "low_ram", "verdict"), [(0.069, False, "fits"), (0.071, False, "thrashes"), (0.19, True, "fits")]
)
def test_waiting_for_memory_all_the_time_is_thrashing(stall: float, low_ram: bool, verdict: str) -> None:
    rule = replace(FIT.rule, partial_stall_ms=200 if low_ram else 70)
    assert _judge(replace(FIT, chat_stall=stall, psi=PSI_CONTAINER, rule=rule))[0] == verdict
    assert _judge(replace(FIT, chat_stall=stall, psi=PSI_HOST, rule=rule))[0] == "fits"


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Outcome(GOOD[:6], MEMORY, 137, timed_out=True), "not done after 240 s"),
        (Outcome([*GOOD, {"event": "error", "message": "InputError: no"}], MEMORY, 1), "InputError: no"),
        (Outcome(GOOD, MEMORY, 3, stderr="Traceback"), "code 3: Traceback"),
        (Outcome(GOOD[:6], MEMORY, 0), "1 of 2 turns"),
        (Outcome([], MEMORY, 0), "0 of 2 turns"),
        (Outcome(GOOD, MemoryReport(), 0), "could not be read"),
        (Outcome(GOOD, replace(MEMORY, peak_mb=401), 0), "over the budget of 400 MB"),
        (Outcome(GOOD, replace(MEMORY, swap_mb=0.1), 0), "swapped out"),
        (Outcome([*GOOD[:9], {"event": "unload", "anonymous_mb": 90}], MEMORY, 0), "60.0 MB did not come back"),
    ],
)
def test_every_other_way_to_fail(outcome: Outcome, said: str) -> None:
    verdict, message = _judge(outcome)
    assert verdict == "failed" and said in message


def test_a_model_that_the_app_loads_again_is_known() -> None:
    loads = _timed([*(_stage(f"load of {name}", 100.0) for name in "abab"), _stage("turn 1")])
    assert [(r.start_s, r.end_s, r.mb) for r in reloads(loads)] == [(2, 3, 100), (3, 4, 100)]
    assert reloads(GOOD) == []


def test_what_was_begun_when() -> None:
    assert stage_at(GOOD, 2.5) == "load of the second model" and stage_at(GOOD, 6.1) == "turn 2"
    assert stage_at(GOOD, -1) == "its start" and "killed at its start" in _judge(Outcome([], MemoryReport(), 137))[1]
    assert last_stage([_stage("turn 3"), _stage("load of x")]) == "load of x in turn 3"
    assert chat_span(GOOD) == (4, 7) and chat_span(GOOD[:4]) is None
    assert kept_after_unload(GOOD) == 3.5 and kept_after_unload(GOOD[:5]) is None


def test_the_figures_are_medians_over_turns() -> None:
    rate = decode_rate([[t["explainer"] for t in GOOD if t["event"] == "turn"]], 0.05)
    result = _result(FIT, rate=rate)
    assert result.fits and result.load_s == 1.5 and result.turn_s == 3.0 and result.cpu_s == 6.0
    assert result.swap_s == pytest.approx(0.3) and result.ttft_s == 0.4 and result.decode_tps == 50
    assert result.return_s == 0.25 and result.decode["tps"] == 50 and result.kv_mb == 45
    assert result.margin_mb == pytest.approx(89.6) and result.valid_decisions == 2
    assert (result.phone, result.detected_tier, result.timing) == (PHONE.name, "tier3", "measured")
    assert TierResult.from_json(result.to_json()) == result


def test_a_busy_machine_yields_memory_and_no_times() -> None:
    result = _result(FIT, timing="busy: others took 40% of the CPUs, the hypervisor 0%")
    assert result.fits and result.need_mb == 310.4 and len(result.turns) == 2
    times = (result.load_s, result.ttft_s, result.turn_s, result.decode_tps, result.prefill_tps, result.cpu_s)
    assert times == (None,) * 6 and result.decode == {} and "busy" in result.timing


def test_a_killed_run_has_its_peak_at_the_cap_and_no_invented_speed_or_need() -> None:
    outcome = Outcome(GOOD[:3], replace(KILLED, peak_mb=390), 137)
    result = _result(outcome)
    assert (result.peak_mb, result.oom_kills, result.need_mb, result.margin_mb) == (400, 1, None, None)
    assert result.load_s is result.turn_s is result.decode_tps is None
    measured = _result(replace(outcome, need_mb=812.0))
    assert (measured.need_mb, measured.margin_mb) == (812, -412)
    assert TierResult.from_json(result.to_json()) == result


def test_a_reply_without_a_rate_does_not_pull_the_median_down() -> None:
    cached = {**_turn(1), "t_s": 0.0, "interpreter": _reply(prefill_tps=0.0, decode_tps=0.0)}
    result = _result(Outcome([cached], MEMORY, 0), wanted_turns=1)
    assert result.decode_tps == 50 and result.prefill_tps == 200


def test_without_pressure_nothing_is_said_of_it() -> None:
    assert CALM.partial_ms is None and not CALM.kills and _result(FIT).psi == "unavailable"


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

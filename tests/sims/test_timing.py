"""When a time may be told, and how well a rate is known."""

from pathlib import Path

import numpy as np
import pytest

from line.errors import StageError
from sims import quiet
from sims.quiet import CpuTimes, Load, load_between, read_cpu, require_quiet, wait_until_quiet
from sims.tiers import TimingRule
from sims.timing import MEASURED, UNDECIDED, decode_rate

RULE = TimingRule(others_most=0.1, steal_most=0.03, window_s=0.01, wait_s=0.05, mark_wait_s=0, narrow=0.05, repeats=3)


def _replies(rates: list[float], tokens: int = 41) -> list[dict[str, float]]:
    return [{"new_tokens": tokens, "decode_s": (tokens - 1) / rate} for rate in rates]


def test_even_replies_are_known_and_uneven_ones_are_not() -> None:
    even = decode_rate([_replies([50, 51, 49, 50, 50])], 0.05)
    assert even and even.verdict == MEASURED and even.low <= even.tps <= even.high
    uneven = decode_rate([_replies([20, 90, 50, 35])], 0.05)
    assert uneven and uneven.verdict == UNDECIDED and "UNDECIDED after 1 repeat" in str(uneven)


def test_more_repeats_narrow_the_interval() -> None:
    random = np.random.default_rng(1)
    runs = [_replies(list(random.normal(50, 6, 12))) for _ in range(6)]
    one, many = decode_rate(runs[:1], 0.05), decode_rate(runs, 0.05)
    assert one and many and many.high - many.low < one.high - one.low
    assert (many.replies, many.repeats) == (72, 6)


def test_that_one_role_is_faster_is_no_uncertainty() -> None:
    slow = [{**r, "role": "interpreter"} for r in _replies([40, 40.5, 39.5, 40])]
    fast = [{**r, "role": "explainer"} for r in _replies([80, 81, 79, 80])]
    told = decode_rate([slow + fast], 0.05)
    assert told and told.verdict == MEASURED and (told.replies, told.repeats) == (8, 1)
    mixed = decode_rate([[{**r, "role": "x"} for r in slow + fast]], 0.05)
    assert mixed and mixed.verdict == UNDECIDED and mixed.tps == told.tps


@pytest.mark.parametrize("runs", [[], [[]], [[{"new_tokens": 1, "decode_s": 0.1}]]])
def test_no_rate_without_a_reply_that_has_one(runs: list[list[dict[str, float]]]) -> None:
    assert decode_rate(runs, 0.05) is None


def test_one_reply_is_no_certainty() -> None:
    one = decode_rate([_replies([50])], 0.05)
    assert one and one.verdict == UNDECIDED


def test_the_kernels_counters(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    stat.write_text("cpu  100 20 30 1000 50 5 5 40 7 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n")
    found = read_cpu(stat)
    assert (found.busy_s, found.steal_s, found.total_s) == pytest.approx((1.6, 0.4, 12.5))


def test_the_load_is_what_was_not_ours() -> None:
    before, after = CpuTimes(10, 1, 100), CpuTimes(16, 2, 120)
    load = load_between(before, after, own_s=4)
    assert load == Load(others=pytest.approx(0.1), steal=pytest.approx(0.05))  # type: ignore[arg-type]
    assert load.too_much(RULE) and not Load(0.05, 0.01).too_much(RULE)
    assert load_between(before, after, own_s=9).others == 0  # clocks of two kinds may disagree by a tick


def test_a_busy_machine_is_waited_for_and_then_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter([(Load(0.9, 0), "process 7 (cc1) at 90% of a CPU"), (Load(0.02, 0), "nobody in particular")])
    monkeypatch.setattr(quiet, "_look", lambda _window: next(looks))
    assert wait_until_quiet(RULE, 1) == ""
    monkeypatch.setattr(quiet, "_look", lambda _window: (Load(0.9, 0), "process 7 (cc1) at 90% of a CPU"))
    with pytest.raises(StageError, match=r"process 7 \(cc1\).*--memory-only"):
        require_quiet(RULE)


def test_a_look_at_this_machine() -> None:
    load, busiest = quiet._look(0.05)
    assert 0 <= load.others <= 1 and 0 <= load.steal <= 1 and busiest

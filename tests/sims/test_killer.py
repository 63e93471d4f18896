"""Android's killer against series made by hand."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sims.cgroup import Sample
from sims.killer import KillerRule, Reload, pressure
from sims.tiers import load_killer

RULE = load_killer(low_ram=False)
CAP = 400 * 1024**2
LOW = load_killer(low_ram=True)
MB = 1024**2
PAGES = MB // 4096  # a MB


def _sample(t: float, **values: int | None) -> Sample:
    zero = dict.fromkeys(
        ["usage", "peak", "anonymous", "file", "swap", "limit_hits", "oom_kills", "refaults", "major_faults"], 0
    )
    return Sample(t_s=t, **{**zero, **values})  # type: ignore[arg-type]


def _stalling(ms_each: float, seconds: float = 3.0, full: bool = False) -> list[Sample]:
    """A reading every 50 ms, in each of which something waited `ms_each`."""
    count = round(seconds / 0.05) + 1
    return [
        _sample(n * 0.05, some_us=round(n * ms_each * 1000), full_us=round(n * ms_each * 1000) if full else 0)
        for n in range(count)
    ]


def _refaulting(mb_a_second: float, *, file_mb: int = 200, seconds: float = 3.0, hits: bool = True) -> list[Sample]:
    count = round(seconds / 0.05) + 1
    return [
        _sample(n * 0.05, file_lru=file_mb * MB, refaults=round(n * 0.05 * mb_a_second * PAGES), limit_hits=n * hits)
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("ms", "rule", "woken"), [(3.4, RULE, False), (3.6, RULE, True), (9.9, LOW, False), (10.1, LOW, True)]
)
def test_a_partial_stall_wakes_at_70_or_200_ms_a_second(ms: float, rule: KillerRule, woken: bool) -> None:
    found = pressure(_stalling(ms), rule, cap_bytes=CAP)
    assert (found.woken_s is not None) == woken and not found.kills
    assert found.partial_ms == pytest.approx(20 * ms, rel=0.02)
    assert found.stall_share == pytest.approx(ms / 50, rel=0.02)


@pytest.mark.parametrize(("ms", "kills"), [(34.5, False), (35.5, True)])
def test_a_complete_stall_kills_at_700_ms_a_second(ms: float, kills: bool) -> None:
    found = pressure(_stalling(ms, full=True), RULE, cap_bytes=CAP)
    assert found.kills == kills
    assert pressure(_stalling(ms, full=False), RULE, cap_bytes=CAP).kills is False


def test_a_short_stall_is_not_spread_over_the_run() -> None:
    """All of the 750 ms fall in one second, early in a long run."""
    series = [_sample(t / 20, some_us=min(t, 15) * 50_000, full_us=min(t, 15) * 50_000) for t in range(2000)]
    found = pressure(series, RULE, cap_bytes=CAP)
    assert found.complete_s == pytest.approx(0.7, abs=0.06) and found.stall_share == pytest.approx(0.0075, abs=0.001)


def test_a_gap_in_the_readings_does_not_pile_up_into_one_second() -> None:
    found = pressure(
        [_sample(0, some_us=0, full_us=0), _sample(10, some_us=5_000_000, full_us=5_000_000)], RULE, cap_bytes=CAP
    )
    assert found.complete_ms == 500 and not found.kills


@pytest.mark.parametrize(
    ("rate", "rule", "thrashes"),
    [
        (120, RULE, False),  # 60 % a second, and 30 % handed on: 90 %
        (140, RULE, True),  # 70 % and 35 %
        (38, LOW, False),
        (42, LOW, True),
        (7, LOW, False),  # under min_refault_mb
    ],
)
def test_thrashing_is_a_share_of_the_file_cache_a_second(rate: float, rule: KillerRule, thrashes: bool) -> None:
    assert (pressure(_refaulting(rate), rule, cap_bytes=CAP).thrashing_s is not None) == thrashes


def test_what_comes_back_though_nothing_had_to_go_is_no_thrashing() -> None:
    """Files that another container's end had evicted count as refaults when they are read for the first time here."""
    assert pressure(_refaulting(500, hits=False), LOW, cap_bytes=CAP).thrashing_percent == 0


def test_thrashing_counts_while_the_killer_is_awake() -> None:
    def stalling(ms: float) -> list[Sample]:
        return [replace(s, some_us=round(n * ms * 1000), full_us=0) for n, s in enumerate(_refaulting(500))]

    assert pressure(stalling(4.0), RULE, cap_bytes=CAP).thrashing_s is not None
    asleep = pressure(stalling(3.0), RULE, cap_bytes=CAP)
    assert asleep.thrashing_s is None and asleep.thrashing_percent > 100
    assert pressure(stalling(3.0), RULE, cap_bytes=CAP, own_stalls=False).thrashing_s is not None


def test_a_full_cap_tells_of_eviction_where_the_kernel_counts_no_hits() -> None:
    series = [replace(s, usage=CAP - MB) for s in _refaulting(500, hits=False)]
    assert pressure(series, LOW, cap_bytes=CAP).thrashing_s is not None


def test_a_model_that_the_app_reads_again_is_no_thrashing() -> None:
    series = _refaulting(300)
    assert pressure(series, RULE, cap_bytes=CAP).thrashing_s is not None
    assert pressure(series, RULE, cap_bytes=CAP, reloads=[Reload(0, 3, 1000)]).thrashing_s is None
    assert pressure(series, RULE, cap_bytes=CAP, reloads=[Reload(7, 9, 1000)]).thrashing_s is not None


def test_without_readings_there_is_nothing_to_say() -> None:
    for series in ([], [_sample(0)], [_sample(0), _sample(1)]):
        found = pressure(series, RULE, cap_bytes=CAP)
        assert found.partial_ms is found.complete_ms is found.stall_share is None and not found.kills


@given(st.lists(st.tuples(st.floats(0.01, 2), st.integers(0, 10**6)), min_size=2, max_size=60))
def test_no_window_is_worse_than_all_that_was_stalled(steps: list[tuple[float, int]]) -> None:
    t, total, series = 0.0, 0, [_sample(0, some_us=0, full_us=0)]
    for gap, stalled in steps:
        t, total = t + gap, total + min(stalled, round(gap * 1e6))
        series.append(_sample(t, some_us=total, full_us=total))
    found = pressure(series, RULE, cap_bytes=CAP)
    assert found.partial_ms is not None and found.partial_ms <= total / 1000 + 0.1
    assert found.partial_ms <= 1000 + 2000 + 0.1  # no more than the window and the sample that it cuts

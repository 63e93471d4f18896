"""Android's low-memory killer as a rule on a series of memory readings. Pure: no clock, no files.

Source of thresholds and behaviour: https://source.android.com/docs/core/perf/lmkd (the figures stand in tiers.toml) and
lmkd.cpp of AOSP for how thrashing is counted.

* Complete stall: for so many ms of one second no task of the phone got on, all waiting for memory. lmkd kills at once.
* Thrashing: pages that were evicted and read again, as a share of the file cache, counted in windows of one second; a
  window under the limit hands half of its growth on to the next (lmkd's decay). lmkd then kills what is in the
  background and, as it goes on, the app in front. It looks at this only while it is awake.
* Partial stall: some task waited so many ms of one second. That wakes lmkd and kills nobody by itself; a phone on which
  it stays awake all the time is thrashing, whatever its refaults.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sims.cgroup import Sample

# Of the cap: from here on the kernel evicts. Some kernels (6.18, version 1) count no hits at a cap that is memory's and
# swap's in one, so the counter alone would not tell.
FULL = 0.95


@dataclass(frozen=True)
class KillerRule:
    """Thresholds of one class of phone: ms of stall in a second, refaults in percent of the file cache.

    `min_refault_mb`: a window with less is no thrashing. Our phone's file cache is the app's alone, a real phone's is
    the whole system's, so a few pages of a small cache would look like a large share of it.
    """

    partial_stall_ms: float
    complete_stall_ms: float
    thrashing_percent: float
    min_refault_mb: float
    window_s: float = 1.0


@dataclass(frozen=True)
class Reload:
    """The app itself reads a model file again that it had dropped; the kernel counts those pages as refaults."""

    start_s: float
    end_s: float
    mb: float


@dataclass(frozen=True)
class Pressure:
    """The worst that a series shows. Stalls in ms of one second; None where the container's PSI could not be read.

    `stall_share` is the share of the whole series in which some task waited for memory. The times are the first
    moments at which a limit was passed (None: never).
    """

    partial_ms: float | None
    complete_ms: float | None
    stall_share: float | None
    thrashing_percent: float
    woken_s: float | None
    complete_s: float | None
    thrashing_s: float | None

    @property
    def kills(self) -> bool:
        """Whether the killer would have ended the app."""
        return self.complete_s is not None


def pressure(
    samples: Sequence[Sample],
    rule: KillerRule,
    *,
    cap_bytes: int,
    own_stalls: bool = True,
    reloads: Sequence[Reload] = (),
    page_size: int = 4096,
) -> Pressure:
    """Holds the rule against the samples of a run under a cap, oldest first.

    own_stalls: the stalls are the phone's own. Where they are somebody else's too, or unknown, nobody can say when lmkd
    is awake, and thrashing counts at any time.
    """
    some = [(s.t_s, s.some_us / 1000) for s in samples if s.some_us is not None]
    full = [(s.t_s, s.full_us / 1000) for s in samples if s.full_us is not None]
    partial, complete = list(_stalls(some, rule.window_s)), list(_stalls(full, rule.window_s))
    thrash = list(_thrashing(samples, rule, reloads, cap_bytes, page_size))
    awake = {t for t, ms in partial if ms >= rule.partial_stall_ms} if own_stalls and partial else None
    span = some[-1][0] - some[0][0] if len(some) > 1 else 0.0
    return Pressure(
        partial_ms=_most(partial),
        complete_ms=_most(complete),
        stall_share=round((some[-1][1] - some[0][1]) / 1000 / span, 4) if span > 0 else None,
        thrashing_percent=_most(thrash) or 0.0,
        woken_s=_first(partial, rule.partial_stall_ms),
        complete_s=_first(complete, rule.complete_stall_ms),
        thrashing_s=_first([(t, value) for t, value in thrash if awake is None or t in awake], rule.thrashing_percent),
    )


def _stalls(series: Sequence[tuple[float, float]], window_s: float) -> Iterator[tuple[float, float]]:
    """(time, ms stalled in the window that ends there). A gap between samples longer than it is spread evenly."""
    start = 0
    for at in range(1, len(series)):
        now, total = series[at]
        while start + 1 < at and series[start + 1][0] <= now - window_s:
            start += 1
        then, before = series[start]
        yield now, (total - before) * min(1.0, window_s / max(now - then, 1e-9))


def _thrashing(
    samples: Sequence[Sample], rule: KillerRule, reloads: Sequence[Reload], cap_bytes: int, page_size: int
) -> Iterator[tuple[float, float]]:
    """(time, refaults in percent of the file cache), counted as lmkd.cpp does (which cuts to whole numbers)."""
    if not samples:
        return
    base, carried = samples[0], 0.0
    for sample in samples[1:]:
        grown = _growth(base, sample, rule, reloads, cap_bytes, page_size)
        yield sample.t_s, grown + carried
        passed = int((sample.t_s - base.t_s) / rule.window_s)
        if passed:
            # A window over the limit is kept whole: lmkd found nobody to kill and stays ready.
            keep = passed == 1 and grown >= rule.thrashing_percent
            base, carried = sample, grown if keep else grown / 2**passed


def _growth(
    base: Sample, now: Sample, rule: KillerRule, reloads: Sequence[Reload], cap_bytes: int, page_size: int
) -> float:
    if now.limit_hits == base.limit_hits and now.usage < FULL * cap_bytes:
        return 0.0  # nothing had to be evicted: files that another run's end had evicted come in for the first time
    mb = (now.refaults - base.refaults) * page_size / 1024**2
    mb -= sum(r.mb for r in reloads if r.start_s <= now.t_s and r.end_s >= base.t_s)
    return 100 * mb * 1024**2 / max(base.file_lru, page_size) if mb >= rule.min_refault_mb else 0.0


def _most(series: Sequence[tuple[float, float]]) -> float | None:
    return round(max(value for _, value in series), 1) if series else None


def _first(series: Sequence[tuple[float, float]], limit: float) -> float | None:
    return next((t for t, value in series if value >= limit), None)

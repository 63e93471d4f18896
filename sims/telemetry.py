"""Sampling a control group throughout a run, and what the samples come to.

The peak is the kernel's own high-water mark, so it misses nothing between two samples; the split into anonymous,
mapped and cached memory exists only at the moments it is sampled.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sims.cgroup import Sample

MB = 1024 * 1024
INTERVAL_S = 0.05
Reader = Callable[[], Sample]


@dataclass(frozen=True)
class MemoryReport:
    """What a run cost, in MB; counts since the first sample, peaks over the whole run.

    `need_mb` is the most that could not have been given back at one moment: anonymous and mapped memory and the
    kernel's own, without page cache that nobody has mapped.
    """

    peak_mb: float = 0.0
    need_mb: float = 0.0
    anonymous_mb: float = 0.0
    file_mb: float = 0.0
    mapped_mb: float = 0.0
    swap_mb: float = 0.0
    refault_mb: float = 0.0
    limit_hits: int = 0
    oom_kills: int = 0
    major_faults: int = 0
    samples: int = 0


def summarise(samples: Sequence[Sample]) -> MemoryReport:
    """The peaks and the growth of the counters over a run's samples, oldest first."""
    if not samples:
        return MemoryReport()
    first, last = samples[0], samples[-1]

    def most(value: Callable[[Sample], int]) -> float:
        return round(max(map(value, samples)) / MB, 1)

    return MemoryReport(
        peak_mb=most(lambda s: s.peak),
        need_mb=most(lambda s: s.needed),
        anonymous_mb=most(lambda s: s.anonymous),
        file_mb=most(lambda s: s.file),
        mapped_mb=most(lambda s: s.mapped),
        swap_mb=most(lambda s: s.swap),
        refault_mb=round((last.refaults - first.refaults) * page_size() / MB, 1),
        limit_hits=last.limit_hits,
        oom_kills=last.oom_kills,
        major_faults=last.major_faults - first.major_faults,
        samples=len(samples),
    )


def page_size() -> int:
    """Bytes of a page."""
    return os.sysconf("SC_PAGE_SIZE")


class Watch:
    """Samples a group in a thread until it vanishes or `stop` is called; `pause` and `resume` leave a gap."""

    def __init__(self, reader: Reader, interval_s: float = INTERVAL_S) -> None:
        self._reader, self._interval = reader, interval_s
        self._samples: list[Sample] = []
        self._done, self._awake = threading.Event(), threading.Event()
        self._awake.set()
        self._thread = threading.Thread(target=self._run, name="memory-watch", daemon=True)
        self._thread.start()

    def pause(self) -> None:
        """Reads nothing until `resume`."""
        self._awake.clear()

    def resume(self) -> None:
        """Goes on."""
        self._awake.set()

    def stop(self) -> list[Sample]:
        """Ends the sampling with a last reading, if the group still exists; the samples, oldest first."""
        self._done.set()
        self._awake.set()
        self._thread.join()
        self._take()
        return self._samples

    def _run(self) -> None:
        while self._take() and not self._done.wait(self._interval):
            self._awake.wait()

    def _take(self) -> bool:
        try:
            self._samples.append(self._reader())
        except (OSError, KeyError, ValueError):
            # The kernel removes the group's files while the container's last process ends: the run is over.
            return False
        return True

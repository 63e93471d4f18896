"""A container's memory as the kernel charges it, read from outside by its control group (v1 and v2).

The peak is the kernel's own high-water mark, so it misses nothing between two samples; the split into
anonymous and file-backed memory exists only at the moments it is sampled.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from line.errors import MissingError

MB = 1024 * 1024
_INTERVAL_S = 0.05


@dataclass(frozen=True)
class Sample:
    """One reading; memory in bytes, `t_s` in seconds, `refaults` in pages that were evicted and came back."""

    t_s: float
    usage: int
    peak: int
    anonymous: int
    file: int
    swap: int
    limit_hits: int
    oom_kills: int
    refaults: int
    major_faults: int


@dataclass(frozen=True)
class MemoryReport:
    """What a run cost, in MB; counts since the first sample, peaks over the whole run."""

    peak_mb: float = 0.0
    anonymous_mb: float = 0.0
    file_mb: float = 0.0
    swap_mb: float = 0.0
    refault_mb: float = 0.0
    limit_hits: int = 0
    oom_kills: int = 0
    major_faults: int = 0
    samples: int = 0


Reader = Callable[[], Sample]


def find_reader(pid: int, proc: Path = Path("/proc")) -> Reader:
    """The reader for the memory control group of a process of the host.

    Raises:
        MissingError: the group is not visible here (the engine is elsewhere, or we are in a container).
    """
    for line in (proc / str(pid) / "cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(","):
            folder = _locate(proc, path, "cgroup", "memory")
            return lambda: read_v1(folder)
    for line in (proc / str(pid) / "cgroup").read_text().splitlines():
        if line.startswith("0::"):
            folder = _locate(proc, line[3:], "cgroup2", "")
            return lambda: read_v2(folder)
    raise MissingError(f"Process {pid} is in no memory control group: is the kernel built with them?")


def read_v1(folder: Path) -> Sample:
    """A reading of a version 1 memory group (`total_` figures include the groups below it)."""
    stat = _table(folder / "memory.stat")
    return Sample(
        t_s=time.monotonic(),
        usage=_number(folder / "memory.usage_in_bytes"),
        peak=_number(folder / "memory.max_usage_in_bytes"),
        anonymous=stat["total_rss"],
        file=stat["total_cache"] - stat.get("total_shmem", 0),
        swap=stat.get("total_swap", 0),
        limit_hits=_number(folder / "memory.failcnt") + _memsw_hits(folder),
        oom_kills=_table(folder / "memory.oom_control").get("oom_kill", 0),
        refaults=_refaults(stat, "total_"),
        major_faults=stat.get("total_pgmajfault", 0),
    )


def read_v2(folder: Path) -> Sample:
    """A reading of a version 2 group; before Linux 5.19 there is no `memory.peak`, and `usage` stands in."""
    stat, events = _table(folder / "memory.stat"), _table(folder / "memory.events")
    usage = _number(folder / "memory.current")
    peak, swap = folder / "memory.peak", folder / "memory.swap.current"
    return Sample(
        t_s=time.monotonic(),
        usage=usage,
        peak=_number(peak) if peak.exists() else usage,
        anonymous=stat["anon"],
        file=stat["file"] - stat.get("shmem", 0),
        swap=_number(swap) if swap.exists() else 0,
        limit_hits=events.get("max", 0),
        oom_kills=events.get("oom_kill", 0),
        refaults=_refaults(stat, ""),
        major_faults=stat.get("pgmajfault", 0),
    )


def summarise(samples: list[Sample]) -> MemoryReport:
    """The peaks and the growth of the counters over a run's samples, oldest first."""
    if not samples:
        return MemoryReport()
    first, last = samples[0], samples[-1]
    page = os.sysconf("SC_PAGE_SIZE")
    return MemoryReport(
        peak_mb=round(max(s.peak for s in samples) / MB, 1),
        anonymous_mb=round(max(s.anonymous for s in samples) / MB, 1),
        file_mb=round(max(s.file for s in samples) / MB, 1),
        swap_mb=round(max(s.swap for s in samples) / MB, 1),
        refault_mb=round((last.refaults - first.refaults) * page / MB, 1),
        limit_hits=last.limit_hits,
        oom_kills=last.oom_kills,
        major_faults=last.major_faults,
        samples=len(samples),
    )


class Watch:
    """Samples a group in a thread until it vanishes or `stop` is called."""

    def __init__(self, reader: Reader, interval_s: float = _INTERVAL_S) -> None:
        self._reader, self._interval = reader, interval_s
        self._samples: list[Sample] = []
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="memory-watch", daemon=True)
        self._thread.start()

    def stop(self) -> list[Sample]:
        """Ends the sampling with a last reading, if the group still exists; the samples, oldest first."""
        self._done.set()
        self._thread.join()
        self._take()
        return self._samples

    def _run(self) -> None:
        while self._take() and not self._done.wait(self._interval):
            pass

    def _take(self) -> bool:
        try:
            self._samples.append(self._reader())
        except (OSError, KeyError, ValueError):
            # The kernel removes the group's files while the container's last process ends: the run is over.
            return False
        return True


def _locate(proc: Path, path: str, kind: str, controller: str) -> Path:
    for line in (proc / "self" / "mountinfo").read_text().splitlines():
        left, _, right = line.partition(" - ")
        root, mount = left.split()[3:5]
        fields = right.split()
        if fields[0] != kind or (controller and controller not in fields[2].split(",")):
            continue
        inside = path.removeprefix(root.rstrip("/")) if path.startswith(root) else path
        folder = Path(mount) / inside.lstrip("/")
        if folder.is_dir():
            return folder
    raise MissingError(f"The container's control group {path} is not visible here: run where the Docker Engine runs.")


def _memsw_hits(folder: Path) -> int:
    """With swap off, memory and memory+swap share one limit, and version 1 counts the hits at the latter."""
    path = folder / "memory.memsw.failcnt"
    return _number(path) if path.exists() else 0


def _refaults(stat: dict[str, int], prefix: str) -> int:
    split = [stat.get(f"{prefix}workingset_refault_{kind}", 0) for kind in ("file", "anon")]
    return sum(split) or stat.get(f"{prefix}workingset_refault", 0)  # before Linux 5.9 there was one figure


def _table(path: Path) -> dict[str, int]:
    pairs = (line.split() for line in path.read_text().splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2}


def _number(path: Path) -> int:
    return int(path.read_text())

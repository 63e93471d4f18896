"""A container's memory as the kernel charges it, read from outside by its control group (v1 and v2).

The files are opened once and read again in place: a reading every 50 ms must not cost the phone its speed.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from line.errors import MissingError

PSI_CONTAINER, PSI_HOST, PSI_NONE = "container", "host", "unavailable"
_READ = 1 << 16  # bytes; memory.stat has about 2,000


@dataclass(frozen=True)
class Sample:
    """One reading; memory in bytes, `t_s` in seconds of CLOCK_MONOTONIC, which the agent's events count in too.

    `mapped` is file-backed memory in use through a mapping, `file_lru` all that the kernel could evict. `refaults`
    are pages that were evicted and came back; `some_us` and `full_us` are PSI's stall totals (None: no PSI).
    """

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
    mapped: int = 0
    file_lru: int = 0
    some_us: int | None = None
    full_us: int | None = None

    @property
    def needed(self) -> int:
        """Bytes that could not have been given back: all that is charged but page cache which nobody has mapped."""
        return max(self.usage - max(self.file - self.mapped, 0), self.anonymous)


class Group(Protocol):
    """A readable control group."""

    psi: str

    def __call__(self) -> Sample:
        """A reading. Raises OSError, KeyError or ValueError when the group has vanished."""
        ...


class _Files:
    """Files of one folder, each opened at its first reading."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, int | None] = {}

    def text(self, name: str) -> str | None:
        """The file's text; None where the kernel has no such file."""
        if name not in self._open:
            path = self._folder / name
            self._open[name] = os.open(path, os.O_RDONLY) if path.exists() else None
        handle = self._open[name]
        return None if handle is None else os.pread(handle, _READ, 0).decode()

    def number(self, name: str, default: int | None = None) -> int:
        text = self.text(name)
        if text is None and default is None:
            raise FileNotFoundError(self._folder / name)
        return int(text) if text is not None else int(default or 0)

    def table(self, name: str) -> dict[str, int]:
        text = self.text(name)
        if text is None:
            raise FileNotFoundError(self._folder / name)
        pairs = (line.split() for line in text.splitlines())
        return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2}

    def __del__(self) -> None:
        for handle in self._open.values():
            if handle is not None:
                os.close(handle)


class _Psi:
    """Stall totals of `memory.pressure` or /proc/pressure/memory."""

    def __init__(self, path: Path | None) -> None:
        self._files = _Files(path.parent) if path else None
        self._name = path.name if path else ""

    def read(self) -> tuple[int | None, int | None]:
        """Microseconds in which some, and in which all, tasks waited for memory."""
        text = self._files.text(self._name) if self._files else None
        if not text:
            return None, None
        totals = {line.split()[0]: int(line.rpartition("total=")[2]) for line in text.splitlines() if "total=" in line}
        return totals.get("some"), totals.get("full")


class _Group:
    def __init__(self, folder: Path, psi: tuple[str, Path | None] = (PSI_NONE, None)) -> None:
        self.psi = psi[0]
        self._files, self._pressure = _Files(folder), _Psi(psi[1])


class GroupV1(_Group):
    """A version 1 memory group (`total_` figures include the groups below it)."""

    def __call__(self) -> Sample:
        """A reading; with swap off, memory and memory+swap share one limit, and its hits are counted at the latter."""
        files, stat = self._files, self._files.table("memory.stat")
        some, full = self._pressure.read()
        return Sample(
            t_s=time.monotonic(),
            usage=files.number("memory.usage_in_bytes"),
            peak=files.number("memory.max_usage_in_bytes"),
            anonymous=stat["total_rss"],
            file=stat["total_cache"] - stat.get("total_shmem", 0),
            swap=stat.get("total_swap", 0),
            limit_hits=files.number("memory.failcnt") + files.number("memory.memsw.failcnt", 0),
            oom_kills=files.table("memory.oom_control").get("oom_kill", 0),
            refaults=_refaults(stat, "total_"),
            major_faults=stat.get("total_pgmajfault", 0),
            mapped=stat.get("total_mapped_file", 0),
            file_lru=stat.get("total_inactive_file", 0) + stat.get("total_active_file", 0),
            some_us=some,
            full_us=full,
        )


class GroupV2(_Group):
    """A version 2 group; before Linux 5.19 there is no `memory.peak`, and `usage` stands in."""

    def __call__(self) -> Sample:
        """A reading."""
        files, stat = self._files, self._files.table("memory.stat")
        events, usage = files.table("memory.events"), files.number("memory.current")
        some, full = self._pressure.read()
        return Sample(
            t_s=time.monotonic(),
            usage=usage,
            peak=files.number("memory.peak", usage),
            anonymous=stat["anon"],
            file=stat["file"] - stat.get("shmem", 0),
            swap=files.number("memory.swap.current", 0),
            limit_hits=events.get("max", 0),
            oom_kills=events.get("oom_kill", 0),
            refaults=_refaults(stat, ""),
            major_faults=stat.get("pgmajfault", 0),
            mapped=stat.get("file_mapped", 0),
            file_lru=stat.get("inactive_file", 0) + stat.get("active_file", 0),
            some_us=some,
            full_us=full,
        )


def find_group(pid: int, proc: Path = Path("/proc")) -> Group:
    """The memory control group of a process of the host.

    PSI is kept by the version 2 hierarchy alone; where version 1 holds the memory, a container is often in both.

    Raises:
        MissingError: the group is not visible here (the engine is elsewhere, or we are in a container).
    """
    lines = [line.split(":", 2) for line in (proc / str(pid) / "cgroup").read_text().splitlines()]
    unified = next((path for number, names, path in lines if number == "0" and not names), "")
    for _, controllers, path in lines:
        if "memory" in controllers.split(","):
            return GroupV1(_locate(proc, path, "cgroup", "memory"), _psi(proc, unified))
    if unified:
        return GroupV2(_locate(proc, unified, "cgroup2", ""), _psi(proc, unified))
    raise MissingError(f"Process {pid} is in no memory control group: is the kernel built with them?")


def _psi(proc: Path, unified: str) -> tuple[str, Path | None]:
    """Whose stalls can be read: the container's own, the whole host's (reported, never judged by), or none."""
    if unified.strip("/"):
        try:
            path = _locate(proc, unified, "cgroup2", "") / "memory.pressure"
        except MissingError:
            path = None
        if path and _readable(path):
            return PSI_CONTAINER, path
    host = proc / "pressure" / "memory"
    return (PSI_HOST, host) if _readable(host) else (PSI_NONE, None)


def _readable(path: Path) -> bool:
    """A kernel that was booted with psi=0 shows the file and refuses to read it."""
    try:
        return "total=" in path.read_text()
    except OSError:
        return False


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


def _refaults(stat: dict[str, int], prefix: str) -> int:
    split = [stat.get(f"{prefix}workingset_refault_{kind}", 0) for kind in ("file", "anon")]
    return sum(split) or stat.get(f"{prefix}workingset_refault", 0)  # before Linux 5.9 there was one figure

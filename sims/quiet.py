"""Is the machine quiet enough to tell a time? Others' share of the CPUs and the hypervisor's, over a short window."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from line.errors import StageError
from sims.tiers import TimingRule

_TICK = os.sysconf("SC_CLK_TCK")
_LEAST_S = 0.2  # of CPU time, below which nobody is named as the busiest


@dataclass(frozen=True)
class CpuTimes:
    """Seconds of CPU time since boot, over all CPUs: worked for anybody, stolen by the hypervisor, and in all."""

    busy_s: float
    steal_s: float
    total_s: float


@dataclass(frozen=True)
class Load:
    """Shares 0…1 of all CPU time of a span: of processes that are not ours, and stolen."""

    others: float
    steal: float

    def too_much(self, rule: TimingRule) -> bool:
        """Whether a time taken meanwhile would be worth nothing."""
        return self.others > rule.others_most or self.steal > rule.steal_most

    def __str__(self) -> str:
        """For people."""
        return f"others took {self.others:.0%} of the CPUs, the hypervisor {self.steal:.0%}"


def read_cpu(stat: Path = Path("/proc/stat")) -> CpuTimes:
    """The kernel's counters; user, nice, system, idle, iowait, irq, softirq, steal (proc(5))."""
    ticks = [int(field) / _TICK for field in stat.read_text().splitlines()[0].split()[1:9]]
    idle, steal = ticks[3] + ticks[4], ticks[7]
    return CpuTimes(sum(ticks) - idle - steal, steal, sum(ticks))


def load_between(before: CpuTimes, after: CpuTimes, own_s: float) -> Load:
    """What was not ours between two readings; `own_s`: CPU seconds of our own processes meanwhile."""
    span = max(after.total_s - before.total_s, 1e-9)
    others = max(after.busy_s - before.busy_s - own_s, 0.0)
    return Load(others / span, max(after.steal_s - before.steal_s, 0.0) / span)


def own_cpu_s() -> float:
    """CPU seconds of this process so far."""
    found = psutil.Process().cpu_times()
    return float(found.user + found.system)


def wait_until_quiet(rule: TimingRule, wait_s: float) -> str:
    """Waits up to `wait_s`; "" once the machine is quiet, else who keeps it busy."""
    end = time.monotonic() + wait_s
    while True:
        load, busiest = _look(rule.window_s)
        if not load.too_much(rule):
            return ""
        if time.monotonic() >= end:
            return f"{load}; the busiest: {busiest}"


def require_quiet(rule: TimingRule) -> None:
    """Waits up to `rule.wait_s`.

    Raises:
        StageError: the machine stayed busy; the message names the busiest process.
    """
    if busy := wait_until_quiet(rule, rule.wait_s):
        raise StageError(
            f"This machine is too busy to time anything: {busy}. Stop that, or ask for memory only (`--memory-only`)."
        )


def _look(window_s: float) -> tuple[Load, str]:
    before, own, seen = read_cpu(), own_cpu_s(), _processes()
    time.sleep(window_s)
    load = load_between(before, read_cpu(), own_cpu_s() - own)
    grown = {pid: (used - seen[pid][0], name) for pid, (used, name) in _processes().items() if pid in seen}
    most, pid = max(((used, pid) for pid, (used, _) in grown.items()), default=(0.0, 0))
    if most < _LEAST_S * window_s:
        return load, "nobody in particular"
    return load, f"process {pid} ({grown[pid][1]}) at {most / window_s:.0%} of a CPU"


def _processes() -> dict[int, tuple[float, str]]:
    """Process id -> CPU seconds so far and name, our own left out."""
    found = {}
    for process in psutil.process_iter(["cpu_times", "name"]):
        times = process.info["cpu_times"]
        if times and process.pid != os.getpid():
            found[process.pid] = (times.user + times.system, str(process.info["name"]))
    return found

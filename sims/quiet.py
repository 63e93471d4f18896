"""Whether a machine is quiet enough to time anything on it: CPU of others and time stolen by the hypervisor."""

from __future__ import annotations

from dataclasses import dataclass

import psutil

# Shares of all cores' time. A tenth of two cores is a fifth of one core that a timed thread waits for.
BUSY_LIMIT = 0.10
STEAL_LIMIT = 0.02


@dataclass(frozen=True)
class CpuTimes:
    """CPU seconds of all cores since the machine started."""

    busy_s: float
    steal_s: float
    total_s: float


def cpu_times() -> CpuTimes:
    """Reads the machine's counters; waiting for a disk is not busy."""
    times = psutil.cpu_times()
    steal = getattr(times, "steal", 0.0)
    # Linux counts guests' time in `user` too.
    total = sum(getattr(times, name, 0.0) for name in ("user", "nice", "system", "idle", "iowait", "irq", "softirq"))
    idle = times.idle + getattr(times, "iowait", 0.0)
    return CpuTimes(total - idle, steal, total + steal)


def noise(before: CpuTimes, after: CpuTimes, own_s: float = 0.0) -> str:
    """Why what happened between two readings cannot be timed; "" when it can. `own_s`: CPU seconds that were ours."""
    total = after.total_s - before.total_s
    if total <= 0:
        return ""
    others = max(0.0, after.busy_s - before.busy_s - own_s) / total
    steal = (after.steal_s - before.steal_s) / total
    if steal > STEAL_LIMIT:
        return f"the hypervisor took {steal:.0%} of the cores' time (limit {STEAL_LIMIT:.0%})"
    if others > BUSY_LIMIT:
        return f"other programs used {others:.0%} of the cores' time (limit {BUSY_LIMIT:.0%})"
    return ""

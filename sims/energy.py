"""Energy by estimate: seconds on a phone's cores × the power of a core. Always estimated: no power was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from line.errors import InputError
from sims.devices import Cluster, Device
from sims.projection import Projected

_J_PER_MWH = 3.6


@dataclass(frozen=True)
class Energy:
    """mWh of one turn and turns per percent of a full battery, each (low, value, high)."""

    mwh_per_turn: Projected
    turns_per_battery_percent: Projected
    estimated: bool = True


def core_watts(clusters: Sequence[Cluster], threads: int) -> tuple[float, float]:
    """Mean watts (low, high) of one of `threads` cores, the widest and fastest taken first.

    Raises:
        InputError: no thread at all.
    """
    if threads < 1:
        raise InputError(f"{threads} threads: give at least 1")
    cores = [cluster for cluster in clusters for _ in range(cluster.cores)][:threads]
    low, high = (sum(core.watts[end] for core in cores) / len(cores) for end in (0, 1))
    return low, high


def turn_energy(device: Device, cpu_s: Projected, threads: int) -> Energy:
    """Energy of a turn that keeps `threads` cores busy for `cpu_s` seconds in all, on the phone (not on a host).

    mWh = s × W ÷ 3.6. The value takes the middle of the bracket of power, the band its ends. Memory, screen
    and the rest of the phone are not in it.
    """
    low, high = core_watts(device.clusters, threads)
    mwh = Projected(
        cpu_s.low * low / _J_PER_MWH, cpu_s.value * (low + high) / 2 / _J_PER_MWH, cpu_s.high * high / _J_PER_MWH
    )
    return Energy(mwh, mwh.inverse(device.battery_wh * 10))


def phone_cpu_s(host_cpu_s: float, host_s: float, phone_s: Projected, threads: int) -> Projected:
    """CPU seconds on the phone: the host's busy cores (CPU s ÷ wall s, at most `threads`) for the phone's seconds."""
    busy = min(float(threads), host_cpu_s / host_s) if host_s > 0 else 0.0
    return phone_s.times(busy)

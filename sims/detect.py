"""Which tier a phone is of, by what an app can read there.

SEAM: this is the one place that decides it. `josi.device_tier` is to replace the body of `tier_of`; the agent and the
tests know nothing else.
"""

from __future__ import annotations

_GB = 1024**3


def tier_of(total_ram_bytes: int, low_ram: bool, memory_class_mb: int) -> str:
    """`tier1`, `tier2` or `tier3`, by ActivityManager's totalMem, isLowRamDevice() and getMemoryClass() (MB).

    A simple stand-in: by nominal RAM, rounded up to whole GB, since totalMem lacks what kernel and modem have taken.
    """
    nominal_gb = -(-total_ram_bytes // _GB)
    if low_ram or nominal_gb < 4 or memory_class_mb < 128:
        return "tier1"
    return "tier2" if nominal_gb < 6 else "tier3"

"""Which device tier a phone is, from what an app can read of it. Thresholds and sources: `josi/data/device_tier.toml`.

Whole numbers and comparisons only, so that a port cannot differ in rounding.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from josi.errors import ContractError
from josi.text import word_list

_RULES = word_list("device_tier")
TIERS = ("tier1", "tier2", "tier3")
UNSUPPORTED = "unsupported"
_GB = 1024**3
_RAM = "ram"


@dataclass(frozen=True)
class DeviceTier:
    """`tier` is `tier1`, `tier2`, `tier3` or `unsupported`.

    `nominal_gb` is the size that the phone was sold with, None below 2 GB. `limited_by` names what kept it from the
    next tier: `ram`, `low_ram`, `memory_class`, `large_memory_class`, or None in the highest; `reason` is for people.
    """

    tier: str
    nominal_gb: int | None
    limited_by: str | None
    reason: str


def detect(
    total_ram_bytes: int,
    *,
    low_ram: bool = False,
    memory_class_mb: int | None = None,
    large_memory_class_mb: int | None = None,
) -> DeviceTier:
    """The tier of a phone that reports this (`MemoryInfo.totalMem`, `isLowRamDevice`, both memory classes).

    A class that is None was not read and does not count.

    Raises:
        ContractError: a figure that no phone reports (of another type, zero or below, in another unit). An app
            that gets it treats the phone as unsupported.
    """
    reported = _whole("total_ram_bytes", total_ram_bytes, _RULES["least_bytes"], _RULES["most_bytes"])
    if not isinstance(low_ram, bool):
        raise ContractError(f"low_ram is {low_ram!r}: give true or false")
    classes = {"memory_class": memory_class_mb, "large_memory_class": large_memory_class_mb}
    read = {
        name: _whole(f"{name}_mb", value, 1, _RULES["most_class_mb"])
        for name, value in classes.items()
        if value is not None
    }
    nominal = nominal_gb(reported)
    tier, limited_by = _highest(nominal, low_ram, read)
    return DeviceTier(tier, nominal or None, limited_by, _reason(tier, limited_by, nominal, reported, read))


def nominal_gb(reported_bytes: int) -> int:
    """The largest sold size, in GB, of which `reported_bytes` are at least 80 %; 0 below them all."""
    percent = _RULES["reported_percent"]
    return max((size for size in _RULES["sold_gb"] if reported_bytes * 100 >= size * _GB * percent), default=0)


def _highest(nominal: int, low_ram: bool, classes: Mapping[str, int]) -> tuple[str, str | None]:
    """The highest tier that holds, and the first thing that kept the phone from the one above it."""
    tier = UNSUPPORTED
    for name in TIERS:
        limit = _shortfall(_RULES[name], nominal, low_ram, classes)
        if limit is not None:
            return tier, limit
        tier = name
    return tier, None


def _shortfall(rule: Mapping[str, Any], nominal: int, low_ram: bool, classes: Mapping[str, int]) -> str | None:
    if nominal < rule["nominal_gb"]:
        return _RAM
    if low_ram and not rule["low_ram"]:
        return "low_ram"
    return next((name for name, value in classes.items() if value < rule[f"{name}_mb"]), None)


def _reason(tier: str, limited_by: str | None, nominal: int, reported: int, classes: Mapping[str, int]) -> str:
    size = f"{nominal} GB phone" if nominal else "phone below 2 GB"
    text = f"{tier}: a {size} ({reported // 1024**2} MB reported)"
    if limited_by == "low_ram":
        return f"{text}, held back by the low-RAM flag"
    if limited_by is not None and limited_by in classes:
        return f"{text}, held back by a {limited_by.replace('_', ' ')} of {classes[limited_by]} MB"
    return text


def _whole(name: str, value: object, least: int, most: int) -> int:
    """The value as a whole number from `least` to `most`; JSON's 4.0 is 4."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ContractError(f"{name} is {str(value)[:40]!r}: give a whole number")
    if not least <= value <= most:
        shown = value if abs(value) < 10**20 else "a huge number"
        raise ContractError(f"{name} is {shown}, which no phone reports: {least} to {most}; is the unit right?")
    return value

"""Reads what adb prints: `dumpsys meminfo PACKAGE`, `dumpsys battery` before and after, `/proc/meminfo`."""

from __future__ import annotations

import re
from typing import Any

from line.errors import InputError

_TOTALS = {"peak_pss_mb": r"TOTAL PSS:\s*([\d,]+)", "peak_rss_mb": r"TOTAL RSS:\s*([\d,]+)"}
_OLD_TOTAL = re.compile(r"^\s+TOTAL:?\s+([\d,]+)(?:\s|$)", re.MULTILINE)  # Android 10 and before: PSS in kB first
_RAM = re.compile(r"^MemTotal:\s*(\d+) kB", re.MULTILINE)
_APP = re.compile(r"\*\* MEMINFO in pid \d+ \[([^\]]+)\]")
_BATTERY = "Current Battery Service state"
_POWERED = re.compile(r"^\s*(AC|USB|Wireless|Dock) powered: true", re.MULTILINE)
_MARKS = (_BATTERY, "MemTotal:", "TOTAL PSS:", "** MEMINFO in pid")


def is_adb(text: str) -> bool:
    """Whether a text has anything of adb's that is read here."""
    return any(mark in text for mark in _MARKS)


def measurement(text: str, device: str, where: str) -> dict[str, Any]:
    """What the text says, as a measurement of our own schema; of several dumps the largest, a kB being 1024 bytes.

    Raises:
        InputError: figures contradict each other, the phone was charging, or there is nothing to read.
    """
    found: dict[str, Any] = {"device": device, "by": "adb"}
    for name, pattern in _TOTALS.items():
        if values := [_number(value) for value in re.findall(pattern, text)]:
            found[name] = max(values) / 1024
    if "peak_pss_mb" not in found and "MEMINFO in pid" in text and (old := _OLD_TOTAL.findall(text)):
        found["peak_pss_mb"] = max(_number(value) for value in old) / 1024
    if apps := set(_APP.findall(text)):
        if len(apps) > 1:
            raise InputError(f"{where}: meminfo of {len(apps)} apps ({', '.join(sorted(apps))}): give one app a file")
        found["app"] = apps.pop()
    if totals := {int(value) for value in _RAM.findall(text)}:
        if len(totals) > 1:
            raise InputError(f"{where}: MemTotal is {' kB and '.join(map(str, sorted(totals)))} kB: of two phones?")
        found["ram_total_bytes"] = totals.pop() * 1024
    found |= _battery(text, where)
    if set(found) <= {"device", "by", "app"}:
        raise InputError(f"{where}: no total of meminfo, no MemTotal and no two battery readings; is it cut off?")
    return found


def _battery(text: str, where: str) -> dict[str, float]:
    """Percent and mWh between the first and the last reading (charge counter in µAh × mean voltage in mV)."""
    readings = text.split(_BATTERY)[1:]
    if len(readings) == 0:
        return {}
    if len(readings) == 1:
        raise InputError(
            f"{where}: one battery reading says nothing: append `adb shell dumpsys battery` after the turns"
        )
    if any(_POWERED.search(reading) for reading in readings):
        raise InputError(f"{where}: the phone was charging; unplug it and use adb over Wi-Fi")
    levels = [_field(reading, "level", where) for reading in (readings[0], readings[-1])]
    if levels[1] > levels[0]:
        raise InputError(f"{where}: the battery rose from {levels[0]} to {levels[1]}: are the readings in order?")
    found: dict[str, float] = {"battery_drop_percent": levels[0] - levels[1]}
    charges = [re.search(r"Charge counter: (\d+)", reading) for reading in (readings[0], readings[-1])]
    if charges[0] and charges[1]:
        used = int(charges[0][1]) - int(charges[1][1])
        if used < 0:
            raise InputError(f"{where}: the charge counter rose by {-used} µAh while the phone was not charging")
        volts = sum(_field(reading, "voltage", where) for reading in (readings[0], readings[-1])) / 2000
        if used:
            found["energy_mwh"] = used * volts / 1000
    return found


def _field(reading: str, name: str, where: str) -> int:
    match = re.search(rf"^\s*{name}: (\d+)\s*$", reading, re.MULTILINE)
    if not match:
        raise InputError(f"{where}: a battery reading without `{name}`; give the whole of `dumpsys battery`")
    return int(match[1])


def _number(text: str) -> int:
    return int(text.replace(",", ""))

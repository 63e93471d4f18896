"""Real measurements in: llama-bench's output, adb's text, or our own schema, checked, stored, held to projections."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from line.errors import InputError, MissingError
from sims import adb_text, llama_bench, measurements
from sims.devices import Device, find_device
from sims.fit import load_published
from sims.measurements import Measurement
from sims.validation import Checked
from sims.validation import check as check_figure

_LARGEST = 64 * 2**20
_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
_ACCEPTED = (
    "give llama-bench's output (-o json, jsonl, csv or its table), adb's text (dumpsys meminfo, dumpsys battery, "
    "/proc/meminfo) or JSON after sims/schemas/device_measurement.schema.json"
)


@dataclass(frozen=True)
class Imported:
    """What an import did: the phone, its file, what was new and left out, how far off projections were."""

    device: Device
    path: Path
    read: int
    added: int
    left_out: tuple[str, ...]
    checked: tuple[Checked, ...]


def import_file(path: Path, device: str = "", folder: Path = measurements.FOLDER) -> Imported:
    """Reads, checks and stores a file; all of it or nothing. The projections compared never saw the measurements.

    Raises:
        MissingError: no such file. InputError: what is wrong, in which row, and the remedy.
    """
    found, left = read(path, device)
    if not found:
        raise InputError(f"{path}: nothing to import. {'; '.join(left) or _ACCEPTED}")
    phones = {row["device"]: find_device(row["device"]) for row in found}
    if len({phone.key for phone in phones.values()}) > 1:
        raise InputError(f"{path}: of several phones ({', '.join(phones)}): give each a file")
    phone = next(iter(phones.values()))
    rows = [{**row, "device": phone.key} for row in found]
    for number, row in enumerate(rows, 1):
        measurements.check(row, phone, f"{path}, measurement {number}")
    stored, added = measurements.add(phone, rows, folder)
    figures = measurements.figures(phone, rows)
    checked = [row for figure in figures for row in check_figure(figure, load_published(), "model")]
    return Imported(phone, stored, len(rows), added, tuple(left), tuple(checked))


def read(path: Path, device: str = "") -> tuple[list[Measurement], list[str]]:
    """The measurements of a file, of whichever kind it is, and what was left out of it; not yet checked.

    `device` names the phone where the file does not.

    Raises:
        MissingError: no such file. InputError: it cannot be read.
    """
    text = _text(path)
    start = text.lstrip()
    if start.startswith(("{", "[")):
        return _from_json(_json(text, path), device, path)
    if "avg_ts" in start.split("\n", 1)[0]:
        return llama_bench.measurements(llama_bench.from_csv(text, str(path)), _named(device, path), str(path))
    if start.startswith("|") and "t/s" in start.split("\n", 1)[0]:
        return llama_bench.measurements(llama_bench.from_table(text, str(path)), _named(device, path), str(path))
    if adb_text.is_adb(text):
        return [adb_text.measurement(text, _named(device, path), str(path))], []
    raise InputError(f"{path}: neither JSON nor anything else that is known: {_ACCEPTED}")


def _from_json(values: Sequence[Any], device: str, path: Path) -> tuple[list[Measurement], list[str]]:
    if any(llama_bench.is_row(value) for value in values):
        return llama_bench.measurements(values, _named(device, path), str(path))
    rows = []
    for number, value in enumerate(values, 1):
        if not isinstance(value, dict):
            raise InputError(f"{path}, measurement {number}: {str(value)[:60]!r} is no object: {_ACCEPTED}")
        named = value.get("device", device)
        if device and isinstance(named, str) and find_device(named) != find_device(device):
            raise InputError(f"{path}, measurement {number}: device is {named!r}, --device says {device!r}")
        if not isinstance(named, str) or not named:
            raise InputError(f"{path}, measurement {number}: device is {str(named)[:40]!r}: name the phone")
        rows.append({**value, "device": named})
    return rows, []


def _json(text: str, path: Path) -> list[Any]:
    """The file's objects: of a list, of one object, or of JSON Lines."""
    try:
        value = _loads(text)
    except (ValueError, RecursionError) as error:
        lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        if len(lines) < 2 or not all(line.lstrip().startswith("{") for _, line in lines):
            raise InputError(f"{path}: not JSON: {error}") from error
        return [_line(path, number, line) for number, line in lines]
    return value if isinstance(value, list) else [value]


def _line(path: Path, number: int, line: str) -> Any:
    try:
        return _loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}:{number}: not JSON: {error}") from error


def _loads(text: str) -> Any:
    return json.loads(text, parse_constant=_refuse, object_pairs_hook=_unique)


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found and found[name] != value:
            raise ValueError(f"{name!r} comes twice, with different values")
        found[name] = value
    return found


def _named(device: str, path: Path) -> str:
    if not device:
        raise InputError(f"{path} does not say which phone it is of: add --device NAME (`josi device list`)")
    return find_device(device).key


def _text(path: Path) -> str:
    """The file's text, whatever a shell made of it (PowerShell's `>` writes UTF-16)."""
    if not path.is_file():
        raise MissingError(f"No file at {path}.")
    if path.stat().st_size > _LARGEST:
        raise InputError(f"{path} has {path.stat().st_size:,} bytes, over {_LARGEST:,}: that is no measurement")
    data = path.read_bytes()
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no text: {error}") from error

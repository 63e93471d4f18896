"""Measurements of real phones: checked against the schema and against sense, kept one file a phone, used as figures."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from josi.device_tier import nominal_gb
from line import digest
from line.errors import InputError
from line.store import write_text
from sims.devices import Device, sources_of
from sims.fit import Figure, load_published
from sims.model_cost import ModelCost, quantisation_of

FOLDER = Path(__file__).with_name("measured")
SCHEMA = Path(__file__).with_name("schemas") / "device_measurement.schema.json"
Measurement = dict[str, Any]
FIGURES = (
    "decode_tps",
    "prefill_tps",
    "ttft_s",
    "peak_rss_mb",
    "peak_pss_mb",
    "ram_total_bytes",
    "energy_mwh",
    "battery_drop_percent",
)
# The same app's second run differs by less than this; more means that one of two figures of one battery is wrong.
_ENERGY_FACTOR = 3.0
_LEAST_DROP = 3  # percent; below it the whole percents of the level say little
_CLASSES = (("f16", r"F16|F32"), ("q8", r"Q8|INT8"), ("q4", r"Q[2-6]|INT4"))


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def check(found: object, device: Device, where: str) -> Measurement:
    """A measurement of that phone, as it came, if it follows the schema and does not contradict itself or the phone.

    Raises:
        InputError: what is wrong, where, and the remedy.
    """
    errors = sorted(_validator().iter_errors(found), key=lambda error: list(map(str, error.path)))
    if errors:
        place = ".".join(str(part) for part in errors[0].path)
        told = errors[0].message if len(errors[0].message) < 200 else f"{errors[0].message[:200]} …"
        if errors[0].validator == "anyOf":
            told = f"no figure; give at least one of {', '.join(FIGURES)}"
        raise InputError(f"{where}: {place + ': ' if place else ''}{told} ({SCHEMA.name})")
    measurement = dict(found) if isinstance(found, Mapping) else {}
    for problem in (*_sense(measurement), *_against(measurement, device)):
        raise InputError(f"{where}: {problem}")
    return measurement


def identity(measurement: Measurement) -> str:
    """Digest of a measurement: the same one has the same, however its file was written."""
    return digest.of_json(measurement)


def load(device: Device, folder: Path = FOLDER) -> list[Measurement]:
    """What is stored of a phone, oldest import first.

    Raises:
        InputError: the file is damaged.
    """
    path = folder / f"{device.key}.json"
    if not path.is_file():
        return []
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["measurements"]
        return [check(row, device, f"{path}, measurement {n}") for n, row in enumerate(rows, 1)]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is damaged ({error!r}): restore it, or remove it and import again.") from error


def add(device: Device, new: Sequence[Measurement], folder: Path = FOLDER) -> tuple[Path, int]:
    """Stores what is not there yet; the file, and how many were new.

    Raises:
        InputError: two measurements of the same run say different things; nothing is written then.
    """
    kept = load(device, folder)
    known = {identity(row) for row in kept}
    for row in new:
        if identity(row) not in known:
            _refuse_contradiction(row, kept)
            kept.append(row)
            known.add(identity(row))
    path = folder / f"{device.key}.json"
    added = len(kept) - len(load(device, folder))
    if added:
        write_text(path, json.dumps({"device": device.key, "measurements": kept}, indent=1, ensure_ascii=False) + "\n")
    return path, added


def all_figures(device: Device, folder: Path = FOLDER) -> list[Figure]:
    """What a phone's projections stand on: all that is published, and what was measured of this phone."""
    return [*load_published(), *figures(device, load(device, folder))]


def figures(device: Device, rows: Sequence[Measurement]) -> list[Figure]:
    """The rates among measurements, for the fit: of the CPU, into an empty cache, of a model whose size is known."""
    found = []
    for row in rows:
        cost = _cost(row.get("model", {}))
        if cost and {"decode_tps", "prefill_tps"} & set(row):
            found.append(
                Figure(
                    device=device.key,
                    label=cost.name,
                    cost=cost,
                    engine=f"{row.get('by', 'unknown')}, {row.get('backend', 'CPU')}",
                    fit=row.get("backend", "CPU").upper() == "CPU" and not row.get("depth_tokens"),
                    source=f"imported, {row.get('by', 'unknown')}, {row.get('when', 'undated')}",
                    decode_tps=row.get("decode_tps"),
                    prefill_tps=row.get("prefill_tps"),
                    prompt_tokens=row.get("prompt_tokens", 512),
                    ttft_s=row.get("ttft_s"),
                    measured=True,
                )
            )
    return found


def of_model(rows: Sequence[Measurement], cost: ModelCost, sha256: str = "") -> list[Measurement]:
    """Those of this very model: the same digest, or the same bytes and parameters in all."""

    def same(model: Mapping[str, Any]) -> bool:
        if "sha256" in model:
            return bool(model["sha256"] == sha256)
        return (model.get("size_bytes"), model.get("params")) == (cost.size_bytes, cost.params)

    return [row for row in rows if "model" in row and same(row["model"])]


def _cost(model: Mapping[str, Any]) -> ModelCost | None:
    """All tensors as if each were read: exact where the embedding is also the head, else too much by the embedding."""
    size, params = model.get("size_bytes"), model.get("params")
    if not size or not params:
        return None
    kind = quantisation_of(8 * size / params)
    for name, pattern in _CLASSES:
        if re.search(pattern, str(model.get("quantisation", "")), re.IGNORECASE):
            kind = name
    return ModelCost(model["name"], kind, params, 0, size, 0, size_bytes=size, params=params)


def _sense(row: Measurement) -> list[str]:
    found = []
    if row.get("ttft_s") and row.get("prefill_tps"):
        least = row["prompt_tokens"] / row["prefill_tps"]
        if row["ttft_s"] < 0.8 * least:
            found.append(
                f"ttft_s is {row['ttft_s']}, but {row['prompt_tokens']} tokens take {least:.2f} s at prefill_tps"
            )
    if "peak_rss_mb" in row and row.get("peak_pss_mb", 0) > row["peak_rss_mb"]:
        found.append("peak_pss_mb is above peak_rss_mb, of which it is a part")
    try:
        datetime.fromisoformat(row.get("when", "2000-01-01"))
    except ValueError:
        found.append(f"when is {row['when']!r}: give an ISO 8601 date or time, 2026-05-01T12:00:00Z")
    return found


def _against(row: Measurement, device: Device) -> list[str]:
    found = []
    ram = row.get("ram_total_bytes")
    if ram and nominal_gb(ram) not in device.ram_gb:
        sizes = ", ".join(map(str, device.ram_gb))
        found.append(f"ram_total_bytes is that of a {nominal_gb(ram)} GB phone; {device.name} is sold with {sizes} GB")
    if max(row.get("peak_rss_mb", 0), row.get("peak_pss_mb", 0)) > max(device.ram_gb) * 1024:
        found.append(f"the peak is above all the memory of a {device.name}; are the figures in MB?")
    cost = _cost(row.get("model", {}))
    if cost and row.get("decode_tps") and row.get("backend", "CPU").upper() == "CPU" and _is_sure(device):
        rate = row["decode_tps"] * cost.decode_bytes() / 1e9
        if rate > device.memory_gbps:
            peak = f"{device.memory_gbps} GB/s of {device.name}"
            found.append(
                f"decode_tps × the model's size are {rate:.0f} GB/s, above the {peak}: another model, or phone?"
            )
    energy, drop = row.get("energy_mwh"), row.get("battery_drop_percent", 0)
    if energy and drop >= _LEAST_DROP:
        ratio = energy / (drop * device.battery_wh * 10)
        if not 1 / _ENERGY_FACTOR < ratio < _ENERGY_FACTOR:
            found.append(f"energy_mwh is {ratio:.2g} times what {drop} % of the battery hold; which is right?")
    return found


def _is_sure(device: Device) -> bool:
    """Whether the phone's bandwidth is more than an estimate, so that a rate above it must be wrong."""
    return sources_of()[device.source["memory_gbps"]]["kind"] != "estimate"


def _refuse_contradiction(row: Measurement, kept: Sequence[Measurement]) -> None:
    """The same run, told twice with different figures; undated ones cannot be told apart and are not compared."""

    def run(one: Measurement) -> str:
        return digest.of_json({k: v for k, v in one.items() if k not in FIGURES and k != "note"})

    for other in kept if "when" in row else ():
        differ = [name for name in FIGURES if name in row and name in other and row[name] != other[name]]
        if differ and run(other) == run(row):
            raise InputError(
                f"{differ[0]} is {row[differ[0]]}, and {other[differ[0]]} is stored of the same run ({row['when']}): "
                "which is right? Correct the file, or the stored one."
            )

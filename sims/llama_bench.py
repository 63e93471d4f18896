"""Reads llama-bench's output (`-o json`, `-o jsonl`, `-o csv`, and its table) into measurements of our own schema."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from line.errors import InputError

Row = Mapping[str, Any]
_DIFFER = 0.1  # how far a rate may be from tokens ÷ time before the two contradict each other
_GPU_FLAGS = ("cuda", "metal", "vulkan", "kompute", "opencl", "sycl", "gpu_blas")  # builds before `backends`
_UNITS = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_COUNTS = {"K": 10**3, "M": 10**6, "B": 10**9}
_QUANTISATION = re.compile(r"\b(I?Q\d\w*|B?F16|F32)\b")  # "llama 1B Q4_K - Medium"
_TEST = re.compile(r"(?:pp(\d+))?(?:\+?tg(\d+))?(?: @ d(\d+))?$")


def is_row(row: object) -> bool:
    """Whether a JSON object is (meant as) one of llama-bench's."""
    return (
        isinstance(row, dict) and len({"avg_ts", "n_prompt", "n_gen", "model_filename", "build_commit"} & set(row)) > 1
    )


def from_csv(text: str, where: str) -> list[Row]:
    """The rows of `-o csv`, numbers still as text.

    Raises:
        InputError: a row with more or fewer cells than the header.
    """
    header, *rows = [row for row in csv.reader(io.StringIO(text)) if row]
    for number, row in enumerate(rows, 2):
        if len(row) != len(header):
            raise InputError(f"{where}:{number}: {len(row)} cells under {len(header)} headings; is the file cut off?")
    return [dict(zip(header, row, strict=True)) for row in rows]


def from_table(text: str, where: str) -> list[Row]:
    """The rows of llama-bench's own table (its default), as if they were of `-o json`.

    Raises:
        InputError: a row that is none.
    """
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.lstrip().startswith("|")]
    header = _cells(lines[0][1])
    rows = []
    for number, line in lines[1:]:
        cells = _cells(line)
        if not set(line) <= set("|-: "):
            if len(cells) != len(header):
                raise InputError(
                    f"{where}:{number}: {len(cells)} cells under {len(header)} headings; is the file cut off?"
                )
            rows.append(_table_row(dict(zip(header, cells, strict=True)), f"{where}:{number}"))
    return rows


def measurements(rows: Iterable[Row], device: str, where: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Each test as a measurement; and what was left out, in words.

    Raises:
        InputError: a row lacks a field, has one of another type, or contradicts itself.
    """
    found, left = [], []
    for number, row in enumerate(rows, 1):
        place = f"{where}, row {number}"
        if not isinstance(row, Mapping):
            raise InputError(f"{place}: {str(row)[:60]!r} is no object; give llama-bench's output as it is")
        prompt, new = _whole(row, "n_prompt", place), _whole(row, "n_gen", place)
        if (prompt > 0) == (new > 0):
            left.append(f"{place}: pp{prompt}+tg{new} is one rate of two things")
            continue
        found.append(_measurement(row, device, prompt, new, place))
    return found, left


def _measurement(row: Row, device: str, prompt: int, new: int, place: str) -> dict[str, Any]:
    rate = _rate(row, prompt + new, place)
    name = str(row.get("model_filename") or row.get("model_type") or "").replace("\\", "/").rsplit("/", 1)[-1]
    if not name:
        raise InputError(f"{place}: neither model_filename nor model_type; which model was it?")
    model = {
        "name": name,
        "size_bytes": _whole(row, "model_size", place),
        "params": _whole(row, "model_n_params", place),
    }
    if match := _QUANTISATION.search(str(row.get("model_type", ""))):
        model["quantisation"] = match[0]
    told: dict[str, Any] = {
        "device": device,
        "model": {k: v for k, v in model.items() if v},
        "backend": _backend(row, place),
        "build": " ".join(str(row[k]) for k in ("build_number", "build_commit") if row.get(k)),
        "when": str(row.get("test_time", "")),
        "by": "llama-bench",
    }
    told |= {"prompt_tokens": prompt, "prefill_tps": rate} if prompt else {"gen_tokens": new, "decode_tps": rate}
    for field, key in (("n_threads", "threads"), ("n_depth", "depth_tokens")):
        if value := _whole(row, field, place, 0):
            told[key] = value
    return {key: value for key, value in told.items() if value != ""}


def _rate(row: Row, tokens: int, place: str) -> float:
    rate = _real(row, "avg_ts", place)
    if rate <= 0:
        raise InputError(f"{place}: avg_ts is {rate}: nothing was timed; run llama-bench again")
    others = {"avg_ns": tokens / _real(row, "avg_ns", place) * 1e9 if row.get("avg_ns") else rate}
    samples = row.get("samples_ts")
    if isinstance(samples, list) and samples:
        others["samples_ts"] = sum(_real({"samples_ts": s}, "samples_ts", place) for s in samples) / len(samples)
    for name, other in others.items():
        if abs(other / rate - 1) > _DIFFER:
            raise InputError(
                f"{place}: avg_ts is {rate:.3g} tokens/s, {name} says {other:.3g}: they contradict each other"
            )
    return rate


def _backend(row: Row, place: str) -> str:
    """CPU, or what else computed; llama-bench names the layers for a GPU even where there is none."""
    named = str(row.get("backends") or row.get("backend") or "")
    if not named:
        on = [flag for flag in _GPU_FLAGS if str(row.get(flag, "")).lower() in ("true", "1")]
        named = ",".join(on) or "CPU"
    others = [name for name in re.split(r"[,+\s]+", named) if name and name.upper() not in ("CPU", "BLAS")]
    return ",".join(others) if others and _whole(row, "n_gpu_layers", place, 99) > 0 else "CPU"


def _whole(row: Row, name: str, place: str, default: int | None = None) -> int:
    if default is not None and row.get(name) in (None, ""):
        return default
    value = _real(row, name, place)
    if value < 0 or value != int(value):
        raise InputError(f"{place}: {name} is {value}: give a whole number, 0 or more")
    return int(value)


def _real(row: Row, name: str, place: str) -> float:
    if name not in row:
        raise InputError(f"{place}: no {name}; give llama-bench's output as it is (-o json, jsonl, csv)")
    try:
        value = math.nan if isinstance(row[name], bool) else float(row[name])
    except (TypeError, ValueError, OverflowError):
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{place}: {name} is {str(row[name])[:40]!r}: give a number")
    return value


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _table_row(row: Mapping[str, str], place: str) -> Row:
    test = _TEST.match(row.get("test", ""))
    rate = re.match(r"([\d.]+)", row.get("t/s", ""))
    if not test or not test[0] or not rate:
        raise InputError(f"{place}: test {row.get('test')!r}, t/s {row.get('t/s')!r}: no row of llama-bench's table")
    size = re.match(r"([\d.]+) (B|KiB|MiB|GiB)$", row.get("size", ""))
    params = re.match(r"([\d.]+) ([KMB])$", row.get("params", ""))
    return {
        "model_type": row.get("model", ""),
        "model_size": round(float(size[1]) * _UNITS[size[2]]) if size else 0,
        "model_n_params": round(float(params[1]) * _COUNTS[params[2]]) if params else 0,
        "backends": row.get("backend", ""),
        "n_gpu_layers": row.get("ngl", ""),
        "n_threads": row.get("threads", ""),
        "n_prompt": int(test[1] or 0),
        "n_gen": int(test[2] or 0),
        "n_depth": int(test[3] or 0),
        "avg_ts": float(rate[1]),
    }

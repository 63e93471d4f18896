"""Measures this host with a real model: effective bytes/s of decode and operations/s of prefill, with intervals."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evals.stats import bootstrap_mean
from line import digest
from line.errors import InputError, MissingError, StageError
from line.paths import REPO, out_dir
from line.store import write_text
from sims.model_cost import ModelCost, cost_of_gguf
from sims.projection import HostSpeed
from sims.quiet import wait_until_quiet
from sims.tiers import load_timing

PROMPT_TOKENS, NEW_TOKENS = 256, 48
LEAST_REPEATS = 3
_SECONDS = 600
_TRIES = 5  # for each repeat that is wanted, before a machine counts as too busy
Show = Callable[[str], None]


@dataclass(frozen=True)
class Estimate:
    """A mean over repeats with its 95 % interval."""

    mean: float
    low: float
    high: float
    repeats: int


@dataclass(frozen=True)
class ThreadSpeed:
    """What the host does on so many threads: tokens/s of the model, and effective rates behind them."""

    threads: int
    decode_tps: Estimate
    prefill_tps: Estimate
    decode_gbps: Estimate
    prefill_gops: Estimate


@dataclass(frozen=True)
class Calibration:
    """One host and model. `host` holds `cpu`, `cores`, `machine`, `system`; `build` is llama.cpp's."""

    host: dict[str, Any]
    build: str
    model: str
    model_sha256: str
    quantisation: str
    speeds: tuple[ThreadSpeed, ...]

    def speed(self, threads: int) -> HostSpeed:
        """The host's rates on so many threads.

        Raises:
            InputError: it was not calibrated with them.
        """
        for row in self.speeds:
            if row.threads == threads:
                return HostSpeed(row.decode_gbps.mean, row.prefill_gops.mean)
        known = ", ".join(str(row.threads) for row in self.speeds)
        raise InputError(f"This host is calibrated with {known} threads, not {threads}: `josi device calibrate`.")

    def to_json(self) -> str:
        """The calibration as JSON text."""
        return json.dumps(asdict(self), indent=1, sort_keys=True) + "\n"

    @staticmethod
    def from_json(text: str) -> Calibration:
        """Reads `to_json`'s text back. Raises ValueError, KeyError or TypeError where it is none."""
        data = json.loads(text)
        rates = ("decode_tps", "prefill_tps", "decode_gbps", "prefill_gops")
        speeds = tuple(
            ThreadSpeed(row["threads"], **{rate: Estimate(**row[rate]) for rate in rates}) for row in data["speeds"]
        )
        return Calibration(**{**data, "speeds": speeds})


def calibrate(
    model: Path,
    *,
    threads: Sequence[int] = (),
    repeats: int = 5,
    wait_s: float = 0.0,
    force: bool = False,
    show: Show = print,
) -> Calibration:
    """Times `model` on 1 … all cores (or `threads`), `repeats` times each, once the machine is quiet.

    Raises:
        MissingError: no such model, or no llama.cpp. InputError: llama.cpp refuses it, or a bad argument.
        StageError: the machine is busy (unless `force`), or the measuring process died.
    """
    cores = len(os.sched_getaffinity(0))
    counts = sorted(set(threads)) or list(range(1, cores + 1))
    if repeats < LEAST_REPEATS or any(not 1 <= count <= cores for count in counts):
        raise InputError(f"Give {LEAST_REPEATS} repeats or more, and threads from 1 to {cores}, this host's cores.")
    cost = cost_of_gguf(model)
    if not force:
        _await_quiet(wait_s)
    runs = {count: _measure(model, count, repeats, force, show) for count in counts}
    return Calibration(
        host=describe_host(),
        build=next(iter(runs.values()))[0],
        model=model.name,
        model_sha256=digest.of_file(model),
        quantisation=cost.quantisation,
        speeds=tuple(thread_speed(count, rows, cost) for count, (_, rows) in runs.items()),
    )


def thread_speed(threads: int, rows: Sequence[dict[str, float]], cost: ModelCost) -> ThreadSpeed:
    """Rates of one thread count out of its repeats.

    GB/s = tokens/s × bytes a token (weights once, half the cache of the run); operations/s = tokens/s × 2 × parameters.
    """
    decode, prefill = ([row[rate] for row in rows] for rate in ("decode_tps", "prefill_tps"))
    read = cost.decode_bytes(NEW_TOKENS / 2) / 1e9
    done = cost.prefill_ops(PROMPT_TOKENS) / PROMPT_TOKENS / 1e9
    return ThreadSpeed(
        threads,
        decode_tps=estimate(decode),
        prefill_tps=estimate(prefill),
        decode_gbps=estimate([rate * read for rate in decode]),
        prefill_gops=estimate([rate * done for rate in prefill]),
    )


def estimate(values: Sequence[float]) -> Estimate:
    """The mean and its bootstrap interval; a rate is taken to lie between 0 and twice the highest seen."""
    interval = bootstrap_mean(values, scale=(0.0, 2 * max(values)))
    return Estimate(sum(values) / len(values), interval.lo, interval.hi, len(values))


def describe_host() -> dict[str, Any]:
    """CPU, cores and system of this host."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.lower().startswith(("model name", "hardware"))]
    cpu = names[0] if names else platform.processor() or "unknown"
    cores = len(os.sched_getaffinity(0))
    return {"cpu": cpu, "cores": cores, "machine": platform.machine(), "system": platform.system()}


def save(calibration: Calibration, folder: Path | None = None) -> Path:
    """Writes it, whole or not at all, as `HOST-MODEL.json`."""
    path = _path(calibration.host, calibration.model_sha256, folder)
    write_text(path, calibration.to_json())
    return path


def find(model: Path, folder: Path | None = None) -> Calibration | None:
    """What was measured of this host with this very model; None for nothing (raises as `load`)."""
    path = _path(describe_host(), digest.of_file(model), folder)
    return load(path) if path.is_file() else None


def _path(host: dict[str, Any], model_sha256: str, folder: Path | None) -> Path:
    return (folder or out_dir() / "calibration") / f"{digest.of_json(host)[:8]}-{model_sha256[:12]}.json"


def load(path: Path) -> Calibration:
    """Reads a calibration of this host.

    Raises:
        MissingError: there is no such file. InputError: it is none, or of another host.
    """
    if not path.is_file():
        raise MissingError(f"No calibration at {path}. Make one with `josi device calibrate`.")
    try:
        found = Calibration.from_json(path.read_text(encoding="utf-8"))
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is no calibration ({error!r}): make it with `josi device calibrate`.") from error
    if found.host != describe_host():
        raise InputError(f"{path} was measured on {found.host}, this is {describe_host()}: `josi device calibrate`.")
    return found


def _await_quiet(seconds: float) -> None:
    if busy := wait_until_quiet(load_timing(), seconds):
        raise StageError(f"This machine is busy, nothing can be timed: {busy}. Stop what runs, or give --wait.")


def _measure(model: Path, threads: int, repeats: int, force: bool, show: Show) -> tuple[str, list[dict[str, Any]]]:
    """llama.cpp's build, and the tries that nothing disturbed (with `force`, whatever disturbed them)."""
    show(f"{model.name}, {threads} thread{'s' if threads > 1 else ''}, {repeats} repeats …")
    sizes = (threads, repeats, PROMPT_TOKENS, NEW_TOKENS, repeats if force else repeats * _TRIES)
    command = [sys.executable, "-m", "sims.measure_host", str(model.resolve()), *map(str, sizes)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPO), os.environ.get("PYTHONPATH", "")])}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", env=environment, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise StageError(f"{model} was not timed in {_SECONDS} s on {threads} threads: take a smaller one.") from error
    told = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
    if done.returncode == InputError.exit_code:
        raise InputError(told)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or not lines:
        raise StageError(f"{model} could not be timed (exit code {done.returncode}): {told}")
    return lines[0]["build"], undisturbed(lines[1:], repeats, force)


def undisturbed(tries: Sequence[dict[str, Any]], repeats: int, force: bool) -> list[dict[str, Any]]:
    """The tries to reckon with.

    Raises:
        StageError: fewer than `repeats` of them were quiet.
    """
    quiet = [row for row in tries if force or not row["noise"]]
    if len(quiet) < repeats:
        why = next(row["noise"] for row in reversed(tries) if row["noise"])
        raise StageError(
            f"Only {len(quiet)} of {len(tries)} timings were undisturbed, {repeats} are needed: {why}. "
            "Stop what runs, or wait, and try again."
        )
    return quiet

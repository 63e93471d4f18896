"""The blessed baseline: moved only by `bless`, compared with by every later run.

A baseline is a directory with the judged samples of a run and `baseline.json` (when, from where, the files'
digests), which is written last: a directory without it is no baseline.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evals.checks import Check
from evals.paired import Comparison, compare_samples
from evals.predictions import Sample, read_samples
from evals.thresholds import Thresholds
from line.errors import InputError, StageError

MANIFEST = "baseline.json"
PATTERN = "*samples.jsonl"  # one log a role, or one for both


def bless(run_dir: Path, baseline_dir: Path, *, now: datetime | None = None) -> Path:
    """Make a run's judged samples the baseline; the old one is replaced whole or not at all.

    Raises: InputError when the run holds no judged samples or damaged ones, StageError when writing fails.
    """
    logs = sorted(run_dir.glob(PATTERN))
    if not logs:
        raise InputError(f"{run_dir}: holds no {PATTERN}; run `josi eval` first and bless its directory")
    counts = {log.name: len(read_samples(log)) for log in logs}
    if not sum(counts.values()):
        raise InputError(f"{run_dir}: its logs hold no samples; there is nothing to compare with later")
    manifest = {
        "blessed": (now or datetime.now(UTC)).isoformat(timespec="seconds"),
        "run": run_dir.name,
        "files": {log.name: {"sha256": _sha256(log), "samples": counts[log.name]} for log in logs},
    }
    try:
        _replace(baseline_dir, logs, manifest)
    except OSError as error:
        raise StageError(f"{baseline_dir}: the baseline could not be written: {error}; the old one stands") from error
    return baseline_dir


def exists(baseline_dir: Path) -> bool:
    """Whether a complete baseline is there. Raises: InputError when a killed `bless` left the old one aside."""
    if (baseline_dir / MANIFEST).is_file():
        return True
    for aside in baseline_dir.parent.glob(f".{baseline_dir.name}.*.old"):
        raise InputError(
            f"{aside} is the baseline that a killed `josi eval bless` put aside; move it to {baseline_dir}"
        )
    return False


def read(baseline_dir: Path) -> list[Sample]:
    """The samples of the baseline. Raises: InputError when it is absent, damaged or was altered."""
    path = baseline_dir / MANIFEST
    try:
        files = json.loads(path.read_text(encoding="utf-8"))["files"]
        digests = {name: entry["sha256"] for name, entry in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: no readable baseline ({error}); bless a run again") from error
    for name, digest in digests.items():
        log = baseline_dir / name
        if Path(name).name != name or not log.is_file() or _sha256(log) != digest:
            raise InputError(f"{log}: missing, or changed since it was blessed; bless a run again")
    return [sample for name in digests for sample in read_samples(baseline_dir / name)]


def compare(current: Sequence[Sample], baseline_dir: Path, thresholds: Thresholds) -> tuple[Comparison | None, str]:
    """Compare a run with the baseline, and a note for a person.

    Without a baseline there is nothing to regress from: (None, how to make one). Raises: InputError.
    """
    if not exists(baseline_dir):
        return None, f"no baseline in {baseline_dir}: nothing to compare with; bless this run to make it one"
    roles = {sample.role for sample in current}
    found = compare_samples(current, [one for one in read(baseline_dir) if one.role in roles], thresholds)
    note = f"{found.paired} samples paired with the baseline"
    if found.only_reference or found.only_candidate:
        note += f"; {found.only_reference} only there, {found.only_candidate} only here"
    return found, note


def regressions(comparison: Comparison | None) -> list[Check]:
    """The checks that failed."""
    return [] if comparison is None else [check for check in comparison.checks if check.verdict == "FAIL"]


def _replace(target: Path, logs: Sequence[Path], manifest: Mapping[str, Any]) -> None:
    fresh = target.with_name(f".{target.name}.{os.getpid()}.new")
    stale = target.with_name(f".{target.name}.{os.getpid()}.old")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        fresh.mkdir()
        for log in logs:
            shutil.copyfile(log, fresh / log.name)
        (fresh / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        if target.exists():
            target.rename(stale)
        fresh.rename(target)
    finally:
        if stale.exists() and not target.exists():
            stale.rename(target)
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(stale, ignore_errors=True)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

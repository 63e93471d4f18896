"""The folder of one run on the host, what is staged in it, and the removal of folders that a killed run left."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from line.errors import StageError
from sims.container import Place, runner_mark
from sims.job import Job
from sims.reaper import reaper
from sims.staging import open_to_all, stage_code, stage_models

_PREFIX = ".phone-"


@contextmanager
def place_for(out: Path) -> Iterator[Place]:
    """A folder for the run beside its results (most likely a disk; /tmp may be memory), always removed."""
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{runner_mark(os.getpid())}-", dir=out))
    place = Place(folder, uuid.uuid4().hex[:12])
    with reaper(place.run_id, folder):
        try:
            yield place
        finally:
            shutil.rmtree(folder)


def remove_stale_places(out: Path) -> list[str]:
    """Removes folders whose runner is gone, and its reaper with it; their names."""
    removed = []
    for folder in out.glob(f"{_PREFIX}*@*-*"):
        mark = folder.name.removeprefix(_PREFIX).partition("-")[0]
        pid = mark.partition("@")[0]
        if not pid.isdigit() or runner_mark(int(pid)) != mark:
            shutil.rmtree(folder, ignore_errors=True)
            removed.append(folder.name)
    return removed


def stage(place: Place, files: Mapping[str, Path], job: Job) -> None:
    """Copies code and models, and writes the job with the names that the models got.

    Raises:
        StageError: a copy failed, or the models stay in the page cache.
    """
    place.app.mkdir()
    place.job.mkdir()
    try:
        stage_code(place.app)
    except OSError as error:
        raise StageError(f"The phone's code could not be copied to {place.app}: {error}") from error
    names = stage_models(files.values(), place.job)
    named = replace(job, **{name: names[path] for name, path in files.items()})  # type: ignore[arg-type]
    (place.job / "job.json").write_text(named.to_json(), encoding="utf-8")
    open_to_all(place.folder)

"""Cleans up after a run that was killed: a child that outlives its parent by just that long.

    python -m sims.reaper RUN_ID FOLDER     (standard input: a pipe that the parent holds open)

However the parent ends, the kernel closes the pipe; then the run's container and folder go. After an orderly
end there is nothing left to do.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docker
from docker.errors import DockerException
from requests.exceptions import RequestException

from sims.container import remove_run

_PATIENCE_S = 120


@contextmanager
def reaper(run_id: str, folder: Path) -> Iterator[None]:
    """Keeps a reaper for the run while the block is active."""
    root = str(Path(__file__).resolve().parent.parent)
    child = subprocess.Popen(
        [sys.executable, "-m", "sims.reaper", run_id, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=root,
        env={**os.environ, "PYTHONPATH": root},
        start_new_session=True,
    )
    try:
        yield
    finally:
        child.communicate()


def main(run_id: str, folder: Path) -> None:
    """Waits for the parent's end, then removes what the run left."""
    sys.stdin.read()
    if folder.exists():  # an orderly run has removed it after its container
        try:
            _remove_patiently(run_id)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _remove_patiently(run_id: str) -> None:
    """Tries until the Engine answers: what ended the parent may have been the Engine's own restart."""
    end = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return remove_run(docker.from_env(), run_id)
        except (DockerException, RequestException):
            if time.monotonic() > end:
                raise  # the next run removes what is stale
            time.sleep(1)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))

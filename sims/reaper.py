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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docker

from sims.container import remove_run


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
        remove_run(docker.from_env(), run_id)
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))

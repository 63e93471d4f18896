"""Runs a small program and gives up on it in time."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path


def run(
    command: Sequence[str], *, seconds: float = 2.5, cwd: Path | None = None
) -> subprocess.CompletedProcess[str] | None:
    """The finished program with its output as text; None when it is not there or did not end in time."""
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            cwd=cwd,
            env={**os.environ, "LC_ALL": "C"},
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None

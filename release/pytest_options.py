"""The line's pytest options, as a plugin that pytest loads before it looks for a conftest.

pytest takes the value of an option that it does not know yet (`--data DIR`) for a path to collect tests from, and
looks for its settings there instead of here. Joined by "=", the value is left alone: so such a command line is joined
and started again.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

PATHS = {
    "--data": "the team's own rows in place of ours",
    "--recipes": "another training/recipes.toml",
    "--base-dir": "a local directory with the base model",
    "--key": "the private key that signs a release that ships",
    "--store": "another artifact store",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the line; `release.settings` says what they change.

    A path written apart from its option starts pytest anew here: later its output is already captured.
    """
    wanted = joined(sys.argv[1:])
    if Path(sys.argv[0]).stem in ("pytest", "__main__") and wanted != sys.argv[1:]:
        os.execv(sys.executable, [sys.executable, "-m", "pytest", *wanted])
    group = parser.getgroup("josi")
    for name, text in PATHS.items():
        group.addoption(name, type=Path, help=text)
    group.addoption("--prompts", type=int, help="judge only N prompts of each set (a rehearsal)")
    group.addoption("--rehearse", action="store_true", help="a BLOCKED verdict passes; all else must hold")
    group.addoption("--force-release", action="store_true", help="replace a production release")
    group.addoption("--retrain", action="store_true", help="train both roles, pinned or not")


def joined(args: Sequence[str]) -> list[str]:
    """The arguments with each path of ours joined to its option by "="."""
    result: list[str] = []
    for arg in args:
        if result and result[-1] in PATHS and not arg.startswith("-"):
            result[-1] += f"={arg}"
        else:
            result.append(arg)
    return result

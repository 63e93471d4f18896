"""What one run of the line is asked to do: `release.toml` and what the command line changes about it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from line.errors import InputError
from line.paths import out_dir

SETTINGS = Path(__file__).with_name("release.toml")


@dataclass(frozen=True)
class LineSettings:
    """prompts: how many prompts of each set are judged (None: all); the paths: files given in place of ours.

    `retrain` trains both roles, pinned or not.
    """

    version: str
    minimum_app_version: str
    seed: int
    parity_rows: int
    parity_cases: int
    parity: dict[str, float]
    repeats: dict[str, Any]
    tiers: dict[str, dict[str, Any]]
    prompts: int | None = None
    prompt_file: Path | None = None
    data: Path | None = None
    recipes: Path | None = None
    base_dir: Path | None = None
    key: Path | None = None
    retrain: bool = False
    out: Path = field(default_factory=out_dir)


def load_settings(path: Path = SETTINGS, **changes: Any) -> LineSettings:
    """The settings file with `changes` laid over it.

    Raises:
        InputError: the file cannot be read, or has a missing or unknown key.
    """
    try:
        return LineSettings(**{**tomllib.loads(path.read_text(encoding="utf-8")), **changes})
    except (OSError, tomllib.TOMLDecodeError, TypeError) as error:
        raise InputError(f"{path} is not a valid settings file: {error}") from error

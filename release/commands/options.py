"""Options that several commands share, and the line that they describe."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from line.errors import InputError
from line.progress import Bars
from release.line import Line
from release.settings import load_settings
from training.recipes import ROLES

Role = Annotated[str, typer.Option("--role", help="interpreter or explainer")]
Data = Annotated[Path | None, typer.Option("--data", help="the team's own train_ROLE.jsonl (and val_ROLE.jsonl)")]
BaseDir = Annotated[Path | None, typer.Option("--base-dir", help="a local directory with the base model")]
Verbose = Annotated[bool, typer.Option("--verbose", help="show every failed sample")]


def make_line(**changes: Any) -> Line:
    """A line with progress bars over the settings with those `changes` that are given."""
    return Line(load_settings(**{k: v for k, v in changes.items() if v is not None}), show=Bars())


def known_role(role: str) -> str:
    """The role, checked.

    Raises:
        InputError: no such role.
    """
    if role not in ROLES:
        raise InputError(f"Unknown role {role!r}; a role is one of {', '.join(ROLES)}.")
    return role

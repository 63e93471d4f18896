"""`josi doctor`: what is here, what is missing, and how to get it."""

from __future__ import annotations

import typer
from rich.console import Console

from line.doctor import Finding, Status, diagnose, exit_code, show
from line.errors import JosiError
from line.probes import machine_probes
from training.catalogue import BaseModel, load_catalogue, locate
from training.recipes import ROLES, load_recipe


def doctor() -> None:
    """Says what this machine has for the line, what is missing and how to get it; exit code 1 if a need is not met."""
    findings = diagnose([*machine_probes(), ("base models", base_models)])
    show(findings, Console())
    raise typer.Exit(exit_code(findings))


def base_models() -> list[Finding]:
    """One finding a catalogue entry; only the bases that the recipes name are needed."""
    needed = {load_recipe(role).base for role in ROLES}
    return [_finding(model, needed=model.name in needed) for model in load_catalogue().values()]


def _finding(model: BaseModel, *, needed: bool) -> Finding:
    name = f"base {model.name}"
    try:
        place = locate(model, offline=True)
    except JosiError as error:
        found = "not here" if needed else "not here (no recipe needs it)"
        return Finding(name, Status.MISSING if needed else Status.WARN, found, str(error))
    return Finding(name, Status.OK, f"{place} ({model.licence})", "")

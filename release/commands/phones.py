"""`josi sim`: the release's models on one simulated phone."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from line.paths import out_dir
from release.commands.options import BaseDir, make_line
from sims.runner import run_tier
from sims.tiers import find_tier, with_budget

PHONES = out_dir() / "phones"


def sim(
    tier: Annotated[str, typer.Argument(help="tier1, tier2 or tier3")],
    budget_mb: Annotated[int | None, typer.Option(help="another memory cap in MB")] = None,
    out: Annotated[Path, typer.Option("--out", help="where result, events and timeline go")] = PHONES,
    base_dir: BaseDir = None,
) -> None:
    """Runs real chat turns on one simulated phone; exit code 1 when the models do not fit it."""
    phone = find_tier(tier)
    chosen = phone if budget_mb is None else with_budget(phone, budget_mb)
    result = run_tier(chosen, make_line(base_dir=base_dir).phones.models, out=out)
    shown = {k: v for k, v in asdict(result).items() if k != "turns"}
    Console().print_json(json.dumps(shown))
    raise typer.Exit(0 if result.fits else 1)

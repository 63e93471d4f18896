"""`josi sim`: models on one simulated phone."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from line.errors import InputError
from line.paths import out_dir
from release.commands.options import BaseDir, make_line
from release.commands.projected import project_chat, side_by_side
from sims.devices import find_device
from sims.life import chat_only, load_turns
from sims.minimum import find_minimum
from sims.report import TierResult
from sims.runner import Asked, TierModels, run_tier
from sims.tiers import SimPhone, find_phone, load_timing, with_budget
from sims.timing import Rate

PHONES = out_dir() / "phones"
_MINIMUM_TIMEOUT_S = 60  # a phone that thrashes crawls, and has been found out by then
_MINIMUM_TURNS, _MINIMUM_TOKENS = 2, 24  # memory does not grow with the answer: the cache is reserved whole
Gguf = Path | None


def sim(
    tier: Annotated[str, typer.Argument(help="tier1, tier2 or tier3")],
    ram_mb: Annotated[int | None, typer.Option(help="a phone of that RAM; the tier's smallest if not given")] = None,
    budget_mb: Annotated[int | None, typer.Option(help="another memory cap in MB")] = None,
    mmap: Annotated[bool | None, typer.Option("--mmap/--no-mmap", help="how models are read")] = None,
    turns: Annotated[int | None, typer.Option(help="only so many chat turns, and no more of an app's life")] = None,
    memory_only: Annotated[bool, typer.Option("--memory-only", help="no times, also on a busy machine")] = False,
    find_least: Annotated[bool, typer.Option("--find-minimum", help="lower the cap until it does not fit")] = False,
    measure_need: Annotated[bool, typer.Option(help="after a kill, measure what it would have needed")] = True,
    base: Annotated[Gguf, typer.Option(help="a GGUF in place of the release's base")] = None,
    interpreter: Annotated[Gguf, typer.Option(help="a GGUF in place of the release's Interpreter")] = None,
    explainer: Annotated[Gguf, typer.Option(help="a GGUF in place of the release's Explainer")] = None,
    adapters: Annotated[
        tuple[Path, Path] | None, typer.Option(help="two LoRA GGUFs for the base: the Interpreter's, the Explainer's")
    ] = None,
    device: Annotated[list[str] | None, typer.Option("--device", help="project the chat to this phone")] = None,
    out: Annotated[Path, typer.Option("--out", help="where result, events and timeline go")] = PHONES,
    base_dir: BaseDir = None,
) -> None:
    """Lives an app's life on one simulated phone; exit code 1 when the models do not fit it."""
    phone = find_phone(tier, ram_mb=ram_mb, mmap=mmap)
    real = [find_device(name) for name in device or []]
    phone = phone if budget_mb is None else with_budget(phone, budget_mb)
    given = {"base": base, "interpreter": interpreter, "explainer": explainer}
    if adapters:
        given |= {"interpreter_adapter": adapters[0], "explainer_adapter": adapters[1]}
    models = _models(phone, {name: path for name, path in given.items() if path}, base_dir)
    if find_least:
        _print_minimum(phone, models, out)
        return
    steps = None if turns is None else chat_only(load_turns(), turns)
    timing = "off" if memory_only else "require"
    asked = Asked(steps, timing=timing, repeats=load_timing().repeats, measure_need=measure_need)
    result = run_tier(phone, models, out=out, asked=asked)
    projected = project_chat(result, models, real)
    shown = {k: v for k, v in asdict(result).items() if k != "turns"}
    Console().print_json(json.dumps(shown | ({"projected": [asdict(one) for one in projected]} if real else {})))
    if real:
        Console(stderr=True).print(side_by_side(result, projected))
    rate = f"; decodes {Rate(**result.decode)}" if result.decode else f"; no times: {result.timing}"
    Console(stderr=True).print(f"{result.message}{rate}", highlight=False)
    raise typer.Exit(0 if result.fits else 1)


def _models(phone: SimPhone, given: dict[str, Path], base_dir: Path | None) -> TierModels:
    """The files given, the release's for what is not; the release is not made where everything is given.

    Raises:
        InputError: another base with the release's adapters, which were trained for the release's.
    """
    line = make_line(base_dir=base_dir)
    if "base" in given and phone.configuration == "lora_swap" and "interpreter_adapter" not in given:
        raise InputError("--base needs --adapters: the release's were trained for the release's own base.")
    try:
        models = TierModels(line.grammar, **given)
        models.needed(phone.configuration)
    except InputError:
        return replace(line.phones.models, **given)
    return models


def _print_minimum(phone: SimPhone, models: TierModels, out: Path) -> None:
    steps = chat_only(load_turns(), _MINIMUM_TURNS)
    asked = Asked(steps, timing="off", measure_need=False, max_tokens=_MINIMUM_TOKENS)
    console = Console()

    def run(one: SimPhone) -> tuple[str, str, float]:
        result: TierResult = run_tier(one, models, out=out, asked=asked)
        Console(stderr=True).print(f"{one.budget_mb:>6} MB: {result.message}", highlight=False)
        return result.verdict, result.message, result.need_mb or 0.0

    found: dict[str, Any] = asdict(find_minimum(replace(phone, timeout_s=_MINIMUM_TIMEOUT_S), run))
    console.print_json(json.dumps(found))

"""`josi standin`: models of true size with random weights, and what they will need, before anybody rents a GPU."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from line.errors import InputError
from line.paths import cache_dir
from line.progress import Bars
from sims import measurements
from sims.devices import Device, find_device, load_devices
from sims.fit import device_speed
from sims.header import Header, read_header
from sims.model_cost import ModelCost, cost_of_header
from sims.projection import Projection, Turn, project_model
from sims.standin.fit import CONTEXTS, PHONES_MB, Row, margin_mb, markdown_table, rows
from sims.standin.memory import MB, MemoryPrediction, Runtime, predict_memory
from sims.standin.spec import SPECS_FILE, Spec, find_spec, load_specs
from sims.standin.vocabulary import donor
from sims.standin.write import adapter_header, make_adapter, make_model, spec_header
from sims.tiers import app_budget_mb
from training.recipes import ROLES, load_recipe

STANDINS = cache_dir() / "standins"

app = typer.Typer(no_args_is_help=True, help="Models of true size with random weights, and the memory they need.")
SpecFile = Annotated[Path, typer.Option("--spec", help="architectures in a file of your own")]
Context = Annotated[int, typer.Option("--context", help="tokens")]
Mmap = Annotated[bool, typer.Option("--mmap", help="map the files into memory, as the phones' tiers do not")]
Cpu = Annotated[str, typer.Option("--cpu", help="x86 (the containers here), arm (a phone), or none (no repacking)")]
AsJson = Annotated[bool, typer.Option("--json", help="figures in bytes as JSON")]


@app.command("list")
def list_(spec: SpecFile = SPECS_FILE) -> None:
    """The models that there are, with the size of the published file."""
    table = _table("name", "layers", "width", "KV heads", "vocabulary", "published bytes")
    for name, one in load_specs(spec).items():
        figures = (one.layers, one.width, one.kv_heads, one.vocabulary, one.published_bytes)
        table.add_row(name, *(f"{figure:,}" for figure in figures))
    _wide().print(table)


def _wide() -> Console:
    """A narrow terminal breaks lines rather than figures."""
    return Console(width=max(Console().width, 120))


def _table(first: str, *columns: str) -> Table:
    table = Table(box=SIMPLE)
    table.add_column(first, no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table


@app.command()
def make(
    name: Annotated[str, typer.Argument(help="a model of `josi standin list`")],
    out: Annotated[Path, typer.Option("--out", help="where the files go")] = STANDINS,
    seed: Annotated[int, typer.Option(help="another seed gives other weights")] = 0,
    adapter: Annotated[bool, typer.Option("--adapter", help="also a LoRA adapter for each role")] = False,
    rank: Annotated[int | None, typer.Option(help="of the adapters; the recipe's if not given")] = None,
    spec: SpecFile = SPECS_FILE,
) -> None:
    """Writes a GGUF with the model's true shapes, vocabulary and Q4_K_M types, and random weights."""
    chosen, bars = find_spec(name, spec), Bars()
    _say(make_model(chosen, out, donor=donor(), seed=seed, show=bars(chosen.name)), chosen.published_bytes)
    for number, role in enumerate(ROLES if adapter else ()):
        _say(make_adapter(chosen, out, rank=rank or load_recipe(role).rank, seed=seed + number, name=role))


def _say(path: Path, published: int = 0) -> None:
    size = path.stat().st_size
    off = f"  {100 * (size / published - 1):+.2f} % of the published file" if published else ""
    Console().print(f"{size:>14,}  {path}{off}", soft_wrap=True, highlight=False)


@app.command()
def predict(
    model: Annotated[str, typer.Argument(help="a GGUF, or a model of `josi standin list`")],
    context: Context = CONTEXTS[0],
    configuration: Annotated[
        str, typer.Option("--configuration", help="single, lora_swap, sequential or resident")
    ] = "single",
    second: Annotated[str | None, typer.Option("--second", help="the other model; the same again if not given")] = None,
    adapters: Annotated[
        list[Path] | None, typer.Option("--adapter", help="a LoRA GGUF, for lora_swap; two made-up ones if not given")
    ] = None,
    rank: Annotated[int | None, typer.Option(help="of the made-up adapters; the recipe's if not given")] = None,
    ram_mb: Annotated[int | None, typer.Option("--ram-mb", help="a phone: exit code 1 when it does not fit")] = None,
    mmap: Mmap = False,
    cpu: Cpu = "x86",
    spec: SpecFile = SPECS_FILE,
    as_json: AsJson = False,
) -> None:
    """Peak memory from the header alone, part by part; with --ram-mb also whether the phone has it."""
    first = _header(model, spec)
    given: Sequence[Header] = [read_header(path) for path in adapters or ()]
    if configuration == "lora_swap" and not given:
        given = _made_up_adapters(model, spec, rank)
    found = predict_memory(
        first,
        Runtime(context=context, mmap=mmap, cpu=cpu),
        configuration=configuration,
        second=_header(second, spec) if second else None,
        adapters=given,
    )
    _show(found, as_json)
    if ram_mb is not None:
        raise typer.Exit(_verdict(f"{model}, {configuration}, {context} tokens", found, ram_mb))


def _header(model: str, spec: Path) -> Header:
    path = Path(model)
    if path.is_file():
        return read_header(path)
    if model not in load_specs(spec) and ("/" in model or model.endswith(".gguf")):
        raise InputError(f"No GGUF at {model}.")
    return spec_header(find_spec(model, spec), donor())


def _made_up_adapters(model: str, spec: Path, rank: int | None) -> list[Header]:
    if model not in load_specs(spec):
        raise InputError("Name the two adapters of lora_swap with --adapter FILE --adapter FILE.")
    return [adapter_header(find_spec(model, spec), rank or load_recipe(role).rank) for role in ROLES]


def _show(found: MemoryPrediction, as_json: bool) -> None:
    whole = {"anonymous": found.anonymous, "needed": found.needed, "peak": found.peak()}
    if as_json:
        typer.echo(json.dumps(asdict(found) | whole))
        return
    table = Table("part", "MB", "", box=SIMPLE)
    notes = {
        "mapped": "file pages that each token reads again",
        "cache": "file pages charged while there is room",
        "anonymous": "cannot be given back",
        "needed": "below this it is killed or thrashes",
        "peak": "anonymous and cache, without a cap",
    }
    for part, value in (asdict(found) | whole).items():
        table.add_row(part, f"{value / MB:,.0f}", notes.get(part, ""), end_section=part == "cache")
    Console().print(table)


def _verdict(what: str, found: MemoryPrediction, ram_mb: int) -> int:
    budget = app_budget_mb(ram_mb)
    margin = margin_mb(found, budget)
    say = f"fits with {margin:,} MB to spare" if margin >= 0 else f"{-margin:,} MB over"
    if found.mapped and found.peak() > budget * MB:
        say += " once loaded (llama.cpp reads a mapped file ahead whole: loading it here evicts its own pages)"
    Console().print(f"{what}: {say} on a phone of {ram_mb:,} MB, which leaves an app {budget:,} MB", highlight=False)
    return 0 if margin >= 0 else 1


@app.command("table")
def table_(
    mmap: Mmap = False,
    cpu: Cpu = "x86",
    spec: SpecFile = SPECS_FILE,
    markdown: Annotated[bool, typer.Option("--markdown", help="for the docs")] = False,
) -> None:
    """Which model fits which phone: predicted need and margin of each configuration, in MB."""
    found = [row for one in load_specs(spec).values() for row in _rows(one, mmap, cpu)]
    head = ["model", "configuration", "context", "needs", *(f"{ram // 1024} GB" for ram in PHONES_MB)]
    cells = [
        [r.model, r.configuration, f"{r.context:,}", f"{r.prediction.needed / MB:,.0f}", *_margins(r)] for r in found
    ]
    _print(head, cells, markdown)


@app.command("speed")
def speed(
    device: Annotated[list[str] | None, typer.Option("--device", help="a phone of `josi device list`; all")] = None,
    prompt: Annotated[int, typer.Option(min=1, help="tokens of the prompt that are evaluated anew")] = 400,
    new: Annotated[int, typer.Option(min=1, help="tokens written")] = 100,
    spec: SpecFile = SPECS_FILE,
    markdown: Annotated[bool, typer.Option("--markdown", help="for the docs")] = False,
) -> None:
    """How fast each model should be on real phones: decode tokens/s, and seconds of a reply. Projected, with bands."""
    phones = [find_device(name) for name in device or load_devices()]
    head = ["phone", *load_specs(spec)]
    costs = [cost_of_header(one.name, spec_header(one, donor())) for one in load_specs(spec).values()]
    turn = Turn(prompt, new, prompt + new)
    cells = [[phone.key, *_paces(phone, costs, turn)] for phone in phones]
    _print(head, cells, markdown)


def _paces(phone: Device, costs: Sequence[ModelCost], turn: Turn) -> list[str]:
    figures = measurements.all_figures(phone)
    return [_pace(project_model(cost, device_speed(phone, cost.quantisation, figures), turn)) for cost in costs]


def _pace(told: Projection) -> str:
    """ "~9.1 (4.6 … 11), 14 s": decode tokens/s with its band, and the whole reply."""
    if told.decode_tps is None:
        return "unknown"
    whole = f", {told.turn_s.value:.{0 if told.turn_s.value >= 10 else 1}f} s" if told.turn_s else ""
    return f"{told.decode_tps}{whole}"


def _print(head: list[str], cells: list[list[str]], markdown: bool) -> None:
    if markdown:
        typer.echo(markdown_table(head, cells))
        return
    table = _table(*head)
    for line in cells:
        table.add_row(*line)
    _wide().print(table)


def _rows(one: Spec, mmap: bool, cpu: str) -> list[Row]:
    adapters = [adapter_header(one, load_recipe(role).rank) for role in ROLES]
    return rows(one.name, spec_header(one, donor()), adapters, mmap=mmap, cpu=cpu)


def _margins(row: Row) -> list[str]:
    return [f"{margin:+,}" for margin in row.margins.values()]

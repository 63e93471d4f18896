"""`josi device`: real phones as data, projections for them, calibration of this host, measurements from real phones."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from line import digest
from line.errors import InputError
from release.commands import device_tables as tables
from sims import calibration as calibrating
from sims import measurements
from sims.device_import import import_file
from sims.devices import Device, find_device, load_devices
from sims.fit import load_published, smallest_fitted
from sims.model_cost import ModelCost, cost_of_gguf
from sims.projection import Turn
from sims.validation import validate

app = typer.Typer(help="Real phones: data, projections, measurements.", no_args_is_help=True)
Measured = Annotated[Path, typer.Option("--measured", help="the folder of imported measurements")]
Model = Annotated[Path, typer.Option("--model", help="a GGUF")]


@app.command("list")
def list_() -> None:
    """The phones of sims/devices.toml."""
    tables.show(tables.device_list(load_devices().values()))


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="key or name of a phone")], measured: Measured = measurements.FOLDER
) -> None:
    """All that is known of one phone, each figure with its source."""
    device = find_device(name)
    tables.show(tables.one_device(device, measurements.all_figures(device, measured)))


@app.command("project")
def project(
    model: Model,
    device: Annotated[list[str] | None, typer.Option("--device", help="a phone; default all")] = None,
    prompt: Annotated[int, typer.Option(min=0, help="tokens of the prompt that are evaluated anew")] = 400,
    new: Annotated[int, typer.Option(min=1, help="tokens written")] = 100,
    context: Annotated[
        int | None, typer.Option(min=1, help="tokens in the cache at the end; else prompt + new")
    ] = None,
    calibration: Annotated[Path | None, typer.Option(help="what `calibrate` wrote for this model")] = None,
    measured: Measured = measurements.FOLDER,
) -> None:
    """How fast a model should be on phones, from its header; what was measured stands beside it, marked as such."""
    cost = cost_of_gguf(model)
    turn = Turn(prompt, new, context or prompt + new)
    size = f"{cost.decode_bytes(turn.context_tokens) / 1e6:,.0f} MB a token, {cost.quantisation}"
    table = tables.projections(f"{model.name}: {size}; {prompt} tokens in, {new} out; ~ is projected")
    if calibration is not None:
        tables.host_rows(table, _of_model(calibration, model))
    for phone in [find_device(name) for name in device or load_devices()]:
        seen = _measured_of(phone, model, cost, measured)
        tables.projection_row(table, phone, cost, turn, measurements.all_figures(phone, measured), seen)
    tables.show(table)
    if cost.decode_bytes() < smallest_fitted():
        told = "smaller than any model that phones were fitted on: what a token costs beside its weights is not in it"
        Console(soft_wrap=True).print(f"{model.name} is {told}. Read tokens/s as an upper bound.")


@app.command("calibrate")
def calibrate(
    model: Model,
    threads: Annotated[list[int] | None, typer.Option("--threads", help="default 1 … all cores")] = None,
    repeats: Annotated[int, typer.Option(help="timings a thread count")] = 5,
    wait: Annotated[float, typer.Option(help="seconds to wait for a quiet machine")] = 0,
    force: Annotated[bool, typer.Option("--force", help="time although the machine is busy")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="folder; default out/calibration")] = None,
) -> None:
    """Measures what this host reads and multiplies a second with a real model, for mapping its timings to phones."""
    found = calibrating.calibrate(model, threads=threads or (), repeats=repeats, wait_s=wait, force=force)
    tables.show(tables.calibrated(found))
    Console(soft_wrap=True).print(f"Written: {calibrating.save(found, out)}")


@app.command("validate")
def validate_(measured: Measured = measurements.FOLDER) -> None:
    """Published and imported figures against projections that never saw them; exit code 1 if one is off its band."""
    imported = [f for d in load_devices().values() for f in measurements.figures(d, measurements.load(d, measured))]
    rows = validate([*load_published(), *imported])
    tables.show(tables.checked(rows, "each figure beside a projection that never saw it"))
    Console(soft_wrap=True).print("\n".join(tables.errors(rows)), highlight=False)
    raise typer.Exit(int(not all(row.within_band for row in rows)))


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="llama-bench's output, adb's text, or JSON of our schema")],
    device: Annotated[str, typer.Option("--device", help="the phone, where the file does not name it")] = "",
    out: Annotated[Path, typer.Option("--out", help="the folder of measurements")] = measurements.FOLDER,
) -> None:
    """Stores what was measured on a real phone and says how far projections were off; twice is as once."""
    done = import_file(file, device, out)
    to = Console(soft_wrap=True)
    for left in done.left_out:
        to.print(f"left out: {left}", markup=False)
    if done.checked:
        tables.show(tables.checked(done.checked, "what was measured, beside what was projected without it"))
    told = f"{done.device.name}: {done.read} read, {done.added} new, in {done.path}"
    to.print(told, markup=False, highlight=False)


def _measured_of(device: Device, model: Path, cost: ModelCost, folder: Path) -> str:
    """What was measured of this very model on the phone, in words; "" for nothing."""
    rows = measurements.load(device, folder)
    same = measurements.of_model(rows, cost, digest.of_file(model)) if rows else []
    names = {"decode_tps": "decode {:.3g} tok/s", "prefill_tps": "prefill {:.3g} tok/s", "peak_rss_mb": "RSS {:.0f} MB"}
    return ", ".join(text.format(row[name]) for row in same for name, text in names.items() if name in row)


def _of_model(path: Path, model: Path) -> calibrating.Calibration:
    found = calibrating.load(path)
    if found.model_sha256 != digest.of_file(model):
        raise InputError(f"{path} is of {found.model}, not of {model}: `josi device calibrate --model {model}`.")
    return found

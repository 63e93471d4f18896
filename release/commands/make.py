"""`josi data`, `josi train`, `josi convert`: from nothing to GGUF files, each step reusing what is there."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from line.errors import InputError
from line.store import Artifact, Store
from release.commands.options import BaseDir, Data, Role, known_role, make_line
from release.line import held_out_messages
from release.settings import load_settings
from training.checkpoints import pin as pin_checkpoint
from training.checkpoints import train_artifact, training_recipe
from training.dataset import PLAN_SIZES, data_artifact, own_data_artifact, read_split
from training.diversity import leakage, messages_in
from training.recipes import ROLES, load_recipe, rows_wanted
from training.rows import message_of

Out = Annotated[Path | None, typer.Option("--out", help="also copy the files into this directory")]


def data(
    out: Annotated[Path | None, typer.Option("--out", help="where the files go (data; with --data nowhere)")] = None,
    data: Data = None,
    seed: Annotated[int | None, typer.Option(help="another seed gives other rows")] = None,
    interpreter_rows: Annotated[int, typer.Option(help="training rows of the Interpreter")] = PLAN_SIZES["interpreter"][
        0
    ],
    explainer_rows: Annotated[int, typer.Option(help="training rows of the Explainer")] = PLAN_SIZES["explainer"][0],
    ship: Annotated[bool, typer.Option("--ship", help="the sizes that the shipped checkpoints train on")] = False,
    against: Annotated[
        list[Path] | None, typer.Option("--against", help="a file of messages that no training row may come near")
    ] = None,
) -> None:
    """Writes train_ROLE.jsonl and val_ROLE.jsonl of both roles; with --data, checks the team's own files row by row.

    Exit code 1 when a training row comes near a message of an --against file.
    """
    store = Store()
    named = {path: messages_in(path) for path in against or ()}
    if data is not None:
        made = own_data_artifact(store, data)
        Console().print(made.file("report.json").read_text(), f"{data}: every row is valid.", soft_wrap=True)
        if out is not None and out.resolve() == data.resolve():
            raise InputError(f"--out {out} is the folder that --data names; its files are never overwritten.")
    else:
        sizes = {
            "interpreter": (interpreter_rows, PLAN_SIZES["interpreter"][1]),
            "explainer": (explainer_rows, PLAN_SIZES["explainer"][1]),
        }
        draws: dict[str, int] = {}
        if ship:
            sizes, draws = rows_wanted({role: load_recipe(role) for role in ROLES})
        made = data_artifact(store, sizes, load_settings().seed if seed is None else seed, held_out_messages(), draws)
    if out is not None or data is None:
        _copy(
            made,
            out or Path("data"),
            [f"{part}_{role}.jsonl" for role in ROLES for part in ("train", "val")] + ["report.json"],
        )
    if any(_print_leakage(made, path, messages) for path, messages in named.items()):
        raise typer.Exit(1)


def _print_leakage(made: Artifact, path: Path, messages: Sequence[str]) -> bool:
    """Says how near each role's training rows come to a file's messages; whether any comes too near."""
    found = {role: leakage([message_of(r) for r in read_split(made.path, role).train], messages) for role in ROLES}
    for role, one in found.items():
        Console().print(f"{role} against {path}: {json.dumps(one)}", markup=False, soft_wrap=True)
    return any(one["near"] for one in found.values())


def train(
    role: Role,
    max_seq_length: Annotated[int | None, typer.Option(help="longest row in tokens")] = None,
    resume: Annotated[bool, typer.Option("--resume/--restart", help="go on from the last checkpoint")] = True,
    data: Data = None,
    base_dir: BaseDir = None,
    rank: Annotated[int | None, typer.Option(help="LoRA rank")] = None,
    epochs: Annotated[float | None, typer.Option(help="passes over the rows")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="peak learning rate")] = None,
    max_steps: Annotated[int | None, typer.Option(help="stop after so many steps")] = None,
    start: Annotated[str | None, typer.Option(help='adapter folder to go on from; "" begins afresh')] = None,
    start_share: Annotated[float | None, typer.Option(help="share of the start in what ships, 0 to 1")] = None,
    pin: Annotated[bool, typer.Option("--pin", help="make it the checkpoint that ships")] = False,
    out: Out = None,
) -> None:
    """Trains one role's LoRA adapter by training/recipes.toml, or by what is given here."""
    line = make_line(data=data, base_dir=base_dir)
    recipe = load_recipe(
        known_role(role),
        max_seq_length=max_seq_length,
        rank=rank,
        epochs=epochs,
        learning_rate=learning_rate,
        max_steps=max_steps,
        start=start,
        start_share=start_share,
    )
    parts = (line.data, line.base, line.model, recipe)
    if not resume:
        line.store.discard_partial(training_recipe(*parts))
    made = train_artifact(line.store, *parts)
    Console().print(made.file("metrics.json").read_text(), f"Adapter: {made.path / 'adapter'}", soft_wrap=True)
    if pin:
        Console().print(f"Pinned: {pin_checkpoint(role, made)}", soft_wrap=True)
    if out is not None:
        _copy(made, out, ["adapter", "metrics.json", "loss.png", "loss.jsonl"])


def convert(role: Role, data: Data = None, base_dir: BaseDir = None, out: Out = None) -> None:
    """Merges, converts and quantises one role's checkpoint, and compares each GGUF with it."""
    line = make_line(data=data, base_dir=base_dir)
    made = line.ggufs[known_role(role)]
    names = [f"{role}.{kind}.gguf" for kind in ("F16", "Q8_0", "Q4_K_M", "lora")]
    for name in names:
        Console().print(f"{made.file(name).stat().st_size:>13,}  {made.file(name)}", soft_wrap=True)
    for kind, figures in line.parity[role].items():
        Console().print(
            f"{kind:>7}: same first token {figures['top1']:.4f}, KL {figures['kl']:.5f} nats over "
            f"{figures['positions']} tokens"
        )
    if out is not None:
        _copy(made, out, names)


def _copy(made: Artifact, out: Path, names: list[str]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name in names:
        source = made.file(name)
        if source.is_dir():
            shutil.copytree(source, out / name, dirs_exist_ok=True)
        else:
            partial = out / f".{name}.part"
            try:
                shutil.copyfile(source, partial)
                partial.replace(out / name)
            finally:
                partial.unlink(missing_ok=True)
        Console().print(f"{'reused' if made.reused else 'made'}  {out / name}", soft_wrap=True)

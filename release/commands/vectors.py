"""`josi vectors check`: holds an implementation of the contract's rules, ours or a port, to the golden vectors."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.console import Console

from golden.conformance import SUITES, Miss, Vector, ask, load, misses
from josi.protocol import PURE_SUITES, serve
from release.commands.serve import PROMPT, serve_prompts

app = typer.Typer(help="The language-neutral vectors of golden/vectors.")
SHOWN = 10  # misses a suite that are printed


@app.callback()
def vectors() -> None:
    """Golden vectors: input and expected output of the contract's deterministic rules."""


@app.command("check")
def check(
    command: Annotated[
        str, typer.Option("--command", help="the program under test; {suite} in it, or its last argument, is the suite")
    ] = "",
    suite: Annotated[list[str] | None, typer.Option("--suite", help=f"one of {', '.join(SUITES)}; default all")] = None,
    timeout: Annotated[float, typer.Option("--timeout", help="seconds a suite may take")] = 600,
) -> None:
    """Exit code 0 when every vector is answered as expected, else 1. Without --command: our own reference."""
    to = Console(soft_wrap=True)
    bad = 0
    for name in suite or SUITES:
        wanted = load(name)
        answers = ask(command, name, wanted, timeout) if command else _reference(name, wanted)
        found = list(misses(wanted, answers))
        bad += len(found)
        to.print(f"{name}: {len(wanted) - len(found)} of {len(wanted)}", style="red" if found else "green")
        for miss in found[:SHOWN]:
            to.print(_told(miss), markup=False, highlight=False)
        if len(found) > SHOWN:
            to.print(f"  … and {len(found) - SHOWN} more")
    raise typer.Exit(int(bad > 0))


def _reference(suite: str, wanted: Sequence[Vector]) -> list[str]:
    out = io.StringIO()
    lines = [vector.line for vector in wanted]
    if suite == PROMPT:
        serve_prompts(lines, None, out)
    else:
        serve(lines, PURE_SUITES[suite], out)
    return out.getvalue().splitlines()


def _told(miss: Miss) -> str:
    vector = miss.vector
    return (
        f"  ✗ {vector.id} ({vector.why})\n      input    {_shown(vector.input)}\n"
        f"      expected {_shown(vector.expected)}\n      got      {_shown(miss.got)}"
    )


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True)

"""What a run leaves on the screen: what was made and what was reused, where the release lies, and the gate's table."""

from __future__ import annotations

from rich.table import Table

from release.line import Line
from release.report import console, print_gate
from release.ship import Shipment


def print_run(line: Line, made: Shipment) -> None:
    """Prints the artifacts, the release directory and the gate; the last line is SHIP or BLOCKED."""
    to = console()
    to.print(artifacts_table(line))
    for folder in line.store.damaged:
        to.print(f"  damaged, made anew: {folder}", markup=False)
    word = "unchanged" if made.reused else "written"
    to.print(f"Release {line.settings.version} {word}: {made.folder}", markup=False, soft_wrap=True)
    print_gate(made.gate, to)


def artifacts_table(line: Line) -> Table:
    """One row an artifact: its kind, the head of its recipe's digest, made or reused, seconds."""
    table = Table(title="Artifacts", title_justify="left")
    for head in ("artifact", "recipe", "", "s"):
        table.add_column(head, justify="right" if head == "s" else "left")
    for kind, key, reused, seconds in line.store.log:
        table.add_row(kind, key[:12], "reused" if reused else "made", f"{seconds:.1f}")
    return table

"""How fast the line is on this machine: training tokens/s against TRL's defaults, then the seconds of each stage.

    python benchmarks/release_line.py                    # both; stages as they were made in the artifact store
    python benchmarks/release_line.py --fresh            # every stage made anew in an empty store (about 20 minutes)
    python benchmarks/release_line.py --only stages [--store DIR] [--prompts N]
    python benchmarks/release_line.py --list --store DIR # runs nothing: all that lies in a store

Stages are those that the tree in front of you stands on, each with the seconds of its making out of its provenance;
what the store lacks is made now. The last line is the wall time of this run of the line.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from throughput import throughput_table

from line.progress import Bars
from line.store import PROVENANCE, Store
from release.line import Line
from release.settings import load_settings
from release.ship import ship


def main() -> None:
    """Prints the tables that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("training", "stages"))
    parser.add_argument("--steps", type=int, default=4, help="training steps that are timed, a variant")
    parser.add_argument("--store", type=Path, help="another artifact store")
    parser.add_argument("--fresh", action="store_true", help="an empty store, thrown away afterwards")
    parser.add_argument("--list", action="store_true", help="list a store, run nothing")
    parser.add_argument("--prompts", type=int, help="judge only N prompts of each set")
    options = parser.parse_args()
    if options.list:
        root = Store(options.store).root
        Console().print(seconds_table(root, [(name, "made") for name in listed(root)]))
        return
    if options.only != "stages":
        Console().print(throughput_table(options.steps))
    if options.only == "training":
        return
    with tempfile.TemporaryDirectory(prefix="josi-benchmark-") as folder:
        out = Path(folder) / "out"
        store = Store(Path(folder) / "store" if options.fresh else options.store)
        Console().print(stage_table(store, out, options.prompts))


def stage_table(store: Store, out: Path, prompts: int | None) -> Table:
    """Runs the line over `store`, with its release in `out`, and tells the seconds of each artifact's making."""
    started = time.perf_counter()
    ship(Line(load_settings(prompts=prompts, out=out), store, Bars()))
    wall = time.perf_counter() - started
    log = [(f"{kind}/{key[:20]}", "reused" if reused else "made") for kind, key, reused, _ in store.log]
    table = seconds_table(store.root, log)
    table.add_row("this run, wall", "", f"{wall:.1f}")
    return table


def seconds_table(root: Path, artifacts: Sequence[tuple[str, str]]) -> Table:
    """One row an artifact (its folder under `root`, and what became of it) with the seconds that it took to make."""
    table = Table(title="Seconds a stage", title_justify="left")
    for head in ("artifact", "", "made in, s"):
        table.add_column(head, justify="right" if head.endswith("s") else "left")
    total = 0.0
    for name, fate in artifacts:
        seconds = float(json.loads((root / name / PROVENANCE).read_text(encoding="utf-8"))["seconds"])
        total += seconds
        table.add_row(name, fate, f"{seconds:.1f}")
    table.add_row("all artifacts", "", f"{total:.1f}")
    return table


def listed(root: Path) -> list[str]:
    """Every finished artifact of a store, in the order of their making."""
    found = sorted(root.glob(f"*/*/{PROVENANCE}"), key=lambda path: path.stat().st_mtime)
    return [path.parent.relative_to(root).as_posix() for path in found]


if __name__ == "__main__":
    main()

"""Seconds that each stage of the line took to make what lies in the artifact store.

    python benchmarks/stages.py [--store DIR] [--json]

Every artifact's provenance holds the seconds of its making; the newest of each kind is shown. For a cold run of the
whole line point it at a fresh store: `JOSI_STORE=$(mktemp -d) bash bootstrap.sh ship; python benchmarks/stages.py`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from line.paths import store_dir
from line.store import PROVENANCE


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=Path, default=store_dir())
    parser.add_argument("--json", action="store_true", help="for a machine")
    options = parser.parse_args()
    stages = newest(options.store)
    if options.json:
        print(json.dumps({row["recipe"]["kind"]: row["seconds"] for row in stages}))
        return
    table = Table(title="Seconds a stage", title_justify="left")
    for head in ("artifact", "recipe", "made", "seconds"):
        table.add_column(head, justify="right" if head == "seconds" else "left")
    for row in stages:
        table.add_row(row["recipe"]["kind"], row["digest"][:12], row["made"], f"{row['seconds']:.1f}")
    table.add_row("total", "", "", f"{sum(row['seconds'] for row in stages):.1f}")
    Console().print(table)


def newest(store: Path) -> list[dict[str, Any]]:
    """The newest provenance of each kind of artifact and role, oldest first."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for path in sorted(store.glob(f"*/*/{PROVENANCE}")):
        row = json.loads(path.read_text(encoding="utf-8"))
        key = (row["recipe"]["kind"], str(row["recipe"]["settings"].get("role", "")))
        if key not in found or found[key]["made"] < row["made"]:
            found[key] = row
    return sorted(found.values(), key=lambda row: row["made"])


if __name__ == "__main__":
    main()

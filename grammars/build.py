"""Writes the committed grammars from their schema.

`python -m grammars.build` writes, `python -m grammars.build --check` says whether one is stale.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from grammars.compiler import compile_schema
from josi.decision import CONFIDENCE_DECIMALS, CONSTRAINT_FIELDS, REQUEST_FIELDS
from josi.schema import decision_schema, load_schema

FOLDER = Path(__file__).parent
REQUEST = FOLDER / "gatc_request.gbnf"
DECISION = FOLDER / "gatc_decision.gbnf"

_NOTE = "{what}\nGenerated from josi/schemas/gatc_request.schema.json by `python -m grammars.build`; do not edit."


def request_gbnf() -> str:
    """The grammar of a whole GATCRequest."""
    return compile_schema(
        load_schema("gatc_request"),
        order=[*REQUEST_FIELDS, *CONSTRAINT_FIELDS],
        comment=_NOTE.format(what="A whole GATCRequest, canonical JSON on one line."),
    )


def decision_gbnf() -> str:
    """The grammar of what the model writes; the host adds `free_text` and `question`."""
    return compile_schema(
        decision_schema(),
        order=[*REQUEST_FIELDS, *CONSTRAINT_FIELDS],
        places=CONFIDENCE_DECIMALS,
        comment=_NOTE.format(what="What the Interpreter writes: a GATCRequest without the host's fields."),
    )


def stale() -> list[Path]:
    """The committed grammars that are not what their schema compiles to."""
    made = {REQUEST: request_gbnf(), DECISION: decision_gbnf()}
    return [p for p, text in made.items() if not p.is_file() or p.read_text(encoding="utf-8") != text]


def main(arguments: list[str] | None = None) -> int:
    """Exit code 1 when `--check` finds a stale grammar, else 0."""
    parser = argparse.ArgumentParser(
        prog="python -m grammars.build", description="Writes the committed grammars from their schema."
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a grammar is stale")
    options = parser.parse_args(arguments)
    old = stale()
    for path in old:
        print(f"{path.name}: {'stale; run `python -m grammars.build`' if options.check else 'written'}")
    if not options.check:
        for path, text in ((REQUEST, request_gbnf()), (DECISION, decision_gbnf())):
            path.write_text(text, encoding="utf-8")
    return 1 if options.check and old else 0


if __name__ == "__main__":
    sys.exit(main())

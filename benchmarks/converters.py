"""How exact the schema converter of llama-cpp-python is, beside ours: random texts of both grammars of one schema.

    python benchmarks/converters.py [--samples 10000]     # some 20 seconds

`LlamaGrammar.from_json_schema` is what `Llama(response_format={"type": "json_object", "schema": ...})` uses. Texts of
each grammar are drawn by the same sampler and seed; one counts as JSON when Python's strict reader takes it, as valid
when the schema does too. That converter does not read `(?:`, so it is given the schema with plain groups.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

from grammars.build import decision_gbnf, request_gbnf
from grammars.sampler import sample
from josi.schema import decision_errors, decision_schema, load_schema, request_errors


def main() -> None:
    """Prints one row a grammar."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=10_000)
    count = parser.parse_args().samples
    result = Table(title=f"{count:,} random texts of each grammar", title_justify="left")
    for head in ("schema", "compiler", "JSON", "valid"):
        result.add_column(head, justify="right" if head in ("JSON", "valid") else "left")
    request, decision = load_schema("gatc_request"), decision_schema()
    rows = (
        ("request", "llama-cpp-python", _theirs(request), request_errors),
        ("request", "ours", request_gbnf(), request_errors),
        ("decision", "llama-cpp-python", _theirs(decision), decision_errors),
        ("decision", "ours", decision_gbnf(), decision_errors),
    )
    for schema, compiler, gbnf, errors in rows:
        parsed, valid = _shares(gbnf, errors, count)
        result.add_row(schema, compiler, f"{parsed:.2%}", f"{valid:.2%}")
    Console(width=100).print(result)


def _theirs(schema: dict[str, Any]) -> str:
    from llama_cpp.llama_grammar import json_schema_to_gbnf

    return str(json_schema_to_gbnf(json.dumps(schema).replace("(?:", "(")))


def _shares(gbnf: str, errors: Callable[[object], list[str]], count: int) -> tuple[float, float]:
    rng = random.Random(20_000)
    parsed = valid = 0
    for _ in range(count):
        try:
            value = json.loads(sample(gbnf, rng))
        except ValueError:
            continue
        parsed += 1
        valid += not errors(value)
    return parsed / count, valid / count


if __name__ == "__main__":
    main()

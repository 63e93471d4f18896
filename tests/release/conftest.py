"""A small release to try things on: the shape of a real one, a few hundred bytes of files."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from release.assemble import Contents, Role, Tier, assemble
from release.keys import SigningKey, development_key

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


def contents(folder: Path, **changes: Any) -> Contents:
    """Contents whose files lie in `folder`; `changes` replaces fields."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in (
        ("a.gguf", b"GGUF interpreter"),
        ("b.gguf", b"GGUF explainer"),
        ("g.gbnf", b'root ::= "x"\n'),
    ):
        (folder / name).write_bytes(data)
    interpreter = Role("files/interpreter.gguf", grammar="files/gatc_request.gbnf")
    base = Contents(
        version="1.2.0",
        minimum_app_version="1.0.0",
        tiers={
            "tier1": Tier("adapters", (2.0, 4.0), 2048, {"interpreter": interpreter}),
            "tier3": Tier(
                "parallel", (6.0, None), 4096, {"interpreter": interpreter, "explainer": Role("files/e.gguf")}
            ),
        },
        base_model={"name": "tiny", "licence": "Apache-2.0", "source": "here", "sha256": "0" * 64},
        recipes={"interpreter": "1" * 64},
        thresholds={"action_accuracy": 0.9},
        scores=[{"name": "action_accuracy", "verdict": "PASS", "value": 0.95, "n": 300, "lo": 0.92, "hi": 0.97}],
        blockers=[],
        sources={
            "files/interpreter.gguf": folder / "a.gguf",
            "files/e.gguf": folder / "b.gguf",
            "files/gatc_request.gbnf": folder / "g.gbnf",
            "evidence/checks.json": b"{}\n",
            "evidence/empty.jsonl": b"",
        },
    )
    return replace(base, **changes)


@pytest.fixture
def make_contents(tmp_path: Path) -> Callable[..., Contents]:
    return lambda **changes: contents(tmp_path / "sources", **changes)


@pytest.fixture
def make_release(tmp_path: Path) -> Callable[..., Path]:
    """Assembles a release at tmp_path/release, by a development key if none is given."""

    def make(key: SigningKey | None = None, **changes: Any) -> Path:
        made = contents(tmp_path / "sources", **changes)
        return assemble(tmp_path / "release", made, key or development_key(), clock=lambda: NOON)

    return make


@pytest.fixture
def production_key() -> SigningKey:
    return SigningKey(Ed25519PrivateKey.generate(), development=False)

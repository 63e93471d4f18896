"""The variants of `benchmarks/grammar.py` on a tiny model: what is timed and counted is what happened."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from evals.engine import EngineSettings, Job
from grammars.build import DECISION
from line.paths import REPO

JOBS = [Job(str(i), "hello there " * (i + 1)) for i in range(3)]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_grammar", REPO / "benchmarks" / "grammar.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for owner in (module.Context, module.Grammar, module.Follower):  # the clock wraps their methods
        for name, value in list(vars(owner).items()):
            if callable(value):
                monkeypatch.setattr(owner, name, value)
    return module


@pytest.mark.parametrize("name", ["engine, no grammar", "engine, token by token", "engine, forced runs"])
def test_a_variant_of_the_engine(bench: ModuleType, name: str, tiny_gguf: Path) -> None:
    found = bench.VARIANTS[name](tiny_gguf, JOBS, EngineSettings(40, DECISION.read_text(encoding="utf-8"), threads=1))
    assert found["prompts"] == 3 and {row["id"] for row in found["answers"]} == {"0", "1", "2"}
    assert found["new"] == sum(row["new_tokens"] for row in found["answers"]) > 0
    assert (found["checking"] > 0) == (name != "engine, no grammar")
    assert (found["forced"] > 0) == (name == "engine, forced runs")
    assert 0 < found["answering"] + found["reading"] < found["seconds"]
    assert bench.cost_table({name: found}).row_count == 1

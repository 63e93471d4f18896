"""A stand-in lives in a phone's container, beside what its header told: predicted against measured memory."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grammars.build import DECISION
from sims.header import read_header
from sims.job import Turn
from sims.life import chat_only
from sims.runner import Asked, TierModels, run_tier
from sims.standin.fit import markdown_table
from sims.standin.memory import MB, MemoryPrediction, Runtime, predict_memory
from sims.standin.spec import find_spec
from sims.standin.vocabulary import donor
from sims.standin.write import make_adapter, make_model
from sims.tiers import SimPhone, find_phone, with_budget
from training.recipes import ROLES, load_recipe

Row = Mapping[str, object]
REAL = "real smollm2-135m"
# Configuration and context by model; two of the largest at once want more memory than a machine for CI has.
RUNS: Mapping[str, Mapping[str, int]] = {
    REAL: {"lora_swap": 2048, "sequential": 4096, "resident": 4096},
    "smollm2-135m": {"lora_swap": 2048, "sequential": 4096, "resident": 4096},
    "smollm2-1.7b": {"lora_swap": 2048, "sequential": 4096, "resident": 4096},
    "qwen2.5-3b": {"lora_swap": 2048, "sequential": 4096, "resident": 4096},
    "llama-3.2-3b": {"lora_swap": 2048, "sequential": 4096, "resident": 4096},
    "phi-4-mini": {"lora_swap": 2048, "sequential": 4096},
    "gemma-3n-e2b": {"lora_swap": 2048, "sequential": 4096},
}
_TIERS = {"lora_swap": "tier1", "sequential": "tier2", "resident": "tier3"}
_ROOM = 1.1  # of the predicted peak: the cap does not decide, and a host that lacks the memory is known at once
_TIMEOUT_S = 900
TURNS = (
    Turn("Build me an easy run of 40 minutes for today, please.", "CONTEXT:\n- Readiness: Green (Recovered)"),
    Turn("Why is my session so short? I feel fresh.", "CONTEXT:\n- Readiness: Yellow (Productive)\n- Sport: running"),
)


@dataclass(frozen=True)
class Files:
    """What the configurations load: `base` with `adapters`, or `first` and `second`."""

    first: Path
    second: Path
    base: Path
    adapters: tuple[Path, ...]

    def models(self) -> TierModels:
        """As the runner takes them."""
        return TierModels(
            DECISION,
            interpreter=self.first,
            explainer=self.second,
            base=self.base,
            interpreter_adapter=self.adapters[0],
            explainer_adapter=self.adapters[1],
        )


def standin_files(name: str, folder: Path) -> Files:
    """One stand-in for both roles, by two names, and two adapters (raises as `make_model`)."""
    spec = find_spec(name)
    first = make_model(spec, folder, donor=donor())
    second = folder / "second.gguf"
    second.unlink(missing_ok=True)
    second.hardlink_to(first)
    ranks = {role: load_recipe(role).rank for role in ROLES}
    made = [make_adapter(spec, folder, rank=rank, seed=i, name=role) for i, (role, rank) in enumerate(ranks.items())]
    return Files(first, second, first, tuple(made))


def release_files(models: TierModels) -> Files:
    """The release's own."""
    wanted = (models.interpreter, models.explainer, models.base, models.interpreter_adapter, models.explainer_adapter)
    interpreter, explainer, base, one, other = (path for path in wanted if path is not None)
    return Files(interpreter, explainer, base, (one, other))


def predicted(files: Files, configuration: str, runtime: Runtime) -> MemoryPrediction:
    """From the headers alone."""
    swap = configuration == "lora_swap"
    return predict_memory(
        read_header(files.base if swap else files.first),
        runtime,
        configuration=configuration,
        second=None if swap else read_header(files.second),
        adapters=[read_header(path) for path in files.adapters] if swap else (),
    )


def measure(
    name: str, files: Files, configuration: str, context: int, *, mmap: bool, out: Path, budget_mb: int | None = None
) -> Row:
    """One life in a container beside its prediction, MB of 1024² bytes (raises as `run_tier`).

    Without a budget the container has room for all that the prediction names.
    """
    told = predicted(files, configuration, Runtime(context=context, mmap=mmap))
    tier = phone(configuration, context, mmap, budget_mb or round(told.peak() / MB * _ROOM))
    with tempfile.TemporaryDirectory(prefix=".standin-", dir=out) as folder:
        asked = Asked(steps=chat_only(TURNS), measure_need=False)
        result = run_tier(tier, files.models(), asked=asked, out=Path(folder))
    return {
        "model": name,
        "configuration": configuration,
        "context": context,
        "mmap": mmap,
        "budget_mb": tier.budget_mb,
        "verdict": result.verdict,
        "message": result.message,
        "predicted_anonymous_mb": round(told.anonymous / MB),
        "anonymous_mb": round(result.anonymous_mb),
        "predicted_peak_mb": round(told.peak(tier.budget_mb * MB) / MB),
        "peak_mb": round(result.peak_mb),
        "prefill_tps": result.prefill_tps,
        "decode_tps": result.decode_tps,
        "load_s": result.load_s,
    }


def phone(configuration: str, context: int, mmap: bool, budget_mb: int) -> SimPhone:
    """The configuration's tier with another context and budget, and time for a slow host."""
    tier = with_budget(find_phone(_TIERS[configuration]), budget_mb)
    return replace(tier, context=context, use_mmap=mmap, timeout_s=_TIMEOUT_S)


def markdown(rows: Sequence[Row]) -> str:
    """The rows as a table: MB, and by how much the prediction was off."""
    head = ["model", "configuration", "context", "mmap", "cap", "verdict", "anonymous: told", "measured", "off"]
    head += ["peak: told", "measured", "off", "prefill, decode tokens/s"]
    return markdown_table(head, [_cells(row) for row in rows])


def _cells(row: Row) -> list[str]:
    cells = [str(row["model"]), str(row["configuration"]), f"{row['context']:,}", "on" if row["mmap"] else "off"]
    cells += [f"{row['budget_mb']:,}", str(row["verdict"])]
    for kind in ("anonymous", "peak"):
        told, seen = float(str(row[f"predicted_{kind}_mb"])), float(str(row[f"{kind}_mb"]))
        cells += [f"{told:,.0f}", f"{seen:,.0f}", f"{100 * (told / seen - 1):+.1f} %" if seen else "–"]
    return [*cells, f"{row['prefill_tps']}, {row['decode_tps']}"]

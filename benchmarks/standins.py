"""Predicted memory against what a phone's container was charged, for each stand-in and the real model.

    python benchmarks/standins.py process                  # the agent before it loads a model
    python benchmarks/standins.py log NAME [--context N]   # llama.cpp's own account of its buffers
    python benchmarks/standins.py run NAME [--mmap]        # makes the stand-in, runs it, prints the comparison
    python benchmarks/standins.py table                    # all that was run, as Markdown

`run` takes the configurations that make sense for the model (`RUNS`), lives two short turns in each, and appends to
OUT/standins.jsonl. A container gets what the prediction says it needs and a tenth more, so that the cap is tried too.
The machine should be idle; a model at a time, its files removed after it unless `--keep`.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from grammars.build import DECISION
from line.paths import out_dir
from release.commands.standin import donor
from release.line import Line
from sims.job import Turn
from sims.runner import TierModels, run_tier
from sims.standin.header import read_header
from sims.standin.memory import MB, MemoryPrediction, Runtime, predict_memory
from sims.standin.spec import find_spec
from sims.standin.write import make_adapter, make_model
from sims.tiers import Tier, find_tier, with_budget
from training.recipes import load_recipe

RESULTS = out_dir() / "standins.jsonl"
ROLES = ("interpreter", "explainer")
REAL = "real smollm2-135m"
# Configuration and context by model: what its size lets one hope for.
RUNS = {
    REAL: (("lora_swap", 2048), ("sequential", 4096), ("resident", 4096)),
    "smollm2-135m": (("lora_swap", 2048), ("resident", 4096)),
    "smollm2-1.7b": (("lora_swap", 2048), ("sequential", 4096), ("resident", 4096)),
    "qwen2.5-3b": (("lora_swap", 2048), ("sequential", 4096), ("resident", 4096)),
    "llama-3.2-3b": (("lora_swap", 2048), ("sequential", 4096), ("resident", 4096)),
    "phi-4-mini": (("sequential", 4096), ("resident", 4096)),
    "gemma-3n-e2b": (("sequential", 4096), ("resident", 4096)),
}
TIERS = {"lora_swap": "tier1", "sequential": "tier2", "resident": "tier3"}
TURNS = (
    Turn("Build me an easy run of 40 minutes for today, please.", "CONTEXT:\n- Readiness: Green (Recovered)"),
    Turn("Why is my session so short? I feel fresh.", "CONTEXT:\n- Readiness: Yellow (Productive)\n- Sport: running"),
)


@dataclass(frozen=True)
class Files:
    """What a configuration loads."""

    first: Path
    second: Path
    base: Path
    adapters: tuple[Path, ...]


def standin_files(name: str, folder: Path) -> Files:
    """The stand-in with two adapters; the second role's model is a link to the first, so that both are loaded."""
    spec = find_spec(name)
    first = make_model(spec, folder, donor=donor())
    adapters = tuple(make_adapter(spec, folder, rank=load_recipe(r).rank, seed=i, name=r) for i, r in enumerate(ROLES))
    second = folder / "second.gguf"
    second.hardlink_to(first)
    return Files(first, second, first, adapters)


def real_files() -> Files:
    """The release's own models."""
    models = Line().phones.models
    found = (models.interpreter, models.explainer, models.base, models.interpreter_adapter, models.explainer_adapter)
    interpreter, explainer, base, one, other = (path for path in found if path is not None)
    return Files(interpreter, explainer, base, (one, other))


def predicted(files: Files, configuration: str, context: int, mmap: bool) -> MemoryPrediction:
    """From the headers alone."""
    swap = configuration == "lora_swap"
    return predict_memory(
        read_header(files.base if swap else files.first),
        Runtime(context=context, mmap=mmap),
        configuration=configuration,
        second=None if swap else read_header(files.second),
        adapters=[read_header(path) for path in files.adapters] if swap else (),
    )


def measure(name: str, files: Files, configuration: str, context: int, mmap: bool) -> dict[str, object]:
    """One run in a container, beside its prediction; MB of 1024² bytes."""
    told = predicted(files, configuration, context, mmap)
    tier = phone(configuration, context, mmap, round(told.peak() / MB * 1.1))
    models = TierModels(
        DECISION,
        interpreter=files.first,
        explainer=files.second,
        base=files.base,
        interpreter_adapter=files.adapters[0],
        explainer_adapter=files.adapters[1],
    )
    with tempfile.TemporaryDirectory(prefix=".standin-", dir=out_dir()) as out:
        result = run_tier(tier, models, turns=TURNS, out=Path(out))
    return {
        "model": name,
        "configuration": configuration,
        "context": context,
        "mmap": mmap,
        "verdict": result.message,
        "predicted_anonymous_mb": round(told.anonymous / MB),
        "anonymous_mb": round(result.anonymous_mb),
        "predicted_peak_mb": round(told.peak(tier.budget_mb * MB) / MB),
        "peak_mb": round(result.peak_mb),
        "prefill_tps": result.prefill_tps,
        "decode_tps": result.decode_tps,
        "load_s": result.load_s,
    }


def phone(configuration: str, context: int, mmap: bool, budget_mb: int) -> Tier:
    """The tier of the configuration with that context and budget, and time for a slow host."""
    tier = with_budget(find_tier(TIERS[configuration]), budget_mb)
    return replace(tier, context=context, use_mmap=mmap, timeout_s=900)


def show(rows: list[dict[str, object]]) -> str:
    """The rows as a Markdown table."""
    head = ["model", "configuration", "context", "mmap", "anonymous: predicted", "measured", "off"]
    head += ["peak: predicted", "measured", "off", "decode tokens/s"]
    lines = [head, ["---"] * len(head)]
    for row in rows:
        cells = [row["model"], row["configuration"], row["context"], "on" if row["mmap"] else "off"]
        for kind in ("anonymous", "peak"):
            told, seen = float(str(row[f"predicted_{kind}_mb"])), float(str(row[f"{kind}_mb"]))
            cells += [f"{told:,.0f}", f"{seen:,.0f}", f"{100 * (told / seen - 1):+.1f} %"]
        lines.append([str(cell) for cell in [*cells, row["decode_tps"]]])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def run(name: str, mmap: bool, only: str) -> None:
    """Every configuration of one model."""
    out_dir().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".standin-", dir=out_dir()) as folder:
        files = real_files() if name == REAL else standin_files(name, Path(folder))
        for configuration, context in RUNS[name]:
            if only and configuration != only:
                continue
            row = measure(name, files, configuration, context, mmap)
            with RESULTS.open("a", encoding="utf-8") as log:
                log.write(json.dumps(row) + "\n")
            print(row["verdict"], show([row]), sep="\n", flush=True)


_PROCESS = """
import sys
from pathlib import Path
import sims.agent
from line.binding import lib
lib()
status = dict(l.split(":", 1) for l in Path("/proc/self/status").read_text().splitlines())
print(*(int(status[k].split()[0]) for k in ("RssAnon", "RssFile")))
"""


def process() -> None:
    """Anonymous and file memory of the agent with llama.cpp loaded and no model, in MB."""
    command = [sys.executable, "-c", _PROCESS]
    anonymous, file = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    print(f"agent without a model: {int(anonymous) / 1024:.1f} MB anonymous, {int(file) / 1024:.1f} MB of files")


def log(name: str, context: int) -> None:
    """llama.cpp's log of its buffers beside the prediction's parts."""
    from line.binding import lib
    from line.llama import Context, Model

    lines: list[str] = []
    keep = lib().llama_log_callback(lambda _level, text, _data: lines.append(text.decode("utf-8", "replace")))
    lib().llama_log_set(keep, ctypes.c_void_p(0))
    with tempfile.TemporaryDirectory(prefix=".standin-", dir=out_dir()) as folder:
        path = make_model(find_spec(name), Path(folder), donor=donor())
        told = predict_memory(read_header(path), Runtime(context=context))
        with Model(path, use_mmap=False) as model, Context(model, n_ctx=context):
            pass
    print(*(line for line in "".join(lines).splitlines() if re.search(r"buffer size|KV buffer", line)), sep="\n")
    print(f"predicted: weights {told.weights / MB:.2f}, KV {told.kv / MB:.2f}, compute {told.compute / MB:.2f} MiB")


def main() -> None:
    """See the module's text."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=("process", "log", "run", "table"))
    parser.add_argument("name", nargs="?", default="smollm2-135m", choices=tuple(RUNS))
    parser.add_argument("--context", type=int, default=2048)
    parser.add_argument("--configuration", default="", choices=("", *TIERS))
    parser.add_argument("--mmap", action="store_true")
    given = parser.parse_args()
    if given.what == "process":
        process()
    elif given.what == "log":
        log(given.name, given.context)
    elif given.what == "run":
        run(given.name, given.mmap, given.configuration)
    else:
        print(show([json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()]))


if __name__ == "__main__":
    main()

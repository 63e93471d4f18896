"""Prompts a second of the evaluation engine against its peers and its roof, in one run.

    python benchmarks/engine.py                  # all 1,000 prompts (about 16 minutes on 2 cores)
    python benchmarks/engine.py --prompts 200    # a reduced set, each category in proportion

The Interpreter's Q4_K_M under its grammar, greedy, every variant in a process of its own:

* `loop`: llama-cpp-python's `Llama(...)`, one prompt after the other, with the grammar and its prefix cache;
* `server`: llama.cpp's server with 16 parallel slots, asked by 16 threads over HTTP;
* `engine, token by token`: ours without forced runs; `engine`: ours.

The roof: the tokens that `engine` must evaluate, at the rate of full batches of 512 plain tokens.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from evals.engine import Completion, EngineSettings, Job, generate
from evals.remote import Server, generate_at
from evals.run import jobs_of, threads
from evals.scheduler import Work
from line.llama import Context, Model
from release.line import Line
from release.settings import load_settings

SLOTS = 16
Found = dict[str, Any]


def main() -> None:
    """Runs every variant and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompts", type=int, help="judge only so many")
    parser.add_argument("--only", choices=tuple(VARIANTS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        found = VARIANTS[options.only](*_work(options.prompts))
        peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        found["peak_mb"] = max(peaks) // 1024
        print(json.dumps(found))
        return
    # A shared machine has slow minutes: the engine runs on both sides of its peers, the roof with each of its runs.
    runs = [(name, _child(name, options.prompts)) for name in ORDER]
    found = {name: _mean([run for other, run in runs if other == name]) for name in VARIANTS}
    Console().print(table(found))


def _mean(runs: list[Found]) -> Found:
    """One variant's runs as one: times and rates averaged, the rest as in the first."""
    rates = ("seconds", "tokens_per_s", "first")
    return runs[0] | {name: sum(run[name] for run in runs) / len(runs) for name in rates if name in runs[0]}


def table(found: dict[str, Found]) -> Table:
    """One row a variant; the ratios are the engine's over that variant."""
    ours, plain, roof = found["engine"], found["engine, token by token"], found["roof"]
    same = sum(a == b for a, b in zip(ours["texts"], plain["texts"], strict=True)) / ours["prompts"]
    result = Table(title=f"{ours['prompts']} prompts under the grammar", title_justify="left")
    for head in ("", "prompts/s", "the engine's is", "first answer, s", "peak, MB"):
        result.add_column(head, justify="left" if not head else "right")
    for name, one in found.items():
        if name == "roof":
            continue
        rate = one["prompts"] / one["seconds"]
        ratio = f"{ours['prompts'] / ours['seconds'] / rate:.2f} ×"
        result.add_row(name, f"{rate:.2f}", ratio, f"{one['first']:.2f}", f"{one['peak_mb']:,}")
    at_roof = roof["tokens_per_s"] / ours["evaluated"] * ours["prompts"]
    share = ours["prompts"] / ours["seconds"] / at_roof
    result.add_row(f"roof: {roof['tokens_per_s']:.0f} tokens/s", f"{at_roof:.2f}", f"{share:.0%} of it", "", "")
    result.caption = (
        f"engine: {ours['evaluated']:,} tokens evaluated in {ours['steps']:,} steps (token by token: "
        f"{plain['steps']:,}); spared: {ours['shared']:,} by the shared prefix; "
        f"{ours['forced']:,} of {ours['new']:,} answer tokens forced; "
        f"{same:.1%} of the answers are those of the token-by-token run"
    )
    return result


def _child(variant: str, prompts: int | None) -> Found:
    command = [sys.executable, "-P", __file__, "--only", variant, *(["--prompts", str(prompts)] if prompts else [])]
    print(f"{variant} ...", file=sys.stderr)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: Found = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _work(prompts: int | None) -> tuple[Path, list[Job], EngineSettings]:
    line = Line(load_settings(prompts=prompts))
    model = line.role_model("interpreter")
    return (
        model.model,
        jobs_of(model, line.cases["prompts"]),
        EngineSettings(model.max_tokens, model.grammar, threads=threads()),
    )


def _loop(path: Path, jobs: list[Job], settings: EngineSettings) -> Found:
    for name in [name for name in sys.modules if name.split(".")[0] == "llama_cpp"]:
        del sys.modules[name]  # ours loads only its low-level part
    from llama_cpp import Llama, LlamaGrammar

    llama = Llama(str(path), n_ctx=2048, n_threads=settings.threads, flash_attn=True, verbose=False)
    grammar = LlamaGrammar.from_string(settings.grammar or "", verbose=False)

    def ask(job: Job) -> str:
        tokens = llama.tokenize(job.prompt.encode(), add_bos=False, special=True)
        out = llama.create_completion(tokens, max_tokens=settings.max_tokens, temperature=0.0, grammar=grammar)
        return str(out["choices"][0]["text"])

    return _timed(jobs, lambda done: [done(ask(job)) for job in jobs])


def _server(path: Path, jobs: list[Job], settings: EngineSettings) -> Found:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_parallel, params.n_ctx = SLOTS, SLOTS * 1024
    params.verbosity = -1  # a line a request
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = settings.threads
    server = xllamacpp.Server(params)

    def run(done: Callable[[str], None]) -> None:
        generate_at(Server(server.listening_address, parallel=SLOTS), jobs, settings, lambda one: done(one.text))

    return _timed(jobs, run)


def _engine(path: Path, jobs: list[Job], settings: EngineSettings, forced: bool) -> Found:
    spent: list[Work] = []
    answers: list[Completion] = []
    options = replace(settings, forced=forced)

    def run(done: Callable[[str], None]) -> None:
        answers.extend(generate(path, jobs, options, lambda one: done(one.text), spent.append))

    found = _timed(jobs, run)
    for name in ("evaluated", "shared", "forced", "steps"):
        found[name] = sum(getattr(work, name) for work in spent)
    found["new"] = sum(one.new_tokens for one in answers)
    return found | {"texts": [one.text for one in answers]}


def _roof(path: Path, jobs: list[Job], settings: EngineSettings) -> Found:
    with Model(path) as model, Context(model, n_ctx=1024, threads=settings.threads) as context:
        tokens = [token for job in jobs for token in model.tokenize(job.prompt)] * 8
        parts = [tokens[start : start + 512] for start in range(0, 8 * 512, 512)]
        began = time.perf_counter()
        for part in parts:
            context.clear()
            context.decode(part, range(512), [0] * 512, [False] * 511 + [True])
    return {"tokens_per_s": 512 * len(parts) / (time.perf_counter() - began)}


def _timed(jobs: list[Job], run: Callable[[Callable[[str], None]], object]) -> Found:
    marks: list[float] = []

    def done(text: str) -> None:
        marks.append(time.perf_counter())

    began = time.perf_counter()
    run(done)
    assert len(marks) == len(jobs)
    return {"prompts": len(jobs), "seconds": time.perf_counter() - began, "first": marks[0] - began}


VARIANTS: dict[str, Callable[[Path, list[Job], EngineSettings], Found]] = {
    "loop": _loop,
    "engine, token by token": partial(_engine, forced=False),
    "server": _server,
    "engine": partial(_engine, forced=True),
    "roof": _roof,
}
ORDER = ("engine, token by token", "roof", "engine", "loop", "server", "engine", "roof")

if __name__ == "__main__":
    main()

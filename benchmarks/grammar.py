"""What the grammar costs and what it gives, on the same prompts and the same GGUF, in one run.

    python benchmarks/grammar.py                  # 200 prompts, each category in proportion
    python benchmarks/grammar.py --prompts 1000   # all of them

The Interpreter's Q4_K_M, greedy, every variant in a process of its own: our engine without a grammar, with it token
by token, and with forced runs; llama-cpp-python's `Llama(...)`, one prompt after the other, without and with
`LlamaGrammar`.

Answering is the time inside `llama_decode` for tokens of answers, reading that for prompts (the engine decodes both in
one batch: apportioned by tokens). Checking is, in the engine, all that happens inside a `Grammar` or
`Follower` (the argmax over the logits too, which a run without a grammar needs as well); in llama-cpp-python its
sampling chain.
The judge is that of `josi eval`; differences are paired, by McNemar's exact test, against the engine without a grammar.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from evals import engine
from evals.engine import Completion, EngineSettings, Job
from evals.forced import Follower
from evals.interpreter_layers import parse_decision
from evals.judge import judge
from evals.predictions import Prediction, Sample
from evals.run import jobs_of, threads
from evals.scheduler import Work
from evals.stats import mcnemar_exact
from line.grammar import Grammar
from line.llama import Context, Model
from release.line import Line
from release.settings import load_settings

Found = dict[str, Any]
RATES = {"valid_json": "valid decision", "valid_request": "valid request", "action_accuracy": "action"}


def main() -> None:
    """Runs every variant and prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prompts", type=int, default=200, help="so many of the 1,000")
    parser.add_argument("--only", choices=tuple(VARIANTS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    line = Line(load_settings(prompts=options.prompts))
    model = line.role_model("interpreter")
    if options.only:
        settings = EngineSettings(model.max_tokens, model.grammar, threads=threads())
        print(json.dumps(VARIANTS[options.only](model.model, jobs_of(model, line.cases["prompts"]), settings)))
        return
    found = {name: _child(name, options.prompts) for name in VARIANTS}
    Console(width=150).print(cost_table(found))
    Console(width=150).print(answers_table(line, found))


def _child(variant: str, prompts: int) -> Found:
    print(f"{variant} ...", file=sys.stderr)
    command = [sys.executable, "-P", __file__, "--only", variant, "--prompts", str(prompts)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: Found = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def cost_table(found: dict[str, Found]) -> Table:
    """One row a variant; milliseconds are per token of the answers."""
    result = Table(title="cost", title_justify="left")
    heads = ("", "s a prompt", "tokens an answer", "forced", "answering, ms a token", "checking, ms", "of answering")
    for head in heads:
        result.add_column(head, justify="left" if not head else "right")
    for name, one in found.items():
        new = one["new"]
        result.add_row(
            name,
            f"{one['seconds'] / one['prompts']:.3f}",
            f"{new / one['prompts']:.1f}",
            f"{one.get('forced', 0) / new:.0%}",
            f"{1000 * one['answering'] / new:.2f}",
            f"{1000 * one['checking'] / new:.3f}",
            f"{one['checking'] / one['answering']:.1%}",
        )
    return result


def answers_table(line: Line, found: dict[str, Found]) -> Table:
    """One row a variant: shares of the prompts, and McNemar's p of each against the first row."""
    result = Table(title="answers", title_justify="left")
    for head in ("", "valid JSON", *RATES.values(), "action: lost, gained, p"):
        result.add_column(head, justify="left" if not head else "right")
    first: Sequence[Sample] = ()
    for name, one in found.items():
        samples = _judged(line, one)
        first = first or samples
        parsed = sum(parse_decision(sample.raw) is not None for sample in samples)
        shares = [_share([s.outcomes[rule] for s in samples if rule in s.outcomes]) for rule in RATES]
        lost, gained = _discordant(first, samples)
        paired = f"{lost}, {gained}, {mcnemar_exact(lost, gained):.3f}" if samples is not first else ""
        result.add_row(name, f"{parsed / len(samples):.3f}", *shares, paired)
    return result


def _judged(line: Line, one: Found) -> list[Sample]:
    predictions = [Prediction(**row) for row in one["answers"]]
    return judge("interpreter", line.cases["prompts"], predictions, line.thresholds).samples


def _share(passes: Sequence[bool]) -> str:
    return f"{sum(passes) / len(passes):.3f}" if passes else "-"


def _discordant(first: Sequence[Sample], second: Sequence[Sample]) -> tuple[int, int]:
    """Prompts whose action only the first, and only the second, has right."""
    pairs = [
        (a.outcomes["action_accuracy"], b.outcomes["action_accuracy"])
        for a, b in zip(first, second, strict=True)
        if "action_accuracy" in a.outcomes
    ]
    return sum(a and not b for a, b in pairs), sum(b and not a for a, b in pairs)


class Clock:
    """Seconds by name inside wrapped methods; one that a method of the same name calls is not counted twice."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.calls: Counter[str] = Counter()
        self._inside: set[str] = set()

    def wrap(self, owner: type, methods: Sequence[str], name: str | Callable[..., str]) -> None:
        """Times these methods of a class from here on; `name` may depend on what they are called with."""
        for method in methods:
            setattr(owner, method, self._timed(getattr(owner, method), name))

    def _timed(self, method: Callable[..., Any], named: str | Callable[..., str]) -> Callable[..., Any]:
        def timed(*args: Any, **options: Any) -> Any:
            name = named if isinstance(named, str) else named(*args, **options)
            self.calls[name] += 1
            if name in self._inside:
                return method(*args, **options)
            self._inside.add(name)
            began = time.perf_counter()
            try:
                return method(*args, **options)
            finally:
                self.seconds[name] += time.perf_counter() - began
                self._inside.discard(name)

        return timed


class _Pipe:
    """Where the engine's worker sends what it has, without the process around it."""

    def __init__(self) -> None:
        self.answers: list[Completion] = []
        self.work: list[Work] = []

    def send(self, message: tuple[str, Any]) -> None:
        kind, value = message
        if kind == "done":
            self.answers.append(value)
        elif kind == "work":
            self.work.append(value)


def _engine(path: Path, jobs: list[Job], settings: EngineSettings, grammar: bool, forced: bool) -> Found:
    """The engine's own worker, in this process, so that its parts can be timed."""
    clock, pipe = Clock(), _Pipe()
    clock.wrap(Context, ("decode",), "decoding")
    clock.wrap(Grammar, ("__init__", "best", "allows", "accept", "close"), "checking")
    clock.wrap(Follower, ("accept", "forced"), "checking")
    options = replace(settings, grammar=settings.grammar if grammar else None, forced=forced)
    with Model(path) as model:
        began = time.perf_counter()
        engine._serve(pipe, model, jobs, options, time.monotonic())  # type: ignore[arg-type]
        seconds = time.perf_counter() - began
    answers = [Prediction(c.id, c.text, c.stop, c.prompt_tokens, c.new_tokens) for c in pipe.answers]
    new, evaluated = sum(answer.new_tokens for answer in answers), sum(work.evaluated for work in pipe.work)
    clock.seconds["answering"] = clock.seconds["decoding"] * new / evaluated
    clock.seconds["reading"] = clock.seconds["decoding"] - clock.seconds["answering"]
    return _found(clock, seconds, answers) | {"forced": sum(work.forced for work in pipe.work)}


def _chain(path: Path, jobs: list[Job], settings: EngineSettings, grammar: bool) -> Found:
    for name in [name for name in sys.modules if name.split(".")[0] == "llama_cpp"]:
        del sys.modules[name]  # ours loads only its low-level part
    from llama_cpp import Llama, LlamaGrammar

    clock = Clock()
    clock.wrap(Llama, ("eval",), lambda _, tokens: "answering" if len(tokens) == 1 else "reading")
    clock.wrap(Llama, ("sample",), "checking")
    llama = Llama(str(path), n_ctx=2048, n_threads=settings.threads, flash_attn=True, verbose=False)
    rules = LlamaGrammar.from_string(settings.grammar or "", verbose=False) if grammar else None
    answers: list[Prediction] = []
    began = time.perf_counter()
    for job in jobs:
        before = clock.calls["checking"]
        tokens = llama.tokenize(job.prompt.encode(), add_bos=False, special=True)
        out = llama.create_completion(tokens, max_tokens=settings.max_tokens, temperature=0.0, grammar=rules)
        choice = out["choices"][0]
        stop = "eos" if choice["finish_reason"] == "stop" else "length"
        new = clock.calls["checking"] - before - (stop == "eos")
        answers.append(Prediction(job.id, choice["text"], stop, len(tokens), new))
    return _found(clock, time.perf_counter() - began, answers)


def _found(clock: Clock, seconds: float, answers: Sequence[Prediction]) -> Found:
    return {
        "prompts": len(answers),
        "seconds": seconds,
        "answering": clock.seconds["answering"],
        "reading": clock.seconds["reading"],
        "checking": clock.seconds["checking"],
        "new": sum(answer.new_tokens for answer in answers),
        "answers": [asdict(answer) for answer in answers],
    }


VARIANTS: dict[str, Callable[[Path, list[Job], EngineSettings], Found]] = {
    "engine, no grammar": partial(_engine, grammar=False, forced=False),
    "engine, token by token": partial(_engine, grammar=True, forced=False),
    "engine, forced runs": partial(_engine, grammar=True, forced=True),
    "llama-cpp-python, no grammar": partial(_chain, grammar=False),
    "llama-cpp-python, LlamaGrammar": partial(_chain, grammar=True),
}

if __name__ == "__main__":
    main()

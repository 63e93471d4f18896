"""The generation engine: many prompts through one GGUF, in a child process that may crash without taking the run.

A crash of llama.cpp costs the samples that were running: they are queued again, and one that was running in two
crashes is reported as `crashed`.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from multiprocessing.connection import Connection
from pathlib import Path

from evals.errors import EngineError
from evals.forced import forced_runs
from evals.sampling import Sampler
from evals.scheduler import Scheduler, Work
from line.errors import InputError, JosiError, MissingError
from line.grammar import Grammar
from line.llama import Adapter, Context, Model

MAX_CRASHES = 2
CELLS = 32768  # of the KV cache at most: 750 MB for SmolLM2-135M in F16


@dataclass(frozen=True)
class Job:
    """One prompt, chat format applied."""

    id: str
    prompt: str


@dataclass(frozen=True)
class EngineSettings:
    """How to generate. `n_ctx` is the most tokens one sequence may hold, prompt and answer.

    temperature: 0 is greedy, else `seed` decides what is drawn; the same seed and build give the same answers.
    library: folder of another build of llama.cpp's shared libraries; None is the installed one.
    """

    max_tokens: int
    grammar: str | None = None
    adapter: Path | None = None
    n_ctx: int = 4096
    parallel: int = 32
    threads: int = 2
    kv: str = "f16"
    temperature: float = 0.0
    seed: int = 0
    library: Path | None = None
    forced: bool = True  # tokens that the grammar leaves no choice about are written without asking the model


@dataclass(frozen=True)
class Completion:
    """An answer; `stop` is "eos", "length" (cut off), "too_long" (prompt does not fit) or "crashed".

    chosen: of its first few tokens that were not forced: the place in `text` in UTF-8 bytes, and the probability, 0…1,
    that the model gave (softmax over all logits). Empty where a server does not tell.
    """

    id: str
    text: str
    prompt_tokens: int
    new_tokens: int
    stop: str
    seconds: float  # since the start of the run
    chosen: tuple[tuple[int, float], ...] = ()


OnDone = Callable[[Completion], None]
OnWork = Callable[[Work], None]


def generate(
    model: Path,
    jobs: Sequence[Job],
    settings: EngineSettings,
    on_done: OnDone | None = None,
    on_work: OnWork | None = None,
) -> list[Completion]:
    """Answers all jobs; results come in the order of `jobs`, `on_done` is called as each one ends.

    `on_work` is told what each group of like prompts cost, when it is through.

    Raises:
        MissingError, InputError: no such model or library, not a GGUF, a grammar or adapter that llama.cpp refuses.
        EngineError: the engine cannot run at all (the worker dies before it takes a sample).
    """
    if settings.library and not any(settings.library.glob("*llama*")):
        raise MissingError(f"No llama.cpp libraries in {settings.library}. Run `bash bootstrap.sh setup`.")
    done: dict[str, Completion] = {}
    crashes: dict[str, int] = {}
    start = time.monotonic()

    def finish(completion: Completion) -> None:
        done[completion.id] = completion
        if on_done:
            on_done(completion)

    while todo := [job for job in jobs if job.id not in done]:
        running = _run_worker(model, todo, settings, finish, on_work, start)
        for job_id in running:
            crashes[job_id] = crashes.get(job_id, 0) + 1
            if crashes[job_id] >= MAX_CRASHES:
                finish(Completion(job_id, "", 0, 0, "crashed", time.monotonic() - start))
    return [done[job.id] for job in jobs]


def _run_worker(
    model: Path, jobs: list[Job], settings: EngineSettings, finish: OnDone, on_work: OnWork | None, start: float
) -> set[str]:
    """Runs one child over the jobs; returns the ids that were running if it crashed (else an empty set)."""
    process_context = multiprocessing.get_context("spawn")
    receiver, sender = process_context.Pipe(duplex=False)
    worker = process_context.Process(target=_work, args=(sender, model, jobs, settings, start), daemon=True)
    worker.start()
    sender.close()
    running: set[str] = set()
    try:
        while True:
            kind, value = receiver.recv()
            if kind == "start":
                running.add(value)
            elif kind == "done":
                running.discard(value.id)
                finish(value)
            elif kind == "work":
                if on_work:
                    on_work(value)
            elif kind == "end":
                return set()
            else:
                raise value
    except EOFError:
        worker.join()
        if not running:
            raise EngineError(
                f"llama.cpp crashed (exit code {worker.exitcode}) before it took a sample of {model}. "
                "Check the file with `josi doctor` and the grammar with `pytest -m grammar`."
            ) from None
        return running
    finally:
        if worker.is_alive():
            worker.terminate()
        worker.join()
        receiver.close()


def _work(pipe: Connection, path: Path, jobs: list[Job], settings: EngineSettings, start: float) -> None:
    """The child's life: load, run, report; errors meant for a person travel back as they are."""
    if settings.library:
        os.environ["LLAMA_CPP_LIB_PATH"] = str(settings.library)  # llama-cpp-python reads it when it is first used
    try:
        with Model(path) as model:
            _serve(pipe, model, jobs, settings, start)
        pipe.send(("end", None))
    except (InputError, MissingError) as error:
        pipe.send(("error", error))
    except JosiError as error:
        pipe.send(("error", EngineError(str(error))))


def _serve(pipe: Connection, model: Model, jobs: list[Job], settings: EngineSettings, start: float) -> None:
    prompts = {job.id: model.tokenize(job.prompt) for job in jobs}
    fitting = {k: v for k, v in prompts.items() if len(v) + settings.max_tokens <= settings.n_ctx}
    for job_id, tokens in prompts.items():
        if job_id not in fitting:
            pipe.send(("done", Completion(job_id, "", len(tokens), 0, "too_long", time.monotonic() - start)))
    for group in _by_length(fitting, settings):
        _serve_group(pipe, model, group, settings, start)


def _by_length(prompts: dict[str, list[int]], settings: EngineSettings) -> list[dict[str, list[int]]]:
    """Prompts apart by the cells they need: a context's streams are all as long as its longest sequence.

    Cells cost memory, and each sequence that starts has a whole stream copied for its prefix.
    """
    groups: dict[int, dict[str, list[int]]] = {}
    for job_id, tokens in prompts.items():
        groups.setdefault(_stream(len(tokens) + settings.max_tokens), {})[job_id] = tokens
    return [groups[length] for length in sorted(groups)]


def _stream(cells: int) -> int:
    """The length of a stream: llama.cpp pads to 256 cells; doubled from there, so that groups stay few."""
    return 256 << max(0, (-(-cells // 256) - 1).bit_length())


def _serve_group(
    pipe: Connection, model: Model, prompts: dict[str, list[int]], settings: EngineSettings, start: float
) -> None:
    stream = _stream(max(len(tokens) for tokens in prompts.values()) + settings.max_tokens)
    slots = max(1, min(settings.parallel, len(prompts), CELLS // stream))
    with Context(
        model, n_ctx=stream * (slots + 1), n_seq=slots + 1, threads=settings.threads, kv=settings.kv
    ) as context:
        if settings.adapter:
            context.set_adapter(Adapter(model, settings.adapter))
        gbnf = settings.grammar
        new_grammar = (lambda: Grammar(model, gbnf)) if gbnf is not None else None
        forced = forced_runs(model, gbnf) if gbnf is not None and settings.forced else None
        sampler = Sampler(settings.temperature, settings.seed)
        scheduler = Scheduler(context, slots, settings.max_tokens, new_grammar, forced, sampler)
        for end in scheduler.run(list(prompts.items()), lambda job_id: pipe.send(("start", job_id))):
            pieces = [model.piece(token) for token in end.out]
            starts = list(accumulate(map(len, pieces), initial=0))
            chosen = tuple((starts[at], probability) for at, probability in end.chosen)
            text = b"".join(pieces).decode("utf-8", "replace")
            seconds = time.monotonic() - start
            tokens = end.prompt_tokens, len(end.out)
            pipe.send(("done", Completion(end.id, text, *tokens, end.stop, seconds, chosen)))
        scheduler.work.peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        pipe.send(("work", scheduler.work))

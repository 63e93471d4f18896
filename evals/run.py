"""The evaluation stage: cases through a model, every answer logged as it comes, judged when all are there."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from evals.certainty import certainty
from evals.engine import Completion, EngineSettings, Job, generate
from evals.predictions import Prediction
from evals.remote import Server, generate_at
from evals.samples import EvalCase
from evals.scheduler import Work
from josi.chat_format import detect, render
from josi.prompts import explainer_messages, interpreter_messages
from line import digest
from line.llama import Model
from line.store import Artifact, Recipe, Store, write_text

PREDICTIONS = "predictions.jsonl"
STATS = "stats.json"
CODE = ("evals.engine",)
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Decoding:
    """How a model is run, beside what it is; see `evals.engine.EngineSettings`. A repeat changes one of these."""

    parallel: int = EngineSettings.parallel
    temperature: float = 0.0
    seed: int = 0
    library: Path | None = None


@dataclass(frozen=True)
class RoleModel:
    """What answers for a role: a GGUF, the adapter put on it (or None), and the grammar it is held to (or None).

    `server`: the address of an OpenAI-compatible server that serves this GGUF; "" runs it in a child process here.
    """

    role: str
    model: Path
    adapter: Path | None = None
    grammar: str | None = None
    max_tokens: int = 96
    server: str = ""
    decoding: Decoding = Decoding()


def predict(store: Store, model: RoleModel, cases: Sequence[EvalCase], progress: Progress | None = None) -> Artifact:
    """All cases' answers (`predictions.jsonl`) and the run's figures (`stats.json`) as an artifact.

    Each answer is written as it ends, so a killed run goes on with those that are missing.

    Raises:
        MissingError, InputError: the model, adapter or grammar is missing or not usable.
        EngineError: llama.cpp cannot run the model at all.
    """
    recipe = prediction_recipe(model, cases)

    def build(out: Path) -> None:
        _run(model, cases, out, progress)

    made = store.make(recipe, build, keep_partial=True)
    if any(answer.stop == "crashed" for answer in read_predictions(made)):
        # Told to the judge this once, but not kept: the next run asks again.
        lost = replace(made, path=made.path.with_name(made.path.name + ".crashed"))
        shutil.rmtree(lost.path, ignore_errors=True)
        made.path.rename(lost.path)
        return lost
    return made


def prediction_recipe(model: RoleModel, cases: Sequence[EvalCase]) -> Recipe:
    """What decides the answers: weights, adapter, grammar, prompts, the engine and its build."""
    from line.binding import build_info

    prompts = [[job.id, job.prompt] for job in jobs_of(model, cases)]
    inputs = {"model": digest.of_file(model.model), "prompts": digest.of_json(prompts)}
    if model.adapter:
        inputs["adapter"] = digest.of_file(model.adapter)
    if model.grammar:
        inputs["grammar"] = digest.of_bytes(model.grammar.encode())
    settings = {"role": model.role, "max_tokens": model.max_tokens, "llama_cpp": build_info()}
    settings |= {name: value for name, value in asdict(model.decoding).items() if name != "library"}
    if model.decoding.library:
        inputs["library"] = digest.of_tree(model.decoding.library)
    if model.server:
        settings |= {"llama_cpp": "", "server": model.server}
    return Recipe("predictions", inputs, settings, CODE)


def jobs_of(model: RoleModel, cases: Sequence[EvalCase]) -> list[Job]:
    """The cases as prompts in the model's chat format."""
    chat_format = chat_format_of(model.model)
    return [Job(case.id, render(chat_format, messages_of(case))) for case in cases]


def messages_of(case: EvalCase) -> list[dict[str, str]]:
    """The chat of one case in its role."""
    if case.role == "interpreter":
        return interpreter_messages(case.message, case.context)
    return explainer_messages(case.message, case.context, case.gatc_result, case.memory)


def read_predictions(artifact: Artifact) -> list[Prediction]:
    """The answers of a finished run."""
    return [as_prediction(row) for row in _logged(artifact.path / PREDICTIONS).values()]


def as_prediction(row: Mapping[str, Any]) -> Prediction:
    """A completion, as it is logged, for the judge."""
    sure = certainty(row["text"], row["chosen"])
    return Prediction(row["id"], row["text"], row["stop"], row["prompt_tokens"], row["new_tokens"], sure)


def chat_format_of(gguf: Path) -> str:
    """The chat format of a GGUF, told by the template in its header."""
    with Model(gguf, vocab_only=True) as vocabulary:
        return detect(vocabulary.chat_template())


def threads() -> int:
    """Threads for llama.cpp: the CPUs this process may use, since its threads spin and must not share one."""
    return len(os.sched_getaffinity(0))


def _run(model: RoleModel, cases: Sequence[EvalCase], out: Path, progress: Progress | None) -> None:
    log = out / PREDICTIONS
    done = _logged(log)
    if log.is_file():  # a last line that a kill cut short would swallow the next answer
        write_text(log, "".join(_whole_lines(log)))
    todo = [job for job in jobs_of(model, cases) if job.id not in done]
    decoding = {field.name: getattr(model.decoding, field.name) for field in fields(Decoding)}
    settings = EngineSettings(model.max_tokens, model.grammar, model.adapter, threads=threads(), **decoding)
    fresh: list[Completion] = []
    work: list[Work] = []
    with log.open("a", encoding="utf-8") as file:

        def write(completion: Completion) -> None:
            file.write(json.dumps(asdict(completion), ensure_ascii=True) + "\n")
            file.flush()
            fresh.append(completion)
            if progress:
                progress(len(done) + len(fresh), len(cases))

        if todo:
            if model.server:
                generate_at(Server(model.server), todo, settings, write)
            else:
                generate(model.model, todo, settings, write, work.append)
    (out / STATS).write_text(json.dumps(stats_of(fresh, work), indent=2) + "\n", encoding="utf-8")


def stats_of(fresh: Sequence[Completion], work: Sequence[Work] = ()) -> Mapping[str, float]:
    """Figures of one run: prompts, seconds, prompts a second, tokens read and written a second, and `Work`'s.

    A completion's `seconds` count from the start of the run.
    """
    seconds = max((c.seconds for c in fresh), default=0.0)
    rate = 1 / seconds if seconds else 0.0
    return {
        "prompts": len(fresh),
        "seconds": round(seconds, 3),
        "prompts_per_s": round(len(fresh) * rate, 3),
        "prompt_tokens": sum(c.prompt_tokens for c in fresh),
        "new_tokens": sum(c.new_tokens for c in fresh),
        "tokens_per_s": round(sum(c.prompt_tokens + c.new_tokens for c in fresh) * rate, 1),
        "first_answer_s": round(min((c.seconds for c in fresh), default=0.0), 3),
        **{f"{name}_tokens": sum(getattr(w, name) for w in work) for name in ("evaluated", "shared", "forced")},
        "steps": sum(w.steps for w in work),
        "peak_mb": max((w.peak_mb for w in work), default=0),
    }


def _logged(path: Path) -> dict[str, dict[str, Any]]:
    """Answers already written; a last line that a kill cut short does not count."""
    rows = [json.loads(line) for line in _whole_lines(path)] if path.is_file() else []
    names = {f.name for f in fields(Completion)}
    return {row["id"]: row for row in rows if names <= row.keys()}


def _whole_lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines(keepends=True) if line.endswith("\n")]

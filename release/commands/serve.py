"""`josi run SUITE`: the line protocol of the contract, JSON Lines in and out, to try a model on any file."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, TextIO

import typer

from evals.answers import ModelSuites
from evals.probe import require_loadable
from evals.run import RoleModel, chat_format_of
from josi.protocol import PURE_SUITES, prompt_handler, serve
from line.errors import InputError
from line.llama import Model
from release.commands.options import make_line
from release.line import Line

MODEL_SUITES = ("interpreter", "explainer")
PROMPT = "prompt"  # needs the model's vocabulary, not the model
SUITES = (*MODEL_SUITES, PROMPT, *PURE_SUITES)


def run(
    suite: Annotated[str, typer.Argument(help=", ".join(SUITES))],
    model: Annotated[Path | None, typer.Option("--model", help="a GGUF in place of the release's")] = None,
    adapter: Annotated[Path | None, typer.Option("--adapter", help="a GGUF LoRA put on the model")] = None,
) -> None:
    """Reads JSON Lines on stdin, writes one JSON line for each on stdout; exit code 1 if any line was an error."""
    source = (raw.decode("utf-8", "replace") for raw in sys.stdin.buffer)
    if suite in PURE_SUITES:
        raise typer.Exit(serve(source, PURE_SUITES[suite], sys.stdout))
    if suite == PROMPT:
        raise typer.Exit(serve_prompts(source, model, sys.stdout))
    if suite not in MODEL_SUITES:
        raise InputError(f"Unknown suite {suite!r}; there are: {', '.join(SUITES)}.")
    line = make_line()
    # The map belongs to the release's own Interpreter: another model is as sure as it says.
    fit = line.confidence if suite == "interpreter" and model is None else None
    answers = ModelSuites(_role_model(line, suite, model, adapter), fit)
    raise typer.Exit(answers.serve(sys.stdin.buffer, sys.stdout))


def serve_prompts(source: Iterable[str], model: Path | None, out: TextIO) -> int:
    """The suite `prompt` with the vocabulary of a GGUF, by default the release's; 0, or 1 when a line was an error."""
    path = model or make_line().base_gguf.file("base.Q4_K_M.gguf")
    require_loadable(path)
    with Model(path, vocab_only=True) as vocabulary:
        handler = prompt_handler(lambda text: len(vocabulary.tokenize(text, special=False)), chat_format_of(path))
        return serve(source, handler, out)


def _role_model(line: Line, role: str, model: Path | None, adapter: Path | None) -> RoleModel:
    if model is None and adapter is not None:
        raise InputError("--adapter needs --model, the GGUF that it is put on (base.Q4_K_M.gguf of the release).")
    if model is None:
        return line.role_model(role)
    require_loadable(model)
    grammar = line.grammar.read_text(encoding="utf-8") if role == "interpreter" else None
    return RoleModel(role, model, adapter, grammar, line.recipes[role].max_new_tokens)

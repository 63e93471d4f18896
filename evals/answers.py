"""The suites that need a model, behind the line protocol: what lies ready on stdin is answered as one batch.

A file is thus answered at the engine's full speed, and a peer that sends one line and waits gets its answer.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, BinaryIO, TextIO

from evals.calibration import Fit
from evals.certainty import certainty
from evals.engine import Completion, EngineSettings, Job, generate
from evals.run import RoleModel, chat_format_of, threads
from josi.chat_format import render
from josi.confidence import calibrated
from josi.errors import ContractError
from josi.postprocess import finish
from josi.prompt_builder import BUDGET, shortened
from josi.prompts import explainer_messages, interpreter_messages
from josi.protocol import object_field, serve, text_field
from josi.safety import athlete_text
from line.llama import Model

CHUNK = 1 << 20  # bytes read at a time
Row = dict[str, Any]
# The Interpreter asks back in these cases; the Explainer has nothing to fall back on.
UNANSWERED = {
    "too_long": "the prompt of {} tokens is too long for the model's context: shorten message, context or memory",
    "crashed": "llama.cpp crashed on this prompt, twice",
}


class ModelSuites:
    """Answers the `interpreter` or `explainer` suite with one model; `fit` maps how sure the Interpreter is to
    confidence, None takes the probability of its action as it is."""

    def __init__(self, model: RoleModel, fit: Fit | None = None) -> None:
        self.model, self.fit = model, fit
        self.chat_format = chat_format_of(model.model)

    def serve(self, source: BinaryIO, out: TextIO) -> int:
        """Answers all lines in order; 0, or 1 when any answer is an error."""
        code = 0
        for lines in _batches(source):
            # The protocol parses, copies ids and reports bad lines; the answers are waiting when it asks.
            answers = self._generate(dict(self._prompts(lines)))
            code |= serve(lines, partial(self._finish, answers), out)
        return code

    def _prompts(self, lines: list[str]) -> Iterator[tuple[str, str]]:
        for line in lines:
            try:
                yield _key(row := json.loads(line)), self._prompt(row)
            except (ValueError, TypeError, AttributeError, RecursionError, ContractError):
                continue  # `serve` meets the same line again and reports it

    def _prompt(self, row: Mapping[str, Any]) -> str:
        message, context = self._shown(text_field(row, "message")), text_field(row, "context")
        if self.model.role == "interpreter":
            return render(self.chat_format, interpreter_messages(message, context))
        gatc_result = object_field(row, "gatc_result", optional=True)
        return render(self.chat_format, explainer_messages(message, context, gatc_result, _memory(row)))

    def _shown(self, message: str) -> str:
        """What the model reads of a message: both ends of one that is longer than its budget."""
        limit = BUDGET["user"] + BUDGET["reserve"]
        if len(message.encode("utf-8", "surrogatepass")) <= limit:  # no more tokens than bytes: no need to count
            return message
        with Model(self.model.model, vocab_only=True) as vocabulary:
            return shortened(message, limit, lambda text: len(vocabulary.tokenize(text, special=False)))

    def _generate(self, prompts: Mapping[str, str]) -> dict[str, Completion]:
        settings = EngineSettings(self.model.max_tokens, self.model.grammar, self.model.adapter, threads=threads())
        jobs = [Job(key, prompt) for key, prompt in prompts.items()]
        return {c.id: c for c in generate(self.model.model, jobs, settings)}

    def _finish(self, answers: Mapping[str, Completion], row: Row) -> Row:
        key = _key(row)
        if key not in answers:
            self._prompt(row)  # a missing field is this row's error
        answer = answers[key]
        if self.model.role == "explainer":
            if answer.stop in UNANSWERED:
                raise ContractError(UNANSWERED[answer.stop].format(answer.prompt_tokens))
            return {"text": athlete_text(answer.text, row["message"]).text, "raw": answer.text}
        sure = certainty(answer.text, answer.chosen)
        return {
            "request": final_request(answer.text, row["message"], row["context"], sure, self.fit),
            "raw": _decision(answer.text),
        }


def final_request(raw: str, message: str, context: str, sure: float | None = None, fit: Fit | None = None) -> Row:
    """The request the app would act on, with its confidence.

    Raw text that is no decision (a crash, a cut) asks for the intent, with a confidence of 0. sure: see
    `evals.certainty`; None leaves the confidence that the model wrote, if it wrote one.
    """
    decision = _decision(raw)
    if not isinstance(decision, dict):
        return finish({"confidence": 0}, message, context)
    signal = decision.get("confidence") if fit and fit.signal == "written" else sure
    if isinstance(signal, int | float) and not isinstance(signal, bool):
        decision |= {"confidence": calibrated(signal, fit.knots if fit else ())}
    return finish(decision, message, context)


def _decision(raw: str) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return raw


def _memory(row: Mapping[str, Any]) -> list[str] | None:
    memory = row.get("memory")
    if memory is None:
        return None
    if not isinstance(memory, list) or not all(isinstance(fact, str) for fact in memory):
        raise ContractError("field 'memory' must be a list of fact strings or null")
    return memory


def _key(row: Any) -> str:
    """Rows that ask the same share one answer."""
    return json.dumps({k: v for k, v in row.items() if k != "id"}, sort_keys=True)


def _batches(source: BinaryIO) -> Iterator[list[str]]:
    """Whole lines, as many as lie ready at a time."""
    raw = source.raw if isinstance(source, io.BufferedReader) else source
    rest = b""
    while chunk := raw.read(CHUNK) or b"":
        *lines, rest = (rest + chunk).split(b"\n")
        if lines:
            yield [line.decode("utf-8", "replace") for line in lines]
    if rest.strip():
        yield [rest.decode("utf-8", "replace")]

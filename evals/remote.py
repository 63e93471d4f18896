"""The engine's other back-end: any OpenAI-compatible server that holds an answer to a grammar.

llama-server takes the GBNF as `grammar`, vLLM as `structured_outputs.grammar`; both are sent, and each server leaves
alone what it does not know. A server that leaves the grammar alone too is told by its answers.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

from evals.engine import MAX_CRASHES, Completion, EngineSettings, Job, OnDone
from evals.errors import EngineError
from grammars.automaton import automaton
from line.errors import InputError


@dataclass(frozen=True)
class Server:
    """Where it listens (`http://host:port`), its name for the model, how many requests it is sent at a time."""

    url: str
    model: str = "default"
    parallel: int = 16
    timeout_s: float = 600.0


def generate_at(
    server: Server, jobs: Sequence[Job], settings: EngineSettings, on_done: OnDone | None = None
) -> list[Completion]:
    """Answers all jobs as `evals.engine.generate` does; a request that fails twice is reported as "crashed".

    Raises:
        InputError: an adapter is asked for: it has to be given to the server.
        EngineError: nothing answers there, the server refuses the request, or does not hold to the grammar.
    """
    if settings.adapter:
        raise InputError(
            f"{server.url} cannot be sent an adapter: start the server with it (llama-server --lora FILE)."
        )
    start = time.monotonic()
    done: dict[str, Completion] = {}
    with ThreadPoolExecutor(server.parallel) as pool:
        waiting = [pool.submit(_answer, server, job, settings, start) for job in jobs]
        try:
            for future in as_completed(waiting):
                completion = future.result()
                _require_grammar(server, completion, settings)
                done[completion.id] = completion
                if on_done:
                    on_done(completion)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return [done[job.id] for job in jobs]


def _answer(server: Server, job: Job, settings: EngineSettings, start: float) -> Completion:
    for attempt in range(MAX_CRASHES):
        try:
            answer = _post(server, _body(server, job, settings))
        except (ConnectionError, TimeoutError) as error:
            if attempt == 0 and isinstance(error, ConnectionRefusedError):
                raise EngineError(
                    f"Nothing answers at {server.url}. Start it: llama-server -m MODEL.gguf -np 16"
                ) from error
            continue
        choice, usage = answer["choices"][0], answer.get("usage", {})
        stop = "length" if choice.get("finish_reason") == "length" else "eos"
        tokens = int(usage.get("prompt_tokens", 0)), int(usage.get("completion_tokens", 0))
        return Completion(job.id, str(choice["text"]), *tokens, stop, time.monotonic() - start)
    return Completion(job.id, "", 0, 0, "crashed", time.monotonic() - start)


def _body(server: Server, job: Job, settings: EngineSettings) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": server.model,
        "prompt": job.prompt,
        "max_tokens": settings.max_tokens,
        "temperature": settings.temperature,
        "seed": settings.seed,
        "cache_prompt": True,
    }
    if settings.grammar is not None:
        body |= {"grammar": settings.grammar, "structured_outputs": {"grammar": settings.grammar}}
    return body


def _post(server: Server, body: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(
        f"{server.url.rstrip('/')}/v1/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=server.timeout_s) as answer:
            found: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        text = error.read(2000).decode("utf-8", "replace")
        if error.code < 500:
            raise EngineError(f"{server.url} refuses the request ({error.code}): {text}") from error
        raise ConnectionError(text) from error
    except urllib.error.URLError as error:
        if isinstance(error.reason, OSError):
            raise error.reason from error
        raise EngineError(f"{server.url} is no address of a server: {error.reason}") from error
    if not found.get("choices"):
        raise EngineError(f"{server.url} is not an OpenAI-compatible server: it answered {str(found)[:200]}")
    return found


def _require_grammar(server: Server, completion: Completion, settings: EngineSettings) -> None:
    if settings.grammar is None or completion.stop == "crashed":
        return
    rules = automaton(settings.grammar)
    state = rules.step(rules.start, completion.text)
    if not state or (completion.stop == "eos" and () not in state):
        raise EngineError(
            f"{server.url} does not hold its answers to the grammar: {completion.text[:120]!r}. Use llama-server, or a "
            "vLLM whose structured outputs take a grammar."
        )

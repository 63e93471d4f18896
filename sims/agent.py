"""The app's life inside the phone: cold start, then chat turns through the whole loop, a JSON line an event.

    python3 -m sims.agent /job/job.json

Events: `stage` (what begins), `loaded`, `turn`, `error`, `end`. After `end` the agent waits for SIGTERM, so
that the host can read the final memory figures while the control group still exists.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from josi.clarify import INTENT, clarify_decision
from josi.gatc_standin import plan
from josi.postprocess import finish
from josi.prompts import explainer_messages, interpreter_messages
from josi.safety import athlete_text
from line.chat import Chat, Reply, render
from line.errors import JosiError
from sims.job import Job, Turn
from sims.phone import Phone, make_phone

_LINGER_S = 30


def emit(kind: str, **values: object) -> None:
    """Writes one event; flushed, since the kernel may kill us at any moment."""
    line = {"event": kind, "t_s": round(time.monotonic(), 4), **values}
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def run(job: Job, folder: Path) -> None:
    """Lives one app life with the job's models and turns."""
    phone = make_phone(job, folder, _announce)
    grammar = (folder / job.grammar).read_text(encoding="utf-8")
    start = time.perf_counter()
    phone.start()
    emit("loaded", seconds=_since(start), mapped=_is_mapped(folder), **_memory())
    for number, turn in enumerate(job.turns, 1):
        emit("stage", stage=f"turn {number}")
        emit("turn", n=number, **chat_turn(phone, job, grammar, turn), **_memory())


def _announce(stage: str, *, mb: float = 0.0) -> None:
    emit("stage", stage=stage, mb=mb)


def chat_turn(phone: Phone, job: Job, grammar: str, turn: Turn) -> dict[str, object]:
    """One message through Interpreter, post-processing, the engine's stand-in, Explainer and governor."""
    start = time.perf_counter()
    messages = interpreter_messages(turn.message, turn.context)
    reading, reading_costs = _reply(phone, "interpreter", messages, job.interpreter_max_tokens, grammar)
    decision, valid = read_decision(reading.text)
    request = finish(decision, turn.message, turn.context)
    emit("stage", stage="the explainer")
    asked = time.perf_counter()
    answer_to = explainer_messages(turn.message, turn.context, plan(request, turn.context), None)
    answer, answer_costs = _reply(phone, "explainer", answer_to, job.explainer_max_tokens, None)
    text = athlete_text(answer.text, turn.message).text
    return {
        "seconds": _since(start),
        "first_word_s": round(asked - start + answer_costs["swap_s"] + answer.first_token_s, 4),
        "valid": valid,
        "request": request,
        "text": text,
        "interpreter": reading_costs,
        "explainer": answer_costs,
    }


def read_decision(text: str) -> tuple[dict[str, Any], bool]:
    """The model's decision and whether its text was one (a runaway answer is cut and no longer JSON).

    Where it was none, the app asks the athlete and guesses nothing.
    """
    try:
        decision = json.loads(text)
    except json.JSONDecodeError:
        decision = None
    return (decision, True) if isinstance(decision, dict) else (clarify_decision([INTENT]), False)


def _reply(
    phone: Phone, role: str, messages: Sequence[dict[str, str]], max_tokens: int, grammar: str | None
) -> tuple[Reply, dict[str, Any]]:
    start = time.perf_counter()
    chat: Chat = phone.use(role)
    swap_s = _since(start)
    reply = chat.reply(render(chat.context.model, messages), max_tokens=max_tokens, grammar=grammar)
    costs = {k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(reply).items() if k != "text"}
    rates = {"prefill_tps": round(reply.prefill_tps, 2), "decode_tps": round(reply.decode_tps, 2)}
    return reply, {"swap_s": swap_s, **costs, **rates}


def _since(start: float) -> float:
    return round(time.perf_counter() - start, 4)


def _is_mapped(folder: Path) -> bool:
    """Whether a model file is memory-mapped now; llama.cpp need not do what the settings ask for."""
    return f"{folder}/" in Path("/proc/self/maps").read_text()


def _memory() -> dict[str, object]:
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    rss_kb = int(status["VmRSS"].split()[0])
    return {
        "rss_mb": round(rss_kb / 1024, 1),
        "major_faults": resource.getrusage(resource.RUSAGE_SELF).ru_majflt,
    }


def main(path: Path) -> int:
    """Runs the job file; 0 when every turn was lived through."""
    # SIGTERM is held back until we wait for it, or a fast host could end us between `end` and the wait.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    job = Job.from_json(path.read_text(encoding="utf-8"))
    signal.alarm(job.deadline_s)  # an orphan of a killed host ends by itself
    code = 0
    try:
        run(job, path.parent)
    except (JosiError, ValueError, OSError) as error:
        emit("error", message=f"{type(error).__name__}: {error}")
        code = 1
    emit("end", code=code, **_memory())
    signal.sigtimedwait({signal.SIGTERM}, _LINGER_S)
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

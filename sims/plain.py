"""What measuring costs: the same answers by the agent's means and by llama.cpp alone, in turn, inside one phone.

    python3 -m sims.plain /job/job.json

Before each segment `{"event": "segment", "kind": "plain" | "measured"}`, so that the host can stop or start its
readings; after it `{"event": "took", "kind": …, "seconds": …, "tokens": …}`. Both evaluate and write the same tokens.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from line.chat import Chat
from line.llama import Context, Model
from sims.footprint import process_memory
from sims.job import Job, turns_of
from sims.loop import prompt_of

PAIRS = 90
_SETTLE_S = 0.05  # until the host has heard of it
_PROMPTS = 3  # in turn, one a segment: the shorter a pair, the less a machine's slow minutes come between its halves


def main(path: Path) -> int:
    """Runs the pairs, each in the other order than the one before."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    job = Job.from_json(path.read_text(encoding="utf-8"))
    signal.alarm(job.deadline_s)
    model = Model(path.parent / job.explainer, use_mmap=job.use_mmap)
    chat = Chat(Context(model, n_ctx=job.context, threads=job.threads))
    prompts = [prompt_of(chat, "explainer", turn, None) for turn in turns_of(job.steps)[:_PROMPTS]]
    kinds: dict[str, Callable[[str], int]] = {
        "plain": lambda prompt: plain(chat.context, prompt, job.explainer_max_tokens),
        "measured": lambda prompt: measured(chat, prompt, job.explainer_max_tokens),
    }
    _say(event="loaded", cpu_total_s=time.process_time())
    for kind in ("plain", "measured"):
        _segment(kind, kinds[kind], prompts[0], warm_up=True)
    for pair in range(PAIRS):
        for kind in sorted(kinds, reverse=bool(pair % 2)):
            _segment(kind, kinds[kind], prompts[pair % len(prompts)])
    _say(event="end", cpu_total_s=time.process_time())
    signal.sigtimedwait({signal.SIGTERM}, 30)
    return 0


def plain(context: Context, prompt: str, max_tokens: int) -> int:
    """Greedy decoding by llama_decode and an argmax, nothing else; the tokens written."""
    context.clear()
    tokens = context.model.tokenize(prompt)
    count = len(tokens)
    context.decode(tokens, range(count), [0] * count, [False] * (count - 1) + [True])
    token, written = int(context.logits(count - 1).argmax()), 0
    while not context.model.is_eog(token) and written < max_tokens - 1:
        context.decode([token], [count + written], [0], [True])
        written += 1
        token = int(context.logits(0).argmax())
    return written + (not context.model.is_eog(token))  # the last of a full answer is never evaluated


def measured(chat: Chat, prompt: str, max_tokens: int) -> int:
    """The agent's way, with the events that it writes around a turn; the tokens written."""
    _say(event="stage", stage="turn", **process_memory())
    chat.forget()
    reply = chat.reply(prompt, max_tokens=max_tokens)
    _say(event="turn", **process_memory())
    return reply.new_tokens


def _segment(kind: str, answer: Callable[[str], int], prompt: str, *, warm_up: bool = False) -> None:
    _say(event="segment", kind=kind)
    time.sleep(_SETTLE_S)
    start = time.perf_counter()
    tokens = answer(prompt)
    seconds = time.perf_counter() - start
    if not warm_up:
        _say(event="took", kind=kind, seconds=seconds, tokens=tokens)


def _say(**event: object) -> None:
    sys.stdout.write(json.dumps({**event, "t_s": round(time.monotonic(), 4)}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

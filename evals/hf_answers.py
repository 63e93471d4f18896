"""The checkpoint's own answers, by transformers in float32 under llama.cpp's grammar: every GGUF is held to them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from evals.engine import Completion, Job
from evals.run import PREDICTIONS, STATS, Progress, RoleModel, jobs_of, stats_of
from evals.samples import EvalCase
from line import digest
from line.grammar import Grammar
from line.llama import Model
from line.store import Artifact, Recipe, Store

CODE = ("evals.hf_answers",)
ROWS = 16  # a batch; more are no faster on a CPU


def predict_hf(
    store: Store, checkpoint: Path, model: RoleModel, cases: Sequence[EvalCase], progress: Progress | None = None
) -> Artifact:
    """`predictions.jsonl` and `stats.json` as `evals.run.predict` writes them, greedy, by the checkpoint of `model`'s
    file."""
    jobs = jobs_of(model, cases)
    inputs = {"checkpoint": digest.of_tree(checkpoint), "prompts": digest.of_json([[j.id, j.prompt] for j in jobs])}
    inputs["grammar"] = digest.of_bytes((model.grammar or "").encode())

    def build(out: Path) -> None:
        found: list[Completion] = []
        with (out / PREDICTIONS).open("w", encoding="utf-8") as file:
            for completion in _answers(checkpoint, model, jobs):
                file.write(json.dumps(asdict(completion)) + "\n")
                found.append(completion)
                if progress:
                    progress(len(found), len(jobs))
        (out / STATS).write_text(json.dumps(stats_of(found), indent=2) + "\n", encoding="utf-8")

    return store.make(Recipe("hf_answers", inputs, {"max_tokens": model.max_tokens}, CODE), build)


def _answers(checkpoint: Path, model: RoleModel, jobs: Sequence[Job]) -> Iterator[Completion]:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    hf: Any = AutoModelForCausalLM.from_pretrained(checkpoint, dtype=torch.float32).eval()
    tokenizer: Any = AutoTokenizer.from_pretrained(checkpoint, padding_side="left")
    started = time.perf_counter()
    with Model(model.model, vocab_only=True) as vocabulary:
        queue = sorted(jobs, key=lambda job: -len(job.prompt))
        for start in range(0, len(queue), ROWS):
            for completion in _batch(hf, tokenizer, vocabulary, model, queue[start : start + ROWS]):
                yield replace(completion, seconds=time.perf_counter() - started)


def _batch(hf: Any, tokenizer: Any, vocabulary: Model, model: RoleModel, jobs: Sequence[Job]) -> Iterator[Completion]:
    import torch

    inputs = tokenizer([job.prompt for job in jobs], add_special_tokens=False, padding=True, return_tensors="pt")
    rows = [_Row(vocabulary, model.grammar) for _ in jobs]
    tokens, mask, cache = inputs["input_ids"], inputs["attention_mask"], None
    for _ in range(model.max_tokens):
        positions = (mask.cumsum(dim=1) - 1).clamp(min=0)[:, -tokens.shape[1] :]
        with torch.no_grad():
            step = hf(tokens, attention_mask=mask, position_ids=positions, past_key_values=cache, logits_to_keep=1)
        cache = step.past_key_values
        chosen = [row.choose(logits.numpy()) for row, logits in zip(rows, step.logits[:, -1], strict=True)]
        if all(row.ended for row in rows):
            break
        tokens = torch.tensor(chosen)[:, None]
        mask = torch.cat([mask, torch.ones_like(tokens)], dim=1)
    lengths = inputs["attention_mask"].sum(dim=1).tolist()
    for job, row, length in zip(jobs, rows, lengths, strict=True):
        text = b"".join(vocabulary.piece(token) for token in row.out).decode("utf-8", "replace")
        yield Completion(job.id, text, length, len(row.out), "eos" if row.ended else "length", 0.0)
        row.close()


class _Row:
    """One answer of a batch."""

    def __init__(self, vocabulary: Model, gbnf: str | None) -> None:
        self.vocabulary, self.out, self.ended = vocabulary, list[int](), False
        self.grammar = Grammar(vocabulary, gbnf) if gbnf else None

    def choose(self, logits: np.ndarray[Any, np.dtype[np.float32]]) -> int:
        """The next token; what an ended row is fed does not matter."""
        if self.ended:
            return 0
        logits = np.ascontiguousarray(logits[: self.vocabulary.n_vocab])
        token = self.grammar.best(logits) if self.grammar else int(logits.argmax())
        if self.vocabulary.is_eog(token):
            self.ended = True
            return 0
        self.out.append(token)
        if self.grammar:
            self.grammar.accept(token)
        return token

    def close(self) -> None:
        """Frees the grammar."""
        if self.grammar:
            self.grammar.close()

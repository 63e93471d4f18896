"""Does the GGUF still say what the checkpoint says: next-token distributions on real prompts, HF against llama.cpp.

The Hugging Face checkpoint in float32 is the reference. For each prompt and each position of its answer both give a
distribution over the vocabulary; reported are the mean Kullback-Leibler divergence KL(HF || GGUF) in nats and the
share of positions where both put the same token first: of all positions, and of those where the checkpoint is sure of
its first token. Where several words are as right ("easy", "gentle"), which of them comes first is noise in any format.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from evals.errors import EngineError
from line import digest
from line.binding import build_info
from line.llama import Context, Model
from line.store import Artifact, Recipe, Store

Logits = npt.NDArray[np.float32]
CODE = ("evals.parity",)
SURE = 0.5  # probability: more than all other tokens together


@dataclass(frozen=True)
class Parity:
    """One GGUF against its checkpoint over `positions` answer tokens.

    `sure`: at how many of them the checkpoint's first token has at least half of the probability; `sure_same`: at how
    many of those the GGUF puts the same token first.
    """

    kind: str
    kl: float
    kl_p99: float
    top1: float
    positions: int
    sure: int
    sure_same: int


def parity_artifact(
    store: Store, checkpoint: Path, ggufs: Mapping[str, Path], texts: Sequence[tuple[str, str]]
) -> Artifact:
    """`parity.json`: {kind: Parity} for each GGUF. texts: (prompt, answer) pairs, chat format applied."""
    inputs = {kind: digest.of_file(path) for kind, path in ggufs.items()}
    inputs |= {"checkpoint": digest.of_tree(checkpoint), "texts": digest.of_json(list(texts))}

    def build(out: Path) -> None:
        result = {p.kind: asdict(p) for p in compare(checkpoint, ggufs, texts)}
        (out / "parity.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")

    return store.make(Recipe("parity", inputs, {"llama_cpp": build_info()}, CODE), build)


def compare(checkpoint: Path, ggufs: Mapping[str, Path], texts: Sequence[tuple[str, str]]) -> list[Parity]:
    """One Parity for each GGUF, in the order given."""
    reference = _reference(checkpoint, texts)
    return [_against(kind, path, texts, reference) for kind, path in ggufs.items()]


def divergence(reference: Logits, other: Logits) -> npt.NDArray[np.float64]:
    """KL(reference || other) in nats for each row of two (positions, vocabulary) arrays of logits.

    Source: Kullback and Leibler (1951), over the softmax of the logits.
    """
    p, q = _log_softmax(reference), _log_softmax(other)
    return np.asarray((np.exp(p) * (p - q)).sum(axis=1))


def _log_softmax(logits: Logits) -> npt.NDArray[np.float64]:
    wide = logits.astype(np.float64)
    wide = wide - wide.max(axis=1, keepdims=True)
    return np.asarray(wide - np.log(np.exp(wide).sum(axis=1, keepdims=True)))


def _reference(checkpoint: Path, texts: Sequence[tuple[str, str]]) -> list[Logits]:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model: Any = AutoModelForCausalLM.from_pretrained(checkpoint, dtype=torch.float32).eval()
    tokenizer: Any = AutoTokenizer.from_pretrained(checkpoint)
    found: list[Logits] = []
    for prompt, answer in texts:
        head = tokenizer(prompt, add_special_tokens=False)["input_ids"]
        ids = head + tokenizer(answer, add_special_tokens=False)["input_ids"]
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([ids])).logits[0, len(head) - 1 :]
        found.append(logits.numpy().astype(np.float32))
    return found


def _against(kind: str, path: Path, texts: Sequence[tuple[str, str]], reference: Sequence[Logits]) -> Parity:
    divergences: list[float] = []
    same: list[bool] = []
    sure: list[bool] = []
    with Model(path) as model:
        for (prompt, answer), wanted in zip(texts, reference, strict=True):
            got = answer_logits(model, prompt, answer)
            if len(got) != len(wanted):
                raise EngineError(
                    f"{path} does not read {answer!r} as the same tokens as its checkpoint ({len(got) - 1} against "
                    f"{len(wanted) - 1}): it has another tokenizer. Convert it again with `josi convert`."
                )
            divergences.extend(divergence(wanted, got[:, : wanted.shape[1]]).tolist())
            same.extend((wanted.argmax(axis=1) == got.argmax(axis=1)).tolist())
            sure.extend((_log_softmax(wanted).max(axis=1) >= np.log(SURE)).tolist())
    return Parity(
        kind,
        kl=float(np.mean(divergences)),
        kl_p99=float(np.quantile(divergences, 0.99)),
        top1=float(np.mean(same)),
        positions=len(same),
        sure=sum(sure),
        sure_same=sum(map(operator.and_, same, sure)),
    )


def answer_logits(model: Model, prompt: str, answer: str) -> Logits:
    """Logits that predict each answer token and what follows: float32 (answer tokens + 1, vocabulary)."""
    head = model.tokenize(prompt)
    ids = head + model.tokenize(answer)
    with Context(model, n_ctx=max(256, len(ids) + 8), n_batch=max(32, len(ids))) as context:
        want = [i >= len(head) - 1 for i in range(len(ids))]
        context.decode(ids, range(len(ids)), [0] * len(ids), want)
        return np.stack([context.logits(i).copy() for i in range(len(head) - 1, len(ids))])

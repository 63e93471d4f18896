"""Batches of about equal cost: rows of like length together, as many as fit a budget of padded tokens."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any, TypedDict

import torch
from torch.utils.data import Sampler

IGNORED = -100
POOL = 512  # rows shuffled together before they are sorted by length


class Encoded(TypedDict):
    """One row as ids; `labels` is IGNORED over the prompt. Both int lists of one length."""

    input_ids: list[int]
    labels: list[int]


def labelled(prompt: Sequence[int], completion: Sequence[int], stop: int) -> Encoded:
    """Loss on the completion and its stop token alone; nothing follows the stop token."""
    return {
        "input_ids": [*prompt, *completion, stop],
        "labels": [IGNORED] * len(prompt) + [*completion, stop],
    }


class TokenBatches(Sampler[list[int]]):
    """Yields lists of row indices, the same ones for the same seed and epoch, so that a stopped run resumes."""

    def __init__(self, lengths: Sequence[int], batch_tokens: int, pad_to: int, seed: int, shuffle: bool = True) -> None:
        self.lengths = [padded(n, pad_to) for n in lengths]
        self.batch_tokens, self.seed, self.shuffle = batch_tokens, seed, shuffle
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Chooses the epoch whose order the next iteration follows (the trainer calls it)."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self._batches(0))

    def __iter__(self) -> Iterator[list[int]]:
        batches = self._batches(self.epoch)
        # The number of steps must not depend on the epoch: the schedule and resuming count on it.
        return iter(batches[: len(self)])

    def _batches(self, epoch: int) -> list[list[int]]:
        order = list(range(len(self.lengths)))
        rng = random.Random(self.seed * 1_000_003 + epoch)
        if self.shuffle:
            rng.shuffle(order)
        batches: list[list[int]] = []
        for at in range(0, len(order), POOL):
            batches.extend(self._fill(sorted(order[at : at + POOL], key=self.lengths.__getitem__)))
        if self.shuffle:
            rng.shuffle(batches)
        return batches

    def _fill(self, order: Sequence[int]) -> Iterator[list[int]]:
        batch: list[int] = []
        for index in order:
            if batch and self.lengths[index] * (len(batch) + 1) > self.batch_tokens:
                yield batch
                batch = []
            batch.append(index)
        if batch:
            yield batch


def padded(length: int, pad_to: int) -> int:
    """The length rounded up to a multiple of `pad_to`, so that kernels see few shapes."""
    return -(-length // pad_to) * pad_to


class Collator:
    """Pads a batch on the right: input_ids, attention_mask and labels, int64 tensors of shape (rows, length)."""

    def __init__(self, pad_id: int, pad_to: int) -> None:
        self.pad_id, self.pad_to = pad_id, pad_to

    def __call__(self, rows: Sequence[Encoded | dict[str, Any]]) -> dict[str, torch.Tensor]:
        """One batch out of its rows."""
        size = padded(max(len(r["input_ids"]) for r in rows), self.pad_to)
        ids = [r["input_ids"] + [self.pad_id] * (size - len(r["input_ids"])) for r in rows]
        labels = [r["labels"] + [IGNORED] * (size - len(r["labels"])) for r in rows]
        mask = [[1] * len(r["input_ids"]) + [0] * (size - len(r["input_ids"])) for r in rows]
        return {
            "input_ids": torch.tensor(ids),
            "attention_mask": torch.tensor(mask),
            "labels": torch.tensor(labels),
        }

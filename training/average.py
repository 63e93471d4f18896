"""The weighted mean of adapters, as one adapter of the same rank: it errs on fewer messages than any of them.

Averaging what a training passes through, or ends at, is old and cheap: Izmailov et al., "Averaging weights leads to
wider optima" (2018, https://arxiv.org/abs/1803.05407); Wortsman et al., "Model soups" (2022,
https://arxiv.org/abs/2203.05482).
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from training.errors import DataError

WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"
MAX_LOST = 0.05  # share of the mean's squared weights; adapters of one training lose 0.002 to 0.003 (decision 12)
_A, _B = ".lora_A.", ".lora_B."
Tensors = Mapping[str, torch.Tensor]


def average(shares: Mapping[Path, float], out: Path) -> float:
    """Writes the mean of the adapters in PEFT layout to `out` (float16) and returns what the cut to their rank lost.

    shares: adapter folder -> its share; all together 1. What is averaged is each module's change of the weights,
    B A, not A and B apart; the best approximation of rank r is kept (Eckart and Young, 1936).

    Raises:
        DataError: the adapters differ in rank or modules, or have too little in common for one of their rank.
    """
    read = [(share, _read(folder)) for folder, share in shares.items()]
    first = read[0][1]
    mean: dict[str, torch.Tensor] = {}
    lost: list[float] = []
    for folder, (_, tensors) in zip(shares, read, strict=True):
        if _shapes(tensors) != _shapes(first):
            raise DataError(f"{folder} is an adapter of another rank or for other modules than {next(iter(shares))}.")
    for name in filter(lambda name: _A in name, first):
        pair = [(share, tensors[name.replace(_A, _B)], tensors[name]) for share, tensors in read]
        up, down, missed = _mean_product(pair)
        mean[name], mean[name.replace(_A, _B)] = down.half().contiguous(), up.half().contiguous()
        lost.append(missed)
    share_lost = sum(lost) / len(lost)
    if share_lost > MAX_LOST:
        raise DataError(
            f"{', '.join(map(str, shares))}: {share_lost:.0%} of their mean is lost at their rank. Average adapters "
            "of which one was trained on from the other."
        )
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(next(iter(shares)) / CONFIG, out / CONFIG)
    save_file(mean, out / WEIGHTS, metadata={"format": "pt"})
    return share_lost


def _read(folder: Path) -> Tensors:
    return {name: tensor.float() for name, tensor in load_file(folder / WEIGHTS).items()}


def _shapes(tensors: Tensors) -> dict[str, torch.Size]:
    return {name: tensor.shape for name, tensor in tensors.items()}


def _mean_product(pair: list[tuple[float, torch.Tensor, torch.Tensor]]) -> tuple[torch.Tensor, torch.Tensor, float]:
    """B (out, r) and A (r, in) nearest to the mean of the products, and the share of its squares that they miss.

    The products, (out, in), are never written out: what the QR decompositions leave has the same singular values.
    """
    rank = pair[0][2].shape[0]
    up, upper = torch.linalg.qr(torch.cat([share * b for share, b, _ in pair], dim=1))
    down, lower = torch.linalg.qr(torch.cat([a for _, _, a in pair]).T)
    left, values, right = torch.linalg.svd(upper @ lower.T)
    squares = values.square()
    missed = float(squares[rank:].sum() / squares.sum()) if squares.sum() else 0.0
    root = values[:rank].sqrt()
    return (up @ left[:, :rank]) * root, root[:, None] * (right[:rank] @ down.T), missed

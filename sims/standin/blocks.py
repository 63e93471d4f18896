"""Random weights straight in ggml's quantised blocks: valid, finite, of mean 0 (to half a level) and a chosen spread.

Only the quants are random; every scale is the same. A matrix of spread 1/sqrt(columns) keeps the size of what it
multiplies, so that activations neither vanish nor overflow over dozens of layers.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from line.errors import InputError
from sims.ggml import TYPES, Tensor

Bytes = npt.NDArray[np.uint8]
SLICE = 32 * 1024 * 1024  # bytes made at once

# 32 for each of a K-quant block's eight scales and eight minimums, as `get_scale_min_k4` of ggml-quants.c unpacks them.
_K_SCALES = np.array([0xA0] * 8 + [0x00] * 4, dtype=np.uint8)
_K_SCALE = 32
_Q6_SCALE = 64


def tensor_data(tensor: Tensor, seed: int) -> Iterator[bytes]:
    """The tensor's bytes in slices of at most `SLICE`, the same for the same seed and name.

    Norm weights are 1, biases 0, rotary factors 1.

    Raises:
        InputError: there is no maker for the tensor's type.
    """
    kind = TYPES[tensor.type]
    if tensor.type not in _MAKERS:
        raise InputError(f"{tensor.name}: no random blocks for type {tensor.type}; there are: {', '.join(_MAKERS)}.")
    random = np.random.Generator(np.random.SFC64([seed, zlib.crc32(tensor.name.encode())]))
    left = tensor.bytes // kind.size
    if len(tensor.shape) == 1:
        value = 0.0 if tensor.name.endswith("bias") else 1.0
        yield np.full(left, value, dtype=np.float32).tobytes()
        return
    spread = 1 / math.sqrt(tensor.shape[0])
    while left:
        count = min(left, SLICE // kind.size)
        yield _MAKERS[tensor.type](random, count, spread).tobytes()
        left -= count


def _random(random: np.random.Generator, blocks: int, size: int) -> Bytes:
    return np.frombuffer(random.bytes(blocks * size), dtype=np.uint8).reshape(blocks, size).copy()


def _half(value: float) -> Bytes:
    return np.array([value], dtype=np.float16).view(np.uint8)


def deviation(levels: int) -> float:
    """Of a whole number drawn evenly from `levels` of them."""
    return math.sqrt((levels**2 - 1) / 12)


def _k_quant(size: int, levels: int) -> Callable[[np.random.Generator, int, float], Bytes]:
    """Q4_K and Q5_K: weight = d · scale · q − dmin · minimum, q of 0…levels−1; the minimum takes the mean away."""

    def make(random: np.random.Generator, blocks: int, spread: float) -> Bytes:
        out = _random(random, blocks, size)
        d = spread / deviation(levels) / _K_SCALE
        out[:, 0:2], out[:, 2:4] = _half(d), _half(d * (levels - 1) / 2)
        out[:, 4:16] = _K_SCALES
        return out

    return make


def _q6_k(random: np.random.Generator, blocks: int, spread: float) -> Bytes:
    """Weight = d · scale · (q − 32), q of 0…63: 192 bytes of quants, 16 signed scales, d."""
    out = _random(random, blocks, 210)
    out[:, 192:208] = _Q6_SCALE
    out[:, 208:210] = _half(spread / deviation(64) / _Q6_SCALE)
    return out


def _with_d(size: int, levels: int, *, minimum: bool = False) -> Callable[[np.random.Generator, int, float], Bytes]:
    """Q4_0, Q5_0, Q8_0: weight = d · (q − middle); Q4_1 and Q5_1: d · q + m. d (and m) lead the block."""

    def make(random: np.random.Generator, blocks: int, spread: float) -> Bytes:
        out = _random(random, blocks, size)
        d = spread / deviation(levels)
        out[:, 0:2] = _half(d)
        if minimum:
            out[:, 2:4] = _half(-d * (levels - 1) / 2)
        return out

    return make


def _float(kind: type[np.floating]) -> Callable[[np.random.Generator, int, float], npt.NDArray[np.floating]]:
    def make(random: np.random.Generator, count: int, spread: float) -> npt.NDArray[np.floating]:
        return (random.standard_normal(count, dtype=np.float32) * np.float32(spread)).astype(kind)

    return make


_MAKERS: dict[str, Callable[[np.random.Generator, int, float], npt.NDArray]] = {  # type: ignore[type-arg]
    "F32": _float(np.float32),
    "F16": _float(np.float16),
    "Q4_0": _with_d(18, 16),
    "Q4_1": _with_d(20, 16, minimum=True),
    "Q5_0": _with_d(22, 32),
    "Q5_1": _with_d(24, 32, minimum=True),
    "Q8_0": _with_d(34, 256),
    "Q4_K": _k_quant(144, 16),
    "Q5_K": _k_quant(176, 32),
    "Q6_K": _q6_k,
}

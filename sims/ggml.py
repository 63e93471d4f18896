"""ggml's tensor types and what a tensor of each weighs.

Plain Python, since the phones' agent has no `gguf` package; a test holds the table to that package's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from line.errors import InputError


@dataclass(frozen=True)
class GgmlType:
    """One tensor type: `size` bytes hold `block` weights. `id` is ggml's `enum ggml_type`."""

    name: str
    id: int
    block: int
    size: int


# Source: ggml/src/ggml-common.h (block_*) and ggml/include/ggml.h (enum ggml_type) of llama.cpp.
TYPES = {
    t.name: t
    for t in (
        GgmlType("F32", 0, 1, 4),
        GgmlType("F16", 1, 1, 2),
        GgmlType("Q4_0", 2, 32, 18),
        GgmlType("Q4_1", 3, 32, 20),
        GgmlType("Q5_0", 6, 32, 22),
        GgmlType("Q5_1", 7, 32, 24),
        GgmlType("Q8_0", 8, 32, 34),
        GgmlType("Q8_1", 9, 32, 40),
        GgmlType("Q2_K", 10, 256, 84),
        GgmlType("Q3_K", 11, 256, 110),
        GgmlType("Q4_K", 12, 256, 144),
        GgmlType("Q5_K", 13, 256, 176),
        GgmlType("Q6_K", 14, 256, 210),
        GgmlType("Q8_K", 15, 256, 292),
        GgmlType("IQ2_XXS", 16, 256, 66),
        GgmlType("IQ2_XS", 17, 256, 74),
        GgmlType("IQ3_XXS", 18, 256, 98),
        GgmlType("IQ1_S", 19, 256, 50),
        GgmlType("IQ4_NL", 20, 32, 18),
        GgmlType("IQ3_S", 21, 256, 110),
        GgmlType("IQ2_S", 22, 256, 82),
        GgmlType("IQ4_XS", 23, 256, 136),
        GgmlType("I8", 24, 1, 1),
        GgmlType("I16", 25, 1, 2),
        GgmlType("I32", 26, 1, 4),
        GgmlType("I64", 27, 1, 8),
        GgmlType("F64", 28, 1, 8),
        GgmlType("IQ1_M", 29, 256, 56),
        GgmlType("BF16", 30, 1, 2),
        GgmlType("TQ1_0", 34, 256, 54),
        GgmlType("TQ2_0", 35, 256, 66),
        GgmlType("MXFP4", 39, 32, 17),
        GgmlType("NVFP4", 40, 64, 36),
        GgmlType("Q1_0", 41, 128, 18),
    )
}
_BY_ID = {t.id: t for t in TYPES.values()}


@dataclass(frozen=True)
class Tensor:
    """A tensor as the header lists it; `shape` in ggml's order, the contiguous dimension (columns) first."""

    name: str
    shape: tuple[int, ...]
    type: str

    @property
    def bytes(self) -> int:
        """What its data weighs."""
        return tensor_bytes(self.shape, self.type)


def tensor_bytes(shape: Sequence[int], kind: str) -> int:
    """Bytes of a tensor (`ggml_nbytes` of a contiguous one).

    Raises:
        InputError: unknown type, or rows that are no whole number of blocks.
    """
    known = find_type(kind)
    if shape[0] % known.block:
        raise InputError(f"{shape[0]} columns are no multiple of {kind}'s block of {known.block} weights.")
    return math.prod(shape) // known.block * known.size


def find_type(kind: str) -> GgmlType:
    """The type called `kind`.

    Raises:
        InputError: there is none; the message lists them.
    """
    if kind not in TYPES:
        raise InputError(f"Unknown tensor type {kind!r}; known: {', '.join(TYPES)}.")
    return TYPES[kind]


def type_of_id(number: int) -> GgmlType:
    """The type with ggml's number.

    Raises:
        InputError: it is not in the table.
    """
    if number not in _BY_ID:
        raise InputError(f"Tensor type {number} is not known here (known: {', '.join(TYPES)}).")
    return _BY_ID[number]

"""What one token of a model costs: bytes read from memory and multiplications, from its GGUF header alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from line.errors import InputError
from sims.header import Header, read_header

QUANTISATIONS = ("f16", "q8", "q4")
# Bits a weight from which a class begins: Q8_0 has 8.5, Q6_K 6.6, Q5_K_M about 5.7, Q4_K_M about 4.9.
_F16_FROM, _Q8_FROM = 12.0, 7.5
_LOOKED_UP = ("token_embd.weight", "per_layer_token_embd.weight")  # one row a token, not the whole table
_HEAD = "output.weight"
_KV_BYTES = 2  # a cache in F16


@dataclass(frozen=True)
class ModelCost:
    """Parameters and bytes that each token passes through; see `decode_bytes` and `prefill_ops`.

    `layer_*` for every token, `head_*` (the output matrix) for every written token and once a prompt. `kv_bytes` is
    what one token of context adds to the cache. `size_bytes` and `params` are of all tensors, as llama-bench counts.
    """

    name: str
    quantisation: str
    layer_params: float
    head_params: float
    layer_bytes: float
    head_bytes: float
    kv_bytes: float = 0.0
    size_bytes: int = 0
    params: int = 0

    def decode_bytes(self, context: float = 0.0) -> float:
        """Bytes read to write one token with `context` tokens in the cache: every weight once, the cache once."""
        return self.layer_bytes + self.head_bytes + self.kv_bytes * context

    @property
    def decode_ops(self) -> float:
        """Operations (two a multiplication) to write one token."""
        return 2 * (self.layer_params + self.head_params)

    def prefill_ops(self, tokens: float) -> float:
        """Operations of a prompt: layers for each token, the head for the last. Attention is left out."""
        return 2 * (self.layer_params * tokens + self.head_params)


def quantisation_of(bits: float) -> str:
    """The class of a mean of `bits` a weight."""
    return "f16" if bits >= _F16_FROM else "q8" if bits >= _Q8_FROM else "q4"


def cost_of_gguf(path: Path) -> ModelCost:
    """Reads a GGUF's header.

    Raises:
        MissingError: there is no such file. InputError: no GGUF, damaged, or without the entries of a language model.
    """
    return cost_of_header(path.stem, read_header(path), str(path))


def cost_of_header(name: str, header: Header, where: str = "") -> ModelCost:
    """The cost of the model that a header describes; `where` is named when it describes none (raises InputError)."""
    try:
        tensors = [(tensor.name, math.prod(tensor.shape), tensor.bytes) for tensor in header.tensors]
        return cost_of(name, header.metadata, tensors)
    except (ValueError, KeyError, TypeError, ZeroDivisionError) as error:
        raise InputError(f"{where or name}: not the header of a language model: {error!r}") from error


def cost_of(name: str, meta: Mapping[str, Any], tensors: Iterable[tuple[str, int, int]]) -> ModelCost:
    """The cost of a model with these tensors (name, elements, bytes).

    Of a mixture of experts only those that a token uses count. Raises KeyError for an entry that is not there.
    """
    rows = list(tensors)
    arch = meta["general.architecture"]
    used = _share_used(meta, arch)
    # Where there is no output matrix the embedding serves as one, and is read whole for each written token.
    head = _HEAD if any(row[0] == _HEAD for row in rows) else _LOOKED_UP[0]
    heads = [row for row in rows if row[0] == head]
    layers = [row for row in rows if row[0] != head and row[0] not in _LOOKED_UP]
    if not heads or not layers:
        raise KeyError("no layers or no output matrix")
    shares = [used if "_exps." in row[0] else 1.0 for row in layers]
    params, size = sum(row[1] for row in rows), sum(row[2] for row in rows)
    read_params = sum(row[1] * share for row, share in zip(layers, shares, strict=True))
    read_bytes = sum(row[2] * share for row, share in zip(layers, shares, strict=True))
    return ModelCost(
        name=name,
        quantisation=quantisation_of(8 * read_bytes / read_params),
        layer_params=read_params,
        head_params=heads[0][1],
        layer_bytes=read_bytes,
        head_bytes=heads[0][2],
        kv_bytes=_kv_bytes(meta, arch),
        size_bytes=size,
        params=params,
    )


def _share_used(meta: Mapping[str, Any], arch: str) -> float:
    experts = meta.get(f"{arch}.expert_count", 0)
    return float(meta[f"{arch}.expert_used_count"] / experts) if experts else 1.0


def _kv_bytes(meta: Mapping[str, Any], arch: str) -> float:
    blocks = int(meta[f"{arch}.block_count"])
    heads = meta[f"{arch}.attention.head_count"]
    kv_heads = meta.get(f"{arch}.attention.head_count_kv", heads)
    total = sum(kv_heads) if isinstance(kv_heads, list) else kv_heads * blocks
    one = meta[f"{arch}.embedding_length"] / (max(heads) if isinstance(heads, list) else heads)
    lengths = meta.get(f"{arch}.attention.key_length", one) + meta.get(f"{arch}.attention.value_length", one)
    return float(total * lengths * _KV_BYTES)

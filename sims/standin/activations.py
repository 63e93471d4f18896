"""What llama.cpp's graph needs at once while it evaluates a batch: the widest moment of a layer, by architecture.

Only touched memory counts. llama.cpp reserves more (a row of logits for each of the batch's tokens: its log's "compute
buffer size"), but the app asks for one row, and pages that nobody writes cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from line.errors import InputError
from sims.header import Header

_F32 = 4


def activation_bytes(header: Header, tokens: int, cells: int) -> int:
    """Bytes of a batch of `tokens` over a cache of `cells`.

    Raises:
        InputError: an architecture that is not known here.
    """
    if header.architecture not in _FLOATS:
        raise InputError(
            f"The memory of architecture {header.architecture!r} is not known here; known: {', '.join(_FLOATS)}."
        )
    floats = _FLOATS[header.architecture](header)
    mask = cells * 2  # F16, one row a token
    return tokens * (floats * _F32 + mask)


def _dense(header: Header) -> int:
    """The residual, the normed input, gate and up (build_ffn)."""
    return 2 * header.number("embedding_length") + 2 * header.number("feed_forward_length")


def _fused(header: Header) -> int:
    """Gate and up in one, and their product beside it."""
    return 2 * header.number("embedding_length") + 3 * header.number("feed_forward_length")


def _gemma3n(header: Header) -> int:
    """Every layer's extra inputs, four streams and their prediction, and a feed-forward with sparse activations."""
    width, layers = header.number("embedding_length"), header.number("block_count")
    inputs = header.number("embedding_length_per_layer_input") * layers
    return inputs + 8 * width + 4 * width + 3 * header.number("feed_forward_length")


_FLOATS: dict[str, Callable[[Header], int]] = {
    "llama": _dense,
    "qwen2": _dense,
    "phi3": _fused,
    "gemma3n": _gemma3n,
}

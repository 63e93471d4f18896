"""Which type each tensor has in a Q4_K_M file: llama.cpp's own choice, rule by rule.

Source: `llama_tensor_get_type`, `tensor_allows_quantization` and `tensor_type_fallback` in `src/llama-quant.cpp` of the
llama.cpp that llama-cpp-python 0.3.36 builds; a test has llama.cpp quantise small models and compares.
"""

from __future__ import annotations

from collections.abc import Sequence

from line.errors import InputError
from sims.ggml import TYPES, Tensor, find_type
from sims.standin.layout import Named, tensors_of
from sims.standin.spec import Spec

_FALLBACK = {"Q4_K": "Q5_0", "Q6_K": "Q8_0"}  # for rows that are no whole number of 256-weight blocks
_KEPT = ("altup", "laurel", "per_layer_model_proj", "_norm.weight")
_EMBEDDINGS = ("token_embd.weight", "per_layer_token_embd.weight")


def typed_tensors(spec: Spec) -> list[Tensor]:
    """The model's tensors with the types of its Q4_K_M file.

    Raises:
        InputError: the spec overrides the type of a tensor that is not there, or by an unknown one.
    """
    named = tensors_of(spec)
    if absent := sorted(set(spec.types) - {name for name, _ in named}):
        raise InputError(f"{spec.name}: types names {', '.join(absent)}, which {spec.architecture} does not have.")
    chosen = q4_k_m(named, spec.layers)
    return [Tensor(t.name, t.shape, find_type(spec.types.get(t.name, t.type)).name) for t in chosen]


def q4_k_m(named: Sequence[Named], layers: int) -> list[Tensor]:
    """Types of a model's tensors; `layers` is its block count."""
    tied = all(name != "output.weight" for name, _ in named)
    values = [name for name, _ in named if "attn_v.weight" in name or "attn_qkv.weight" in name]
    downs = [name for name, _ in named if "ffn_down" in name]
    more = {name for i, name in enumerate(values) if use_more_bits(i, len(values))}
    more |= {name for i, name in enumerate(downs) if use_more_bits(i, layers)}
    return [Tensor(name, shape, _type(name, shape, tied, name in more)) for name, shape in named]


def use_more_bits(index: int, count: int) -> bool:
    """Whether the index-th of `count` sensitive tensors gets Q6_K: first and last eighth, and every third between."""
    eighth = count // 8
    return index < eighth or index >= 7 * count // 8 or (index - eighth) % 3 == 2


def _type(name: str, shape: tuple[int, ...], tied: bool, more: bool) -> str:
    if len(shape) < 2 or name.endswith("_norm.weight"):
        return "F32"  # the converter writes norms, biases and factors in full
    if any(part in name for part in _KEPT):
        return "F32" if _small(name) else "F16"  # as the converter wrote them
    output = name == "output.weight" or (tied and name in _EMBEDDINGS)
    if output and shape[0] % TYPES["Q4_K"].block:
        return "Q8_0"
    wanted = "Q6_K" if output or more else "Q4_K"
    return wanted if shape[0] % TYPES[wanted].block == 0 else _FALLBACK[wanted]


def _small(name: str) -> bool:
    """The coefficients that the converter always writes in F32 (`conversion/base.py`, `prepare_tensors`)."""
    return "altup_correct_coef" in name or "altup_predict_coef" in name

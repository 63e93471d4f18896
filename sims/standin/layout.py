"""The tensors of each architecture, by name and shape, as llama.cpp's loader wants them (`src/models/*.cpp`).

Shapes are in ggml's order (columns first). Types come later: `sims.standin.mix` chooses them as the quantiser would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sims.standin.spec import Spec

Shape = tuple[int, ...]
Named = tuple[str, Shape]


def tensors_of(spec: Spec) -> list[Named]:
    """Every tensor of the model, in file order."""
    return list(_LAYOUTS[spec.architecture](spec))


def _outer(spec: Spec) -> Iterator[Named]:
    yield "token_embd.weight", (spec.width, spec.vocabulary)
    yield "output_norm.weight", (spec.width,)
    if not spec.tied:
        yield "output.weight", (spec.width, spec.vocabulary)


def _dense(spec: Spec, *, bias: bool = False) -> Iterator[Named]:
    yield from _outer(spec)
    if spec.rope_factors:
        yield "rope_freqs.weight", (spec.rope_factors,)
    for layer in range(spec.layers):
        at = f"blk.{layer}."
        yield f"{at}attn_norm.weight", (spec.width,)
        yield from _attention(spec, at, bias)
        yield f"{at}ffn_norm.weight", (spec.width,)
        yield from _gated(spec, at)


def _attention(spec: Spec, at: str, bias: bool) -> Iterator[Named]:
    for part, wide in (("q", spec.q_width), ("k", spec.kv_width), ("v", spec.kv_width)):
        yield f"{at}attn_{part}.weight", (spec.width, wide)
        if bias:
            yield f"{at}attn_{part}.bias", (wide,)
    yield f"{at}attn_output.weight", (spec.q_width, spec.width)


def _gated(spec: Spec, at: str) -> Iterator[Named]:
    yield f"{at}ffn_gate.weight", (spec.width, spec.ff)
    yield f"{at}ffn_up.weight", (spec.width, spec.ff)
    yield f"{at}ffn_down.weight", (spec.ff, spec.width)


def _qwen2(spec: Spec) -> Iterator[Named]:
    return _dense(spec, bias=True)


def _phi3(spec: Spec) -> Iterator[Named]:
    """Query, key and value in one tensor; gate and up in one."""
    yield from _outer(spec)
    if spec.rope_factors:
        yield "rope_factors_long.weight", (spec.rope_factors,)
        yield "rope_factors_short.weight", (spec.rope_factors,)
    for layer in range(spec.layers):
        at = f"blk.{layer}."
        yield f"{at}attn_norm.weight", (spec.width,)
        yield f"{at}attn_qkv.weight", (spec.width, spec.q_width + 2 * spec.kv_width)
        yield f"{at}attn_output.weight", (spec.q_width, spec.width)
        yield f"{at}ffn_norm.weight", (spec.width,)
        yield f"{at}ffn_up.weight", (spec.width, 2 * spec.ff)
        yield f"{at}ffn_down.weight", (spec.ff, spec.width)


_ALTUP = 4  # altup_num_inputs: the only count that llama.cpp's converter takes
_LAUREL = 64  # laurel_rank, fixed in llama.cpp


def _gemma3n(spec: Spec) -> Iterator[Named]:
    """Per-layer embeddings, four parallel streams (AltUp) and a low-rank bypass (LAuReL)."""
    yield from _outer(spec)
    yield "altup_proj.weight", (spec.width, spec.width, _ALTUP - 1)
    yield "altup_unembd_proj.weight", (spec.width, spec.width, _ALTUP - 1)
    yield "per_layer_token_embd.weight", (spec.layer_input_width * spec.layers, spec.vocabulary)
    yield "per_layer_model_proj.weight", (spec.width, spec.layer_input_width * spec.layers)
    yield "per_layer_proj_norm.weight", (spec.layer_input_width,)
    for layer in range(spec.layers):
        at = f"blk.{layer}."
        for norm in ("attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm", "post_norm"):
            yield f"{at}{norm}.weight", (spec.width,)
        yield from _attention(spec, at, False)
        yield f"{at}attn_q_norm.weight", (spec.head_width,)
        yield f"{at}attn_k_norm.weight", (spec.head_width,)
        yield from _gated(spec, at)
        yield from _side_streams(spec, at)


def _side_streams(spec: Spec, at: str) -> Iterator[Named]:
    yield f"{at}inp_gate.weight", (spec.width, spec.layer_input_width)
    yield f"{at}proj.weight", (spec.layer_input_width, spec.width)
    yield f"{at}altup_correct_coef.weight", (_ALTUP, _ALTUP)
    yield f"{at}altup_correct_scale.weight", (spec.width,)
    yield f"{at}altup_predict_coef.weight", (_ALTUP, _ALTUP * _ALTUP)
    yield f"{at}altup_router.weight", (spec.width, _ALTUP)
    yield f"{at}altup_router_norm.weight", (spec.width,)
    yield f"{at}laurel_l.weight", (spec.width, _LAUREL)
    yield f"{at}laurel_r.weight", (_LAUREL, spec.width)
    yield f"{at}laurel_post_norm.weight", (spec.width,)


_LAYOUTS: dict[str, Callable[[Spec], Iterator[Named]]] = {
    "llama": _dense,
    "qwen2": _qwen2,
    "phi3": _phi3,
    "gemma3n": _gemma3n,
}

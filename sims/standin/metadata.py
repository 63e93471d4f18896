"""The header entries of a stand-in, as llama.cpp's converter writes them for the family."""

from __future__ import annotations

from typing import Any

from sims.standin.spec import Spec
from sims.standin.vocabulary import Vocabulary

_Q4_K_M = 15  # enum llama_ftype: LLAMA_FTYPE_MOSTLY_Q4_K_M
_QUANTIZATION_VERSION = 2  # GGML_QNT_VERSION
_EPSILON = 1e-6
_SPARSITY = 1.6448535  # of gemma3n: standard deviations of its 95 % activation sparsity
_SPARSE_LAYERS = 10  # its first ten layers


def write_metadata(writer: Any, spec: Spec, words: Vocabulary, seed: int) -> None:
    """Writes everything but the tensors into a `gguf.GGUFWriter`."""
    writer.add_type("model")
    writer.add_name(f"Stand-in for {spec.title}: true shapes, random weights, seed {seed}")
    writer.add_file_type(_Q4_K_M)
    writer.add_quantization_version(_QUANTIZATION_VERSION)
    _write_shape(writer, spec)
    if spec.architecture == "phi3" and spec.rope_factors:
        _write_long_rope(writer, spec)
    if spec.architecture == "gemma3n":
        _write_gemma3n(writer, spec)
    _write_vocabulary(writer, words)


def _write_shape(writer: Any, spec: Spec) -> None:
    writer.add_context_length(spec.context)
    writer.add_embedding_length(spec.width)
    writer.add_block_count(spec.layers)
    writer.add_feed_forward_length(spec.ff)
    writer.add_head_count(spec.heads)
    writer.add_head_count_kv(spec.kv_heads)
    writer.add_key_length(spec.head_width)
    writer.add_value_length(spec.head_width)
    writer.add_layer_norm_rms_eps(_EPSILON)
    writer.add_rope_freq_base(spec.rope_base)
    writer.add_rope_dimension_count(spec.rope_width or spec.head_width)
    writer.add_vocab_size(spec.vocabulary)


def _write_long_rope(writer: Any, spec: Spec) -> None:
    from gguf import RopeScalingType

    writer.add_rope_scaling_type(RopeScalingType.LONGROPE)
    writer.add_rope_scaling_orig_ctx_len(4096)  # original_max_position_embeddings of Phi-4-mini
    writer.add_rope_scaling_attn_factors(1.0)


def _write_gemma3n(writer: Any, spec: Spec) -> None:
    writer.add_sliding_window(spec.window)
    writer.add_sliding_window_pattern([(layer + 1) % spec.window_period != 0 for layer in range(spec.layers)])
    writer.add_shared_kv_layers(spec.shared_kv_layers)
    writer.add_embedding_length_per_layer_input(spec.layer_input_width)
    writer.add_altup_num_inputs(4)
    writer.add_altup_active_idx(0)
    sparse = min(_SPARSE_LAYERS, spec.layers)
    writer.add_activation_sparsity_scale([_SPARSITY] * sparse + [0.0] * (spec.layers - sparse))


def _write_vocabulary(writer: Any, words: Vocabulary) -> None:
    writer.add_tokenizer_model(words.model)
    writer.add_tokenizer_pre(words.pre)
    writer.add_token_list(words.tokens)
    writer.add_token_types(words.types)
    if words.merges:
        writer.add_token_merges(words.merges)
    if words.scores:
        writer.add_token_scores(words.scores)
    writer.add_bos_token_id(words.special["bos"])
    writer.add_eos_token_id(words.special["eos"])
    writer.add_eot_token_id(words.special["eot"])
    writer.add_pad_token_id(words.special["padding"])
    if "unknown" in words.special:
        writer.add_unk_token_id(words.special["unknown"])
    writer.add_add_bos_token(False)  # the chat format writes its own
    writer.add_add_space_prefix(False)
    writer.add_chat_template(words.template)

"""Tiny randomly initialised models of every class in the catalogue, laid out as the published checkpoints are.

They prove the way from LoRA to a quantised GGUF for weights that are not here, and keep the tests of the engine fast.
Widths are multiples of 256 where a K-quant is to be made of them: its blocks hold 256 weights.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from josi.chat_format import FORMATS
from training.catalogue import BaseModel

# The published settings that change the tensors or the arithmetic; sizes are ours.
# Sources: each repository's config.json.
_ROPE_LLAMA = {
    "rope_type": "llama3",
    "rope_theta": 500000.0,
    "factor": 32.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}
_ROPE_PHI = {
    "rope_type": "longrope",
    "rope_theta": 10000.0,
    "partial_rotary_factor": 0.75,
    "original_max_position_embeddings": 4096,
    "short_factor": [1.0 + i / 100 for i in range(24)],
    "long_factor": [1.0 + i for i in range(24)],
}
_FAMILY: dict[str, dict[str, Any]] = {
    "LlamaForCausalLM/chatml": {"tie_word_embeddings": True},
    "LlamaForCausalLM/llama3": {"tie_word_embeddings": True, "rope_parameters": _ROPE_LLAMA},
    "Qwen2ForCausalLM/chatml": {"tie_word_embeddings": True, "use_sliding_window": False},
    "Phi3ForCausalLM/phi4": {
        "tie_word_embeddings": True,
        "rope_parameters": _ROPE_PHI,
        "original_max_position_embeddings": 4096,
        "sliding_window": 262144,
        "max_position_embeddings": 131072,
    },
    "Gemma3nForConditionalGeneration/gemma": {
        "head_dim": 64,
        "hidden_size_per_layer_input": 256,
        "laurel_rank": 64,
        "initializer_range": 0.05,
        # llama.cpp fixes two things of this class: the first 10 layers are sparse, the first 20 have keys of their own.
        "num_hidden_layers": 22,
        "num_kv_shared_layers": 2,
        "layer_types": [*([*["sliding_attention"] * 4, "full_attention"] * 4), "sliding_attention", "full_attention"],
    },
}
_TEMPLATES = {
    "chatml": "{% for m in messages %}{{'<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{'<|im_start|>assistant\n'}}{% endif %}",
    "gemma": "{{'<bos>'}}{% for m in messages %}{{'<start_of_turn>' + ('model' if m['role'] == 'assistant' else "
    "m['role']) + '\n' + m['content'] + '<end_of_turn>\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% endif %}",
    "llama3": "{{'<|begin_of_text|>'}}{% for m in messages %}{{'<|start_header_id|>' + m['role'] + "
    "'<|end_header_id|>\n\n' + m['content'] + '<|eot_id|>'}}{% endfor %}"
    "{% if add_generation_prompt %}{{'<|start_header_id|>assistant<|end_header_id|>\n\n'}}{% endif %}",
    "phi4": "{% for m in messages %}{{'<|' + m['role'] + '|>' + m['content'] + '<|end|>'}}{% endfor %}"
    "{% if add_generation_prompt %}{{'<|assistant|>'}}{% endif %}",
}
_CONTROLS = {
    "chatml": ["<|im_start|>", "<|im_end|>"],
    "gemma": ["<start_of_turn>", "<end_of_turn>"],
    "llama3": ["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
    "phi4": ["<|system|>", "<|user|>", "<|assistant|>", "<|end|>"],
}
_PIECES = ["<pad>", "<eos>", "<bos>", "<unk>"]


def write_tiny(model: BaseModel, out: Path, base: Path | None = None, *, width: int = 256, seed: int = 1) -> None:
    """Writes a checkpoint of the entry's class in float16 with a tokenizer.

    The tokenizer is that of the checkpoint `base` with the family's control tokens (a byte-level BPE that llama.cpp's
    converter knows by its digest); without `base`, and for Gemma, a small SentencePiece one of our own.
    """
    out.mkdir(parents=True)
    if base is None or model.chat_format == "gemma":
        _sentencepiece(model, out)
    else:
        _borrowed(model, base, out)
    (out / "chat_template.jinja").write_text(_TEMPLATES[model.chat_format], encoding="utf-8")
    _weights(model, out, width, seed)


def _weights(model: BaseModel, out: Path, width: int, seed: int) -> None:
    import torch
    import transformers
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(out)
    architecture = model.architecture.replace("ForConditionalGeneration", "ForCausalLM")
    kind = getattr(transformers, architecture)
    settings: dict[str, Any] = {
        "vocab_size": len(tokenizer),
        "hidden_size": width,
        "intermediate_size": 2 * width,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 8192,
        # Wide enough that the likeliest token stands out from float16's noise.
        "initializer_range": 0.1,
        "eos_token_id": tokenizer.convert_tokens_to_ids(FORMATS[model.chat_format].stop),
        "bos_token_id": tokenizer.bos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        **_FAMILY[f"{model.architecture}/{model.chat_format}"],
    }
    if "Gemma3n" in architecture:
        settings["vocab_size_per_layer_input"] = len(tokenizer)
    tiny = kind(kind.config_class(**settings))
    _draw(tiny, seed, spread=settings["initializer_range"])
    tiny.to(torch.float16)
    tiny.generation_config.eos_token_id = settings["eos_token_id"]
    tiny.save_pretrained(out)
    if architecture != model.architecture:
        _as_multimodal(out, model.architecture)


def _draw(model: Any, seed: int, spread: float) -> None:
    """Fills every matrix from numpy's generator: torch draws other numbers on other vector units."""
    import numpy as np
    import torch

    rng = np.random.default_rng(seed)
    with torch.no_grad():
        for weights in model.parameters():
            if weights.ndim > 1 and weights.any():
                weights.copy_(torch.from_numpy(rng.normal(0.0, spread, tuple(weights.shape)).astype(np.float32)))


def _as_multimodal(out: Path, architecture: str) -> None:
    """Renames the weights as in a checkpoint that sees and hears too, with one stray tensor of each tower."""
    import torch
    from safetensors.torch import load_file, save_file

    path = out / "model.safetensors"
    tensors = {f"model.language_model.{k.removeprefix('model.')}": v for k, v in load_file(path).items()}
    text = json.loads((out / "config.json").read_text(encoding="utf-8"))
    first = "model.language_model.layers.0.self_attn."
    for layer in range(text["num_hidden_layers"] - text["num_kv_shared_layers"], text["num_hidden_layers"]):
        for name in ("k_proj", "v_proj", "k_norm"):  # published, though these layers reuse an earlier one's
            of_layer = f"model.language_model.layers.{layer}.self_attn.{name}.weight"
            tensors[of_layer] = tensors[f"{first}{name}.weight"].clone()
    tensors["model.audio_tower.conformer.0.attention.attn.q_proj.weight"] = torch.zeros(8, 8)
    tensors["model.vision_tower.timm_model.conv_stem.conv.weight"] = torch.zeros(8, 8)
    save_file(tensors, path, metadata={"format": "pt"})
    whole = {
        "architectures": [architecture],
        "model_type": "gemma3n",
        "text_config": text,
        "vision_config": {"model_type": "gemma3n_vision"},
        "audio_config": {"model_type": "gemma3n_audio"},
    }
    (out / "config.json").write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")


def _borrowed(model: BaseModel, base: Path, out: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(base)
    tokenizer.add_special_tokens({"additional_special_tokens": _CONTROLS[model.chat_format]})
    tokenizer.eos_token = FORMATS[model.chat_format].stop
    tokenizer.save_pretrained(out)
    # As published: the converter asks a Phi for this name to tell byte-level BPE from SentencePiece.
    _edit(out / "tokenizer_config.json", {"tokenizer_class": "GPT2Tokenizer"})


def _edit(path: Path, values: dict[str, Any]) -> None:
    content = {**json.loads(path.read_text(encoding="utf-8")), **values}
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _sentencepiece(model: BaseModel, out: Path) -> None:
    """`tokenizer.model`, BPE over our own prompts and data with byte fallback, laid out as Gemma's."""
    import sentencepiece

    controls = ["<mask>", *_CONTROLS[model.chat_format]]
    options: dict[str, Any] = {
        "model_type": "bpe",
        "vocab_size": 768,
        "hard_vocab_limit": False,
        "byte_fallback": True,
        "normalization_rule_name": "identity",
        "add_dummy_prefix": False,
        "remove_extra_whitespaces": False,
        "control_symbols": controls,
        "minloglevel": 2,
    }
    for number, piece in enumerate(_PIECES):
        options |= {f"{piece.strip('<>')}_id": number, f"{piece.strip('<>')}_piece": piece}
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(_sentences()), model_writer=written, **options)
    (out / "tokenizer.model").write_bytes(written.getvalue())
    pieces = sentencepiece.SentencePieceProcessor(model_proto=written.getvalue())
    added = {
        str(pieces.piece_to_id(piece)): {"content": piece, "special": True, "normalized": False}
        for piece in [*_PIECES, *controls]
    }
    names = {f"{name}_token": f"<{name}>" for name in ("pad", "bos", "unk")}
    config = {
        "tokenizer_class": "GemmaTokenizer",
        "add_prefix_space": False,
        "added_tokens_decoder": added,
        **names,
        "eos_token": FORMATS[model.chat_format].stop,
    }
    (out / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def _sentences() -> list[str]:
    words = Path(__file__).parent / "synth" / "words"
    lines = [line for path in sorted(words.glob("*.toml")) for line in path.read_text(encoding="utf-8").splitlines()]
    return [line.strip()[:200] for line in lines if line.strip()]

"""Parity measures how far a GGUF is from its checkpoint: near nothing for F16, much for another model."""

import json
from pathlib import Path

import numpy as np
import pytest

from evals.parity import compare, divergence, parity_artifact
from line.errors import JosiError
from line.store import Store
from training.convert import stamp

TEXTS = [
    ("<|im_start|>user\nEasy run, 45 min?<|im_end|>\n<|im_start|>assistant\n", "Sure, zones 1-2.<|im_end|>"),
    ("<|im_start|>user\nWhy so short?<|im_end|>\n<|im_start|>assistant\n", "You look tired today.<|im_end|>"),
]


def test_divergence_of_known_distributions() -> None:
    p, q = np.log(np.array([[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]])), np.log(np.array([[0.25, 0.5, 0.25]] * 2))
    wanted = [0.5 * np.log(2) - 0.25 * np.log(2), 0.1 * np.log(0.4) + 0.2 * np.log(0.4) + 0.7 * np.log(2.8)]
    found = divergence(p.astype(np.float32), q.astype(np.float32))
    np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_divergence_ignores_a_shift_and_survives_large_logits() -> None:
    logits = np.array([[1.0, 2.0, 900.0]], dtype=np.float32)
    np.testing.assert_allclose(divergence(logits, logits + 7), [0.0], atol=1e-9)


def test_a_checkpoint_and_its_gguf_agree(tiny_checkpoint: Path, tiny_gguf: Path) -> None:
    (found,) = compare(tiny_checkpoint, {"F16": tiny_gguf}, TEXTS)
    assert found.kind == "F16" and found.positions > 20
    assert found.kl < 1e-3 and found.top1 > 0.95 and found.kl <= found.kl_p99 < 0.01
    assert found.sure_same == found.sure <= found.positions


def test_another_models_gguf_is_told_apart(tiny_gguf: Path, tiny_checkpoint: Path, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    from training.text_part import copy_tokenizer

    torch.manual_seed(9)
    model = AutoModelForCausalLM.from_pretrained(tiny_checkpoint)
    with torch.no_grad():
        for layer in model.model.layers:
            layer.mlp.down_proj.weight.add_(torch.randn_like(layer.mlp.down_proj.weight) * 0.2)
    model.save_pretrained(tmp_path / "other")
    copy_tokenizer(tiny_checkpoint, tmp_path / "other")
    (found,) = compare(tmp_path / "other", {"F16": tiny_gguf}, TEXTS)
    assert found.kl > 0.1 and found.top1 < 0.8


def test_the_figures_are_an_artifact(tiny_checkpoint: Path, tiny_gguf: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    made = parity_artifact(store, tiny_checkpoint, {"F16": tiny_gguf}, TEXTS)
    assert json.loads(made.file("parity.json").read_text())["F16"]["top1"] > 0.95
    assert parity_artifact(store, tiny_checkpoint, {"F16": tiny_gguf}, TEXTS).reused
    stamp(tiny_gguf, tmp_path / "other.gguf", {"josi.version": "2"})
    assert not parity_artifact(store, tiny_checkpoint, {"F16": tmp_path / "other.gguf"}, TEXTS[:1]).reused


def test_a_gguf_with_another_vocabulary_is_an_error(tiny_checkpoint: Path, packaged_gguf: Path) -> None:
    with pytest.raises(JosiError, match="same tokens as its checkpoint"):
        compare(tiny_checkpoint, {"F16": packaged_gguf}, TEXTS[:1])

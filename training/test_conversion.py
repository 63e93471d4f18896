"""From adapter to GGUF: the line's files, and every class of the catalogue on a tiny model: `pytest -m conversion`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evals.parity import Parity, answer_logits, compare, divergence
from josi.chat_format import render, stop_text
from line.llama import Adapter, Context, Model
from line.store import Artifact, Store
from training.base import base_artifact
from training.catalogue import BaseModel, entry, load_catalogue
from training.checkpoints import Checkpoint
from training.models import QUANTS, role_models
from training.recipes import ROLES

pytestmark = pytest.mark.conversion

KINDS = ("F16", *QUANTS)
TURNS = [
    {"role": "system", "content": "You are Josi, a warm coach."},
    {"role": "user", "content": "Easy run of 45 min, café? 🏃\n\nCONTEXT:\n- Sport: running"},
]
ANSWER = "Take it easy today: 45 minutes in zones 1-2."
# TURNS has no digit right after a blank line: the borrowed tokenizer, rebuilt out of a GGUF, splits the two line breaks
# there and llama.cpp does not. llama.cpp rounds activations to float16, Q8_0 weights to 8 bits: on random weights near
# ties are many, so first tokens count only where the checkpoint is sure of one.
LIMITS = {
    "F16": (0.01, 0.95),
    "Q8_0": (0.05, 0.85),
    "Q4_K_M": (1.0, 0.4),
}  # most KL (nats), least share of sure tokens
STEPS = 12


@pytest.mark.parametrize("role", ROLES)
def test_the_header_says_what_the_file_is(
    line: Any, ggufs: Mapping[str, Artifact], checkpoints: Mapping[str, Checkpoint], role: str
) -> None:
    for name in (*KINDS, "lora"):
        header = _header(ggufs[role].file(f"{role}.{name}.gguf"))
        assert header["general.name"].startswith(f"Josi {role} {line.settings.version}")
        assert header["general.license"] == line.model.licence
        assert (header["josi.role"], header["josi.version"]) == (role, line.settings.version)
        assert header["josi.recipe"] == checkpoints[role].recipe


@pytest.mark.parametrize("role", ROLES)
def test_each_step_down_is_smaller(ggufs: Mapping[str, Artifact], role: str) -> None:
    sizes = [ggufs[role].file(f"{role}.{kind}.gguf").stat().st_size for kind in KINDS]
    assert sizes == sorted(sizes, reverse=True) and len(set(sizes)) == len(sizes)


@pytest.mark.parametrize("role", ROLES)
def test_the_files_say_what_the_checkpoint_says(line: Any, parity: Any, role: str) -> None:
    limits = line.settings.parity
    for kind in KINDS:
        assert parity[role][kind]["kl"] <= limits["kl_most"], kind
        assert parity[role][kind]["sure_same"] >= limits["sure_least"] * parity[role][kind]["sure"] > 0, kind
    assert parity[role]["F16"]["kl"] < 0.005 and parity[role]["F16"]["top1"] > 0.98


@pytest.mark.parametrize("role", ROLES)
def test_the_adapter_on_the_base_is_the_merged_model(line: Any, ggufs: Mapping[str, Artifact], role: str) -> None:
    chat_format = line.model.chat_format
    merged = _logits(ggufs[role].file(f"{role}.F16.gguf"), chat_format)
    swapped = _logits(line.base_gguf.file("base.F16.gguf"), chat_format, ggufs[role].file(f"{role}.lora.gguf"))
    plain = _logits(line.base_gguf.file("base.F16.gguf"), chat_format)
    assert divergence(merged, swapped).mean() < 0.01
    assert divergence(merged, plain).mean() > 0.1


@pytest.mark.parametrize("name", load_catalogue())
def test_every_class_goes_from_lora_to_q4_k_m(name: str, base: Artifact, tmp_path: Path) -> None:
    model, store = entry(name), Store(tmp_path / "store")
    tiny = _tiny_base(model, base, store, tmp_path)
    losses = _train(tiny.path / "hf", model, tmp_path / "adapter")
    assert losses[-1] < losses[0] - 0.1

    made = role_models(store, tiny, model, _checkpoint(tmp_path / "adapter"), "1.2.3")
    files = {kind: made.file(f"interpreter.{kind}.gguf") for kind in KINDS}
    texts = [(render(model.chat_format, TURNS), ANSWER + stop_text(model.chat_format))]
    for found in compare(made.path / "merged", files, texts):
        _assert_within_limits(found)
    assert "Q4_K" in _tensor_types(files["Q4_K_M"])
    assert _header(files["Q4_K_M"])["josi.base"] == model.repo

    from training.models import base_models

    bare = base_models(store, tiny, model, "1.2.3").file("base.F16.gguf")
    swapped = _logits(bare, model.chat_format, made.file("interpreter.lora.gguf"))
    merged = _logits(files["F16"], model.chat_format)
    assert divergence(merged, swapped).mean() < 0.02
    assert divergence(merged, _logits(bare, model.chat_format)).mean() > 0.1


def _tiny_base(model: BaseModel, base: Artifact, store: Store, folder: Path) -> Artifact:
    from training.tiny import write_tiny

    write_tiny(model, folder / "published", base.path / "hf")
    return base_artifact(store, model, folder / "published")


def _train(base: Path, model: BaseModel, out: Path) -> list[float]:
    """A few steps of LoRA on one answer, on the catalogue's target modules."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from training.batches import Collator
    from training.encode import encode
    from training.trainer import completion_loss

    torch.manual_seed(0)
    loaded = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32, attn_implementation="eager")
    config = LoraConfig(r=8, lora_alpha=16, target_modules=list(model.lora_targets), task_type="CAUSAL_LM")
    adapted: Any = get_peft_model(loaded, config)
    tokenizer: Any = AutoTokenizer.from_pretrained(base)
    row = {"messages": [*TURNS, {"role": "assistant", "content": ANSWER}]}
    batch = Collator(0, 1)([encode(row, "explainer", tokenizer, model.chat_format)])
    optimiser = torch.optim.AdamW([p for p in adapted.parameters() if p.requires_grad], lr=0.01)
    losses = []
    for _ in range(STEPS):
        loss = completion_loss(adapted, batch)
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        losses.append(loss.item())
    adapted.save_pretrained(out)
    return losses


def _checkpoint(adapter: Path) -> Checkpoint:
    return Checkpoint("interpreter", adapter, "tiny", True, "trained")


def _assert_within_limits(found: Parity) -> None:
    print(found)
    most, least = LIMITS[found.kind]
    assert found.kl <= most and found.sure_same >= least * found.sure, found


def _logits(gguf: Path, chat_format: str, adapter: Path | None = None) -> Any:
    """Logits of the answer's tokens, float32 (positions, vocabulary)."""
    prompt = render(chat_format, TURNS)
    with Model(gguf) as model:
        if adapter is None:
            return answer_logits(model, prompt, ANSWER)
        head = model.tokenize(prompt)
        ids = head + model.tokenize(ANSWER)
        with Context(model, n_ctx=512, n_batch=512) as context:
            context.set_adapter(Adapter(model, adapter))
            context.decode(ids, range(len(ids)), [0] * len(ids), [True] * len(ids))
            return np.stack([context.logits(i).copy() for i in range(len(head) - 1, len(ids))])


def _header(gguf: Path) -> dict[str, str]:
    from gguf import GGUFReader

    fields = GGUFReader(gguf).fields
    wanted = [name for name in fields if name.startswith(("general.", "josi."))]
    return {name: str(fields[name].contents()) for name in wanted}


def _tensor_types(gguf: Path) -> set[str]:
    from gguf import GGUFReader

    return {tensor.tensor_type.name for tensor in GGUFReader(gguf).tensors}

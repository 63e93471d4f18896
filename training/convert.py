"""Merge, convert, quantise: a base and an adapter become GGUF files that llama.cpp runs.

F16 is llama.cpp's own conversion of the merged checkpoint; Q8_0 and Q4_K_M are llama.cpp's own quantisation of it;
the adapter alone becomes a GGUF LoRA for phones that keep one base in memory.
"""

from __future__ import annotations

import json
import multiprocessing
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from training.converter import run_converter
from training.errors import TrainingError
from training.text_part import copy_tokenizer

UNREAD = re.compile(r"\.self_attn\.(k_proj|v_proj|k_norm)\.weight$")
FILE_TYPES = {"F16": 1, "Q8_0": 7, "Q4_K_M": 15}  # enum llama_ftype


def merge(base: Path, adapter: Path | None, out: Path) -> None:
    """Writes the base with the adapter's update added to its weights (computed in float32, kept in float16)."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model: Any = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    if adapter is not None:
        model = PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()
    model.to(torch.float16).save_pretrained(out)
    copy_tokenizer(base, out)
    if getattr(model.config, "num_kv_shared_layers", 0):
        _carry_unread(base, out)


def _carry_unread(base: Path, out: Path) -> None:
    """Adds the keys and values of layers that reuse an earlier layer's (Gemma 3n).

    The published files hold them, transformers never reads them, and llama.cpp refuses a file without them.
    """
    from safetensors import safe_open
    from safetensors.torch import save_file

    written = {name for path in out.glob("*.safetensors") for name in _names(path)}
    unread: dict[str, Any] = {}
    for path in sorted(base.glob("*.safetensors")):
        with safe_open(path, framework="pt") as file:
            names = [name for name in file.keys() if name not in written and UNREAD.search(name)]  # noqa: SIM118
            unread |= {name: file.get_tensor(name).half() for name in names}
    save_file(unread, out / "model-unread.safetensors", metadata={"format": "pt"})
    index = out / "model.safetensors.index.json"
    if index.is_file():
        content = json.loads(index.read_text(encoding="utf-8"))
        content["weight_map"] |= dict.fromkeys(unread, "model-unread.safetensors")
        index.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _names(path: Path) -> list[str]:
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        return list(file.keys())


def to_gguf(checkpoint: Path, out: Path, metadata: Mapping[str, str], pre_tokenizer: str = "") -> None:
    """Converts a Hugging Face checkpoint to a GGUF in F16 whose header carries `metadata`."""
    plain = out.with_name(out.name + ".plain")
    run_converter(
        "convert_hf_to_gguf.py", checkpoint, "--outtype", "f16", "--outfile", plain, pre_tokenizer=pre_tokenizer
    )
    stamp(plain, out, metadata)
    plain.unlink()


def adapter_to_gguf(base: Path, adapter: Path, out: Path, metadata: Mapping[str, str]) -> None:
    """Converts a PEFT adapter to a GGUF LoRA in F16."""
    plain = out.with_name(out.name + ".plain")
    run_converter("convert_lora_to_gguf.py", adapter, "--base", base, "--outtype", "f16", "--outfile", plain)
    stamp(plain, out, metadata)
    plain.unlink()


def stamp(source: Path, target: Path, metadata: Mapping[str, str]) -> None:
    """Copies a GGUF with more string entries in its header (`general.*`, `josi.*`)."""
    from gguf import GGUFReader, GGUFValueType, GGUFWriter
    from gguf.scripts import gguf_new_metadata as rewrite

    reader = GGUFReader(source)
    architecture = str(reader.fields["general.architecture"].contents())
    writer = GGUFWriter(target, architecture)
    fresh = {key: rewrite.MetadataDetails(GGUFValueType.STRING, value) for key, value in metadata.items()}
    rewrite.copy_with_new_metadata(reader, writer, fresh, [])


def quantise(source: Path, target: Path, kind: str, threads: int = 2) -> None:
    """Quantises a GGUF with llama.cpp (F16, or Q8_0 anew), in a child process that may crash without taking us along.

    Raises:
        TrainingError: llama.cpp refused or crashed.
    """
    worker = multiprocessing.get_context("spawn").Process(
        target=_quantise, args=(str(source), str(target), FILE_TYPES[kind], threads)
    )
    worker.start()
    worker.join()
    if worker.exitcode != 0 or not target.is_file():
        target.unlink(missing_ok=True)
        raise TrainingError(f"llama.cpp could not quantise {source} to {kind} (exit code {worker.exitcode}).")


def _quantise(source: str, target: str, file_type: int, threads: int) -> None:
    import ctypes

    from line.binding import last_messages, lib

    params = lib().llama_model_quantize_default_params()
    params.ftype, params.nthread, params.allow_requantize = file_type, threads, True
    if lib().llama_model_quantize(source.encode(), target.encode(), ctypes.byref(params)) != 0:
        raise SystemExit(last_messages())

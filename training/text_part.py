"""The language model out of a checkpoint that also sees and hears.

Gemma 3n is published with a vision and an audio tower. Josi reads and writes text only: left in, the towers would need
their own libraries to load, would get adapters that no GGUF holds (their layers are named alike), and cost memory.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from line.errors import InputError

INSIDE = ("model.language_model.", "language_model.model.")  # layouts of transformers 5 and 4.5x
TEXT = "model."
SHARD = 4_000_000_000  # bytes of weights held at a time
TOKENIZER = (
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "chat_template.jinja",
    "chat_template.json",
    "generation_config.json",
)


def has_other_parts(checkpoint: Path) -> bool:
    """Whether the checkpoint's configuration names a text part beside others."""
    return "text_config" in _config(checkpoint)


def extract_text(source: Path, out: Path) -> None:
    """Writes the text part of `source` as a checkpoint of its own, shard by shard.

    Raises:
        InputError: its weights are not named as a Gemma 3n's are.
    """
    from safetensors.torch import save_file

    out.mkdir(exist_ok=True)
    config = _config(source)
    text = {**config["text_config"], "architectures": [_text_class(config)], "dtype": "float16"}
    (out / "config.json").write_text(json.dumps(text, indent=2) + "\n", encoding="utf-8")
    copy_tokenizer(source, out)
    weight_map: dict[str, str] = {}
    for number, shard in enumerate(_shards(source)):
        name = f"model-{number:05d}.safetensors"
        save_file(shard, out / name, metadata={"format": "pt"})
        weight_map |= dict.fromkeys(shard, name)
    if not weight_map:
        raise InputError(f"{source} holds no weights named {' or '.join(INSIDE)}…; is it a whole download?")
    index = json.dumps({"metadata": {}, "weight_map": weight_map}, indent=2)
    (out / "model.safetensors.index.json").write_text(index + "\n", encoding="utf-8")


def copy_tokenizer(source: Path, out: Path) -> None:
    """Copies the tokenizer as it was published.

    Saving it through transformers drops `tokenizer.model` and renames its class, by both of which llama.cpp's
    converter tells what kind of vocabulary it is.
    """
    for name in TOKENIZER:
        if (source / name).is_file():
            shutil.copyfile(source / name, out / name)


def _shards(source: Path) -> Iterator[dict[str, Any]]:
    import torch
    from safetensors import safe_open

    shard: dict[str, Any] = {}
    size = 0
    for path in sorted(source.glob("*.safetensors")):
        with safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118 - not a mapping
                prefix = next((p for p in INSIDE if name.startswith(p)), None)
                if prefix is None:
                    continue
                tensor = file.get_tensor(name).to(torch.float16)
                if shard and size + tensor.nbytes > SHARD:
                    yield shard
                    shard, size = {}, 0
                shard[TEXT + name.removeprefix(prefix)] = tensor
                size += tensor.nbytes
    if shard:
        yield shard


def _text_class(config: dict[str, Any]) -> str:
    whole: str = config["architectures"][0]
    return whole.replace("ForConditionalGeneration", "ForCausalLM")


def _config(checkpoint: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((checkpoint / "config.json").read_text(encoding="utf-8"))
    return found

"""What several folders share: a Llama of two layers with random weights, as checkpoint, as GGUF and with adapters."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from line.llama import Model
from training.catalogue import BaseModel, entry

# pytest-xdist's workers share the cores, and spinning threads that must wait for one another starve them all.
os.environ.setdefault("OMP_NUM_THREADS", "1")

Adapters = tuple[Path, Path]


@pytest.fixture(scope="session")
def tiny_entry() -> BaseModel:
    return entry("smollm2-135m")


@pytest.fixture(scope="session")
def tiny_checkpoint(tiny_entry: BaseModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from training.tiny import write_tiny

    out = tmp_path_factory.mktemp("tiny") / "hf"
    write_tiny(tiny_entry, out, width=64)
    return out


@pytest.fixture(scope="session")
def tiny_gguf(tiny_checkpoint: Path) -> Path:
    """The checkpoint through llama.cpp's own converter, in F16, with a stamped header."""
    from training.convert import to_gguf

    out = tiny_checkpoint.with_name("tiny.F16.gguf")
    to_gguf(tiny_checkpoint, out, {"general.name": "Tiny", "josi.role": "interpreter"})
    return out


@pytest.fixture(scope="session")
def tiny_adapters(tiny_gguf: Path) -> Adapters:
    """Two GGUF adapters for it that pull the answers apart."""
    found = [tiny_gguf.with_name(f"{name}.lora.gguf") for name in ("first", "second")]
    for seed, path in enumerate(found):
        _write_adapter(path, seed)
    return found[0], found[1]


@pytest.fixture
def tiny_model(tiny_gguf: Path) -> Iterator[Model]:
    with Model(tiny_gguf) as model:
        yield model


@pytest.fixture(scope="session")
def packaged_gguf() -> Path:
    """The real base model's file, for what needs its real vocabulary and chat template."""
    from training.catalogue import locate

    return locate(entry("smollm2-135m"))


def _write_adapter(path: Path, seed: int) -> None:
    import numpy as np
    from gguf import GGUFWriter

    rng = np.random.default_rng(seed)
    writer = GGUFWriter(path, "llama")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", 8.0)
    for layer in range(2):
        for part, shape in (("lora_a", (4, 64)), ("lora_b", (64, 4))):
            values = rng.normal(0, 0.5, shape).astype(np.float16)
            writer.add_tensor(f"blk.{layer}.attn_output.weight.{part}", values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()

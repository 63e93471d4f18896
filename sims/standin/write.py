"""Writes a stand-in slice by slice, so that memory never holds more than one; LoRA adapters of the right shapes too."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from line.errors import InputError, MissingError, StageError
from sims.ggml import TYPES, Tensor
from sims.header import Header, read_header
from sims.standin.blocks import tensor_data
from sims.standin.layout import tensors_of
from sims.standin.metadata import write_metadata
from sims.standin.mix import typed_tensors
from sims.standin.spec import Spec
from sims.standin.vocabulary import vocabulary

Progress = Callable[[int, int], None]  # MB written, MB in all
_ALIGNMENT = 32
_ADAPTED = ("attn_q", "attn_k", "attn_v", "attn_qkv", "attn_output", "ffn_gate", "ffn_up", "ffn_down")  # lora_targets
_MB = 1024 * 1024
_SPARE = 64 * _MB  # left free on the disk beyond the file itself


def silent(_done: int, _total: int) -> None:
    """Shows nothing."""


def make_model(spec: Spec, out: Path, *, donor: Path, seed: int = 0, show: Progress = silent) -> Path:
    """The stand-in `out`/NAME.standin.gguf; one that is there is replaced.

    Raises:
        InputError: see `sims.standin.mix` and `sims.standin.vocabulary`.
        MissingError: the package `gguf` is not installed.
        StageError: the disk has no room for it.
    """
    path = out / f"{spec.name}.standin.gguf"
    words = vocabulary(spec, donor)
    return write_gguf(
        path,
        spec.architecture,
        typed_tensors(spec),
        lambda writer: write_metadata(writer, spec, words, seed),
        seed=seed,
        show=show,
    )


def make_adapter(
    spec: Spec, out: Path, *, rank: int, seed: int = 0, name: str = "lora", show: Progress = silent
) -> Path:
    """A LoRA adapter in F16 for the spec's model, `out`/MODEL.NAME.gguf, over attention and feed-forward.

    Raises:
        InputError: a rank below 1.
        MissingError, StageError: as `make_model`.
    """
    if rank < 1:
        raise InputError(f"A LoRA adapter needs a rank of at least 1, not {rank}.")

    def metadata(writer: Any) -> None:
        writer.add_type("adapter")
        writer.add_string("adapter.type", "lora")
        writer.add_float32("adapter.lora.alpha", float(2 * rank))
        writer.add_name(f"Stand-in adapter for {spec.title}, rank {rank}, seed {seed}")

    path = out / f"{spec.name}.{name}.gguf"
    return write_gguf(path, spec.architecture, adapter_tensors(spec, rank), metadata, seed=seed, show=show)


def adapter_header(spec: Spec, rank: int) -> Header:
    """The header of `make_adapter`'s file, without writing it (its few entries weigh nothing)."""
    tensors = tuple(adapter_tensors(spec, rank))
    return Header({"general.architecture": spec.architecture}, tensors, 0, sum(t.bytes for t in tensors))


def adapter_tensors(spec: Spec, rank: int) -> list[Tensor]:
    """Two tensors, [columns, rank] and [rank, rows], for each matrix that training puts an adapter on."""
    pairs: list[Tensor] = []
    for name, shape in tensors_of(spec):
        if name.startswith("blk.") and name.split(".")[2] in _ADAPTED and name.endswith(".weight"):
            pairs.append(Tensor(f"{name}.lora_a", (shape[0], rank), "F16"))
            pairs.append(Tensor(f"{name}.lora_b", (rank, shape[1]), "F16"))
    return pairs


def spec_header(spec: Spec, donor: Path) -> Header:
    """The header that `make_model` would write, without writing the weights.

    Raises:
        InputError, MissingError: as `make_model`.
    """
    words, tensors = vocabulary(spec, donor), typed_tensors(spec)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "header.gguf"
        _write_header(path, spec.architecture, tensors, lambda writer: write_metadata(writer, spec, words, 0))
        header = read_header(path)
    weights = sum(-(-tensor.bytes // _ALIGNMENT) * _ALIGNMENT for tensor in tensors)
    return replace(header, file_bytes=header.data_offset + weights)


def write_gguf(
    path: Path,
    architecture: str,
    tensors: Sequence[Tensor],
    metadata: Callable[[Any], None],
    *,
    seed: int = 0,
    show: Progress = silent,
) -> Path:
    """A GGUF of random weights: `metadata` fills a `gguf.GGUFWriter`'s header (raises as `make_model`)."""
    total = sum(tensor.bytes for tensor in tensors)
    _require_room(path, total)
    with _partial(path) as partial:
        _write_header(partial, architecture, tensors, metadata)
        with partial.open("ab") as file:
            done = 0
            for tensor in tensors:
                for data in tensor_data(tensor, seed):
                    file.write(data)
                    done += len(data)
                    show(done // _MB, total // _MB)
                file.write(bytes(-file.tell() % _ALIGNMENT))
    return path


def _write_header(path: Path, architecture: str, tensors: Sequence[Tensor], metadata: Callable[[Any], None]) -> None:
    try:
        from gguf import GGMLQuantizationType, GGUFWriter
    except ImportError as error:
        raise MissingError("The Python package `gguf` is not installed. Run `bash bootstrap.sh setup`.") from error
    writer = GGUFWriter(path, architecture)
    metadata(writer)
    for tensor in tensors:
        kind = TYPES[tensor.type]
        shape = tuple(reversed(tensor.shape))  # the writer takes rows first
        writer.add_tensor_info(
            tensor.name, shape, np.dtype(np.float32), tensor.bytes, raw_dtype=GGMLQuantizationType(kind.id)
        )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    with path.open("ab") as file:
        file.write(bytes(-file.tell() % _ALIGNMENT))


@contextmanager
def _partial(path: Path) -> Iterator[Path]:
    """A hidden name to write to; it becomes `path` at the end, or is gone. What a killed writer left goes too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f".{path.name}.*.part"):
        if not psutil.pid_exists(int(left.name.split(".")[-2])):
            left.unlink(missing_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield partial
        partial.replace(path)
    except OSError as error:
        raise StageError(f"{path} could not be written: {error}") from error
    finally:
        partial.unlink(missing_ok=True)


def _require_room(path: Path, size: int) -> None:
    place = path.parent
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if free < size + _SPARE:
        raise StageError(
            f"{path.name} takes {size // _MB:,} MB and {place} has {free // _MB:,} MB free. Free some, or name another "
            "folder with --out."
        )

"""A GGUF's header without its weights: scalar entries and tensors. `gguf.GGUFReader` takes seconds for a vocabulary.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (versions 2 and 3, little-endian).
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from line.errors import InputError, MissingError
from line.llama import require_gguf_magic

_SCALARS = dict(zip(range(13), ("B", "b", "H", "h", "I", "i", "f", "?", None, None, "Q", "q", "d"), strict=True))
_STRING, _ARRAY = 8, 9
_KEPT = 4096  # items of the longest array that is kept; vocabularies are skipped
_MANY = 1 << 20  # more entries or tensors than any model has: the file is damaged
_DIMENSIONS = 8


@dataclass(frozen=True)
class Header:
    """Scalar entries and short arrays by key; tensors as (name, elements, bytes)."""

    meta: dict[str, Any]
    tensors: list[tuple[str, int, int]]


def read_header(path: Path) -> Header:
    """Reads a GGUF's header.

    Raises:
        MissingError: there is no such file. InputError: no GGUF, another version, or damaged.
    """
    if not path.is_file():
        raise MissingError(f"No model at {path}. Name a GGUF.")
    require_gguf_magic(path)
    try:
        with path.open("rb") as file:
            return _header(file)
    except (ValueError, KeyError, struct.error, OverflowError, MemoryError, RecursionError) as error:
        raise InputError(f"{path}: its GGUF header is damaged: {error}. Convert or download it again.") from error


def _header(file: BinaryIO) -> Header:
    from gguf.constants import GGML_QUANT_SIZES

    _, version, tensors, entries = struct.unpack("<4sIQQ", file.read(24))
    if version not in (2, 3) or max(tensors, entries) > _MANY:
        raise ValueError(f"version {version}, {tensors} tensors, {entries} entries")
    meta = {_text(file): _value(file, _number(file, "I")) for _ in range(entries)}
    rows = []
    for _ in range(tensors):
        name = _text(file)
        dimensions = _number(file, "I")
        if dimensions > _DIMENSIONS:
            raise ValueError(f"tensor {name!r} has {dimensions} dimensions")
        elements = math.prod(_number(file, "Q") for _ in range(dimensions))
        block, size = GGML_QUANT_SIZES[_number(file, "I")]
        _number(file, "Q")  # its offset
        rows.append((name, elements, elements // block * size))
    return Header(meta, rows)


def _number(file: BinaryIO, code: str) -> Any:
    return struct.unpack(f"<{code}", file.read(struct.calcsize(f"<{code}")))[0]


def _text(file: BinaryIO) -> str:
    size = _number(file, "Q")
    data = file.read(size) if size <= 1 << 24 else b""
    if len(data) != size:
        raise ValueError("a text runs past the end of the file")
    return data.decode("utf-8", "replace")


def _value(file: BinaryIO, kind: int) -> Any:
    if kind == _STRING:
        return _text(file)
    if kind == _ARRAY:
        return _array(file)
    return _number(file, _SCALARS[kind] or "")


def _array(file: BinaryIO) -> list[Any] | None:
    """The items; None for one that is skipped."""
    kind, count = _number(file, "I"), _number(file, "Q")
    if count > 1 << 28:
        raise ValueError(f"an array of {count} items")
    if kind in (_STRING, _ARRAY):
        items = [_value(file, kind) for _ in range(count)]
        return items if count <= _KEPT else None
    code = _SCALARS[kind]
    data = file.read(struct.calcsize(f"<{count}{code}"))
    return list(struct.unpack(f"<{count}{code}", data)) if count <= _KEPT else None

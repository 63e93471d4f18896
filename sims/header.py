"""A GGUF's header, read without its weights and without the `gguf` package (the phones' agent has none)."""

from __future__ import annotations

import struct
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from line.errors import InputError, MissingError
from sims.ggml import Tensor, type_of_id

Value = int | float | bool | str | list[int] | list[str]
_MAGIC = b"GGUF"
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_MOST = 1 << 24  # entries of an array, bytes of a string: beyond is a damaged file


@dataclass(frozen=True)
class Strings:
    """An array of strings, of which only the weight matters here: how many, and how many bytes together."""

    count: int
    bytes: int


@dataclass(frozen=True)
class Header:
    """What a GGUF says of itself. `file_bytes` is the whole file's size, `data_offset` where the weights begin."""

    metadata: Mapping[str, Value | Strings]
    tensors: tuple[Tensor, ...]
    data_offset: int
    file_bytes: int

    @property
    def architecture(self) -> str:
        """llama.cpp's name of the architecture."""
        return str(self.metadata.get("general.architecture", ""))

    def number(self, key: str, default: int | None = None) -> int:
        """A whole number of the architecture, its prefix left out (`block_count`).

        Raises:
            InputError: it is absent and there is no default.
        """
        found = self.metadata.get(f"{self.architecture}.{key}", default)
        if isinstance(found, bool) or not isinstance(found, int):
            raise InputError(
                f"The GGUF's header has no {self.architecture}.{key}: no language model, or a damaged one."
            )
        return found

    def numbers(self, key: str, count: int) -> list[int]:
        """A whole number for each of `count` layers, listed layer by layer or once for all.

        Raises:
            InputError: it is absent, or its list is of another length.
        """
        found = self.metadata.get(f"{self.architecture}.{key}")
        if not isinstance(found, list):
            return [self.number(key)] * count
        if len(found) != count or not all(isinstance(one, int) for one in found):
            raise InputError(f"The GGUF's header has no whole number of {key} for each of {count} layers.")
        return [int(one) for one in found]

    def strings(self, key: str) -> Strings:
        """The weight of an array of strings; nothing where there is none."""
        found = self.metadata.get(key)
        return found if isinstance(found, Strings) else Strings(0, 0)


def read_header(path: Path, *, keep: Collection[str] = ()) -> Header:
    """The header of a GGUF file; arrays of strings are weighed, and those that `keep` names are lists.

    Raises:
        MissingError: there is no such file.
        InputError: it is no GGUF of version 2 or 3, or it is cut off.
    """
    if not path.is_file():
        raise MissingError(f"No GGUF at {path}.")
    with path.open("rb") as file:
        try:
            return _read(path, file, keep)
        except (struct.error, UnicodeDecodeError, KeyError) as error:
            raise InputError(f"{path}: the GGUF's header is damaged or cut off ({error!r}).") from error


def _read(path: Path, file: BinaryIO, keep: Collection[str]) -> Header:
    if file.read(4) != _MAGIC:
        raise InputError(f"{path} is not a GGUF file (its first four bytes say so).")
    version = _number(file, "I")
    if version not in (2, 3):
        raise InputError(f"{path} is a GGUF of version {version}; this reads 2 and 3.")
    tensors, entries = _number(file, "Q"), _number(file, "Q")
    metadata = dict(_entry(file, keep) for _ in range(entries))
    listed = tuple(_tensor(file) for _ in range(tensors))
    alignment = metadata.get("general.alignment", 32)
    if not isinstance(alignment, int) or alignment < 1:
        raise InputError(f"{path}: general.alignment is {alignment!r}, not a positive number.")
    offset = -(-file.tell() // alignment) * alignment
    return Header(metadata, listed, offset, path.stat().st_size)


def _entry(file: BinaryIO, keep: Collection[str]) -> tuple[str, Value | Strings]:
    key, kind = _text(file), _number(file, "I")
    return key, _value(file, kind, key in keep)


def _value(file: BinaryIO, kind: int, keep: bool) -> Value | Strings:
    if kind == _STRING:
        return _text(file)
    if kind == _ARRAY:
        inner, count = _number(file, "I"), _length(file)
        if inner != _STRING:
            return _numbers(file, inner, count)
        return [_text(file) for _ in range(count)] if keep else _strings(file, count)
    return _unpack(file, _SCALARS[kind], 1)[0]


def _numbers(file: BinaryIO, kind: int, count: int) -> list[int]:
    return list(_unpack(file, _SCALARS[kind], count))


def _strings(file: BinaryIO, count: int) -> Strings:
    total = 0
    for _ in range(count):
        length = _length(file)
        file.seek(length, 1)
        total += length
    return Strings(count, total)


def _tensor(file: BinaryIO) -> Tensor:
    name = _text(file)
    shape = tuple(_unpack(file, "Q", _number(file, "I")))
    kind = type_of_id(_number(file, "I")).name
    _number(file, "Q")  # where its data begins
    return Tensor(name, shape, kind)


def _text(file: BinaryIO) -> str:
    length = _length(file)
    data = file.read(length)
    if len(data) < length:
        raise struct.error("a string runs over the file's end")
    return data.decode("utf-8")


def _length(file: BinaryIO) -> int:
    length = _number(file, "Q")
    if length > _MOST:
        raise struct.error(f"a length of {length}")
    return length


def _number(file: BinaryIO, code: str) -> int:
    return int(_unpack(file, code, 1)[0])


def _unpack(file: BinaryIO, code: str, count: int) -> tuple[int, ...]:
    size = struct.calcsize(f"<{count}{code}")
    return struct.unpack(f"<{count}{code}", file.read(size))

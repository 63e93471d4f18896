"""What the app's own process holds, as it can be read from inside: the kernel's figures and llama.cpp's buffers."""

from __future__ import annotations

import ctypes
import re
import resource
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from line.binding import _LOG_CALLBACK, lib

# llama.cpp says each buffer it allocates, e.g. "llama_kv_cache:        CPU KV buffer size =    45.00 MiB".
_BUFFER = re.compile(r"(\w+)\s+(KV|RS|compute|output|model|LoRA) buffer size =\s+([\d.]+) MiB")
_KINDS = {"KV": "kv", "RS": "kv", "compute": "compute", "output": "compute", "model": "weights", "LoRA": "weights"}


@dataclass
class Buffers:
    """MB that llama.cpp says it allocated: `kv` (cache), `compute` (with the output buffer), `weights`.

    With mmap `weights` counts the mapped file and, on top of it, what is repacked into memory.
    """

    kv: float = 0.0
    compute: float = 0.0
    weights: float = 0.0

    def plus(self, other: Buffers) -> Buffers:
        """Both together."""
        return Buffers(self.kv + other.kv, self.compute + other.compute, self.weights + other.weights)


_said: list[str] = []


def listen() -> None:
    """Keeps llama.cpp's words about its buffers; warnings go where they went before."""
    module = lib()
    module.llama_log_set(_callback(module), ctypes.c_void_p(0))


def heard() -> Buffers:
    """What was allocated since the last call."""
    found = read_buffers("".join(_said))
    _said.clear()
    return found


def read_buffers(text: str) -> Buffers:
    """The buffers in llama.cpp's log, summed by kind; one that is said again (a graph reserved anew) counts once."""
    sizes: dict[tuple[str, str, int], float] = {}
    for line in text.splitlines():
        if found := _BUFFER.search(line):
            kind = found[2]
            # Two KV caches (a sliding window beside a whole one) are two buffers; a compute buffer is one, made larger.
            nth = sum(key[:2] == (found[1], kind) for key in sizes) if kind in ("KV", "RS") else 0
            sizes[found[1], kind, nth] = float(found[3])
    total = Buffers()
    for (_, kind, _), mb in sizes.items():
        name = _KINDS[kind]
        setattr(total, name, round(getattr(total, name) + mb, 2))
    return total


@cache
def _callback(module: Any) -> Any:
    plain = _LOG_CALLBACK(module)

    def log(level: int, text: bytes, data: object) -> None:
        if b"buffer size" in text:
            _said.append(text.decode("utf-8", "replace").rstrip("\n") + "\n")
        plain(level, text, data)

    return module.llama_log_callback(log)


def process_memory() -> dict[str, float]:
    """The kernel's figures of this process in MB, and its major faults so far."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    names = {"rss_mb": "VmRSS", "anonymous_mb": "RssAnon", "file_mb": "RssFile"}
    found = {name: round(int(status[key].split()[0]) / 1024, 1) for name, key in names.items()}
    return {**found, "major_faults": resource.getrusage(resource.RUSAGE_SELF).ru_majflt}


def give_back() -> None:
    """Asks the C library to give freed memory back to the system, as an app does when it is told to trim."""
    ctypes.CDLL(None).malloc_trim(0)


def is_mapped(folder: Path) -> bool:
    """Whether a model file is memory-mapped now; llama.cpp need not do what the settings ask for."""
    return f"{folder}/" in Path("/proc/self/maps").read_text()

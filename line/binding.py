"""Finds llama.cpp's shared library through llama-cpp-python's low-level module.

The package's own `__init__` pulls in its high-level class with Jinja and a disk cache: a second of start-up and
tens of megabytes that a phone's agent would then be charged for. Only the ctypes module is loaded here.
"""

import ctypes
import importlib
import importlib.metadata
import importlib.util
import re
import sys
import types
from functools import cache
from typing import Any

from line.errors import MissingError

LOG_WARN = 3  # enum ggml_log_level: 1 debug/2 info/3 warn/4 error in llama.cpp's ggml.h
_messages: list[str] = []


@cache
def lib() -> Any:
    """The low-level binding, back-end initialised and llama.cpp's chatter kept in memory.

    Raises:
        MissingError: llama-cpp-python is not installed.
    """
    module = _import_low_level()
    module.llama_log_set(_LOG_CALLBACK(module), ctypes.c_void_p(0))
    module.llama_backend_init()
    return module


def last_messages(count: int = 3) -> str:
    """The last warnings and errors that llama.cpp printed, joined; they are cleared."""
    text = " | ".join(line.strip() for line in _messages[-count:] if line.strip())
    _messages.clear()
    return text or "llama.cpp gave no reason"


def _import_low_level() -> Any:
    spec = importlib.util.find_spec("llama_cpp")
    if spec is None or spec.submodule_search_locations is None:
        raise MissingError(
            "llama.cpp is not installed (no Python package llama_cpp). Run `bash bootstrap.sh setup`, "
            "which builds and caches it."
        )
    if "llama_cpp" not in sys.modules:
        stub = types.ModuleType("llama_cpp")
        stub.__path__ = list(spec.submodule_search_locations)
        stub.__spec__ = spec  # others may still ask where the package lies
        sys.modules["llama_cpp"] = stub
    return importlib.import_module("llama_cpp.llama_cpp")


@cache
def _LOG_CALLBACK(module: Any) -> Any:
    def log(level: int, text: bytes, _data: object) -> None:
        if level >= LOG_WARN:
            _messages.append(text.decode("utf-8", "replace"))
            del _messages[:-50]

    return module.llama_log_callback(log)


@cache
def build_info() -> str:
    """llama.cpp's version and the CPU features it uses, e.g. "0.3.36 AVX2 FMA F16C"; part of what decides an answer."""
    features = lib().llama_print_system_info().decode()
    used = sorted(set(re.findall(r"(\w+) = 1", features)))
    return " ".join([importlib.metadata.version("llama-cpp-python"), *used])

"""The folder a phone is given: our code, the llama.cpp build, and copies of the models that no cache holds.

A page is charged to the control group that touches it first. A GGUF that already sits in the host's page
cache would be free for the container, so every run gets fresh copies whose pages are written out and dropped,
and that is checked.
"""

from __future__ import annotations

import ctypes
import importlib.util
import mmap
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from line.errors import InputError, MissingError, StageError

_PACKAGES = ("josi", "line", "sims")
_CHUNK = 8 * 1024 * 1024
_TOLERATED = 0.02  # of a file's pages; a stray read-ahead is no escape
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "test_*.py", "server", "*.jsonl.gz")


def stage_code(target: Path) -> None:
    """Copies our packages and the installed llama.cpp bindings into `target`, readable by any user.

    Raises:
        MissingError: llama.cpp is not installed.
    """
    root = Path(__file__).resolve().parent.parent
    for name in _PACKAGES:
        shutil.copytree(root / name, target / name, ignore=_LEFT_OUT)
    spec = importlib.util.find_spec("llama_cpp")
    if spec is None or not spec.submodule_search_locations:
        raise MissingError("llama.cpp is not installed (no Python package llama_cpp): the phones cannot run.")
    shutil.copytree(spec.submodule_search_locations[0], target / "llama_cpp", ignore=_LEFT_OUT)
    open_to_all(target)


def stage_models(files: Iterable[Path], target: Path) -> dict[Path, str]:
    """Fresh, uncached copies of `files` in `target`; the name given to each.

    Raises:
        InputError: a file does not exist.
        StageError: the copies cannot be dropped from the page cache, or the disk is full.
    """
    names: dict[Path, str] = {}
    for path in files:
        if path in names:
            continue
        names[path] = f"{len(names)}-{path.name}"
        _copy_uncached(path, target / names[path])
    open_to_all(target)
    for name in names.values():
        _require_uncached(target / name)
    return names


def cached_share(path: Path) -> float:
    """Share of a file's pages that are in the host's page cache, 0…1 (mincore(2))."""
    size = path.stat().st_size
    if not size:
        return 0.0
    pages = -(-size // mmap.PAGESIZE)
    vector = (ctypes.c_ubyte * pages)()
    with path.open("rb") as file, mmap.mmap(file.fileno(), size, access=mmap.ACCESS_COPY) as view:
        first = ctypes.c_char.from_buffer(view)
        try:
            failed = ctypes.CDLL(None, use_errno=True).mincore(
                ctypes.c_void_p(ctypes.addressof(first)), ctypes.c_size_t(size), vector
            )
        finally:
            del first  # the view cannot be closed while it is lent
    if failed:
        raise StageError(f"mincore failed on {path}: {os.strerror(ctypes.get_errno())}")
    return sum(page & 1 for page in vector) / pages


def open_to_all(folder: Path) -> None:
    """Makes a tree readable by the container's unprivileged user, whatever the umask was."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _copy_uncached(source: Path, target: Path) -> None:
    if not source.is_file():
        raise InputError(f"No file at {source}: the phone cannot be given it.")
    try:
        with source.open("rb") as reader, target.open("wb") as writer:
            while chunk := reader.read(_CHUNK):
                writer.write(chunk)
            writer.flush()
            os.fsync(writer.fileno())
            os.posix_fadvise(writer.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    except OSError as error:
        raise StageError(f"{source} could not be copied to {target}: {error}") from error


def _require_uncached(path: Path) -> None:
    share = cached_share(path)
    if share > _TOLERATED:
        raise StageError(
            f"{path} is still {share:.0%} in the page cache, where it would escape the phone's memory cap. "
            "Is the folder on a tmpfs? Name an output folder on a disk."
        )

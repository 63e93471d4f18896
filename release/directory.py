"""A directory that is there whole or not at all: filled beside its place, flushed, then swapped in."""

import ctypes
import errno
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from line.errors import StageError

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_AT_FDCWD = -100  # linux/fcntl.h
_RENAME_EXCHANGE = 2  # linux/fs.h


@contextmanager
def whole(target: Path) -> Iterator[Path]:
    """An empty directory to fill; on leaving it takes `target`'s place, on any error it vanishes.

    A killed process leaves a hidden neighbour of `target`, which the next call sweeps away.

    Raises:
        StageError: the disk is full, or the file system refused.
    """
    target = target.absolute()
    partial = target.with_name(f".{target.name}.partial-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target)
        partial.mkdir()
        yield partial
        _flush(partial)
        _swap(partial, target)
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise full_disk(target) from error
        raise StageError(f"cannot write {target}: {error}.") from error
    finally:
        # Holds the half-written release after an error and the replaced one after a success.
        shutil.rmtree(partial, ignore_errors=True)


def full_disk(target: Path, need: int | None = None) -> StageError:
    """The error of a disk without room for `target`; `need` in bytes."""
    wanted = f" It needs {need / 1e6:,.0f} MB." if need else ""
    return StageError(f"the disk is full: {target} was not written and nothing of it is left.{wanted} Free some space.")


def check_room(target: Path, need: int) -> None:
    """Refuse early what cannot end well.

    Raises:
        StageError: fewer than `need` bytes are free where `target` goes.
    """
    folder = next(folder for folder in target.absolute().parents if folder.is_dir())
    if shutil.disk_usage(folder).free < need:
        raise full_disk(target, need)


def _sweep(target: Path) -> None:
    """Remove what killed processes left; a living one's work is its own."""
    pattern = re.compile(rf"\.{re.escape(target.name)}\.partial-(\d+)-[0-9a-f]{{8}}")
    for folder in target.parent.iterdir():
        match = pattern.fullmatch(folder.name)
        if match and not psutil.pid_exists(int(match[1])):
            shutil.rmtree(folder, ignore_errors=True)


def _flush(folder: Path) -> None:
    """Bring every byte to the disk, so that a power cut after the swap finds no empty files."""
    for path in (folder, *folder.rglob("*")):
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _swap(new: Path, target: Path) -> None:
    """Put `new` in `target`'s place; what was there is then at `new`."""
    if not target.exists():
        new.rename(target)
        return
    libc = ctypes.CDLL(None, use_errno=True)
    exchange = getattr(libc, "renameat2", None)
    if exchange is not None:
        names = os.fsencode(new), os.fsencode(target)
        if exchange(_AT_FDCWD, names[0], _AT_FDCWD, names[1], ctypes.c_uint(_RENAME_EXCHANGE)) == 0:
            return
        if ctypes.get_errno() not in (errno.EINVAL, errno.ENOSYS):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(target))
    # A file system without exchange (overlay, NFS): two renames, with a moment between them.
    old = new.with_name(new.name[:-8] + secrets.token_hex(4))
    target.rename(old)
    new.rename(target)
    old.rename(new)

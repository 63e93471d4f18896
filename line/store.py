"""The artifact store: a result is a folder named by the digest of its recipe, made once.

A folder without `provenance.json` never existed: builders write into a temporary neighbour, provenance comes last,
then one rename. So a kill at any moment leaves either the whole artifact or rubbish that the next run sweeps away.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from line import digest
from line.errors import StageError
from line.paths import store_dir

PROVENANCE = "provenance.json"
_FULL = 32 * 2**20  # bytes free below which a build that failed has met a full disk


@dataclass(frozen=True)
class Recipe:
    """All that decides an artifact's content.

    inputs: name -> digest (of a file, a folder or another artifact's recipe); settings: JSON values;
    code: module names whose source (with what they import) is part of the recipe.
    """

    kind: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    code: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The recipe with the code's digest in place of its names."""
        return {
            "kind": self.kind,
            "inputs": dict(self.inputs),
            "settings": dict(self.settings),
            "code": digest.of_code(self.code),
        }

    def digest(self) -> str:
        """SHA-256 of the recipe."""
        return digest.of_json(self.as_dict())


@dataclass(frozen=True)
class Artifact:
    """A finished folder of the store."""

    path: Path
    digest: str
    provenance: dict[str, Any]
    reused: bool

    def file(self, name: str) -> Path:
        """The path of one of its files."""
        return self.path / name


Build = Callable[[Path], None]


class Store:
    """Makes artifacts at most once, also when several processes ask at the same time."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = Path(root) if root else store_dir()
        self.log: list[tuple[str, str, bool, float]] = []  # kind, digest, reused, seconds
        self.damaged: list[str] = []  # folders whose content no longer fitted their provenance

    def find(self, recipe: Recipe) -> Artifact | None:
        """The artifact of this recipe if it was made already."""
        return self._read(recipe.kind, recipe.digest(), reused=True)[0]

    def make(self, recipe: Recipe, build: Build, *, keep_partial: bool = False) -> Artifact:
        """The artifact of this recipe, built if it is not there.

        `build(path)` fills an empty folder. With `keep_partial` a killed build's folder is handed to the next one
        as it was, for work that resumes (training); else it is swept away.

        Raises:
            StageError: the disk is full; nothing half-written stays (but for a resumable build's checkpoints).
        """
        key = recipe.digest()
        started = time.perf_counter()
        final = self._path(recipe.kind, key)
        found, _ = self._read(recipe.kind, key, reused=True)
        if found is None:
            try:
                final.parent.mkdir(parents=True, exist_ok=True)
                with FileLock(str(final) + ".lock"):
                    found, damaged = self._read(recipe.kind, key, reused=True)
                    if damaged:
                        self.damaged.append(str(final))
                    if found is None:
                        self._build(final, recipe, key, build, keep_partial, started)
                        found, _ = self._read(recipe.kind, key, reused=False)
            except Exception as error:
                if _is_disk_full(error):
                    raise _disk_full(final) from error
                raise
        assert found is not None
        self.log.append((recipe.kind, key, found.reused, time.perf_counter() - started))
        return found

    def forget(self, artifact: Artifact) -> None:
        """Removes an artifact that must not be reused (a run that failed for a passing reason)."""
        shutil.rmtree(artifact.path)

    def discard_partial(self, recipe: Recipe) -> None:
        """Throws away what a killed build of this recipe left to be resumed."""
        final = self._path(recipe.kind, recipe.digest())
        shutil.rmtree(final.with_name(final.name + ".partial"), ignore_errors=True)

    def _build(self, final: Path, recipe: Recipe, key: str, build: Build, keep_partial: bool, started: float) -> None:
        partial = _partial(final, keep_partial)
        partial.mkdir(exist_ok=True)
        for left in (PROVENANCE, PROVENANCE + ".part"):  # of a build that was killed between its seal and its rename
            (partial / left).unlink(missing_ok=True)
        try:
            build(partial)
            self._seal(partial, recipe, key, time.perf_counter() - started)
            # A damaged one, or what a kill left of one that was being removed.
            shutil.rmtree(final, ignore_errors=True)
            partial.rename(final)
        except BaseException as error:
            # Libraries and child processes tell of a full disk in words of their own: look at the disk itself.
            full = isinstance(error, Exception) and shutil.disk_usage(final.parent).free < _FULL
            if not keep_partial:
                shutil.rmtree(partial, ignore_errors=True)
            if full:
                raise _disk_full(final) from error
            raise

    def _seal(self, folder: Path, recipe: Recipe, key: str, seconds: float) -> None:
        record = {
            "recipe": recipe.as_dict(),
            "digest": key,
            "content": digest.of_tree(folder),
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(seconds, 3),
        }
        write_text(folder / PROVENANCE, json.dumps(record, indent=2, sort_keys=True) + "\n")

    def _path(self, kind: str, key: str) -> Path:
        return self.root / kind / key[:20]

    def _read(self, kind: str, key: str, *, reused: bool) -> tuple[Artifact | None, bool]:
        """The artifact if it is there and whole, and whether what is there is damaged.

        Made once, altered since (a bad disk, a stray hand): what cannot be trusted is made again.
        """
        path = self._path(kind, key)
        try:
            record = json.loads((path / PROVENANCE).read_text(encoding="utf-8"))
            whole = record["digest"] == key and (not reused or digest.of_tree(path, {PROVENANCE}) == record["content"])
        except FileNotFoundError:
            return None, False
        except (ValueError, KeyError, TypeError):
            return None, True
        return (Artifact(path, key, record, reused), False) if whole else (None, True)


def _partial(final: Path, resumed: bool) -> Path:
    """Where a build works: a fixed place for one that is resumed, else one of its own, the killed ones swept away.

    Its own, since children that outlive a killed build may still write into the old one.
    """
    if resumed:
        return final.with_name(final.name + ".partial")
    for left in final.parent.glob(f"{final.name}.partial*"):
        shutil.rmtree(left, ignore_errors=True)
    return final.with_name(f"{final.name}.partial-{os.getpid()}-{secrets.token_hex(4)}")


def write_text(path: Path, text: str) -> None:
    """Writes a file whole or not at all: a temporary neighbour, flushed, then renamed over the target."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, data: bytes) -> None:
    """Like `write_text`, for bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        if _is_disk_full(error):
            raise _disk_full(path) from error
        raise


def _is_disk_full(error: Exception) -> bool:
    """Also as told by libraries and child processes, whose errors carry only the system's words."""
    code = error.errno if isinstance(error, OSError) else None
    return code in (errno.ENOSPC, errno.EDQUOT) or os.strerror(errno.ENOSPC) in str(error)


def _disk_full(path: Path) -> StageError:
    return StageError(f"The disk is full: cannot write {path}. Free some space (or set JOSI_CACHE) and run again.")

"""models.json: its canonical bytes, its reading, and the rules that its names must keep. Nothing here
touches a file.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from line.errors import InputError

MANIFEST = "models.json"
SIGNATURE = "models.json.sig"
PUBLIC_KEY = "release.pub"
SCHEMA = Path(__file__).with_name("models.schema.json")
LARGEST_MANIFEST = 8 * 2**20  # bytes; scores of a full run take under 1 MiB
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
Json = dict[str, Any]


@dataclass(frozen=True)
class FileEntry:
    """One file of a release: `path` relative with forward slashes, `size` in bytes, `sha256` in hex."""

    path: str
    size: int
    sha256: str

    def as_dict(self) -> Json:
        """The entry as models.json holds it."""
        return {"path": self.path, "size": self.size, "sha256": self.sha256}


@dataclass(frozen=True)
class Manifest:
    """A models.json that passed every check of form; its signature is somebody else's matter."""

    doc: Json
    files: Mapping[str, FileEntry]

    @property
    def version(self) -> str:
        """The release's version."""
        return str(self.doc["version"])

    @property
    def development(self) -> bool:
        """Whether it says that a throw-away key signs it."""
        return bool(self.doc["development"])

    @property
    def verdict(self) -> str:
        """SHIP or BLOCKED."""
        return str(self.doc["verdict"])


def canonical(doc: Mapping[str, Any]) -> bytes:
    """The bytes that are written and signed: sorted keys, one-space indent, ASCII, a final newline.

    Raises:
        InputError: the value is not JSON (a NaN or an infinity in a score, an object).
    """
    try:
        text = json.dumps(doc, sort_keys=True, indent=1, ensure_ascii=True, allow_nan=False)
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError(f"{MANIFEST} cannot be written as JSON: {error}.") from error
    return text.encode("ascii") + b"\n"


def utc(moment: datetime) -> str:
    """`moment` as models.json writes it: 2026-11-22T17:00:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse(data: bytes, name: str = MANIFEST) -> Manifest:
    """Read the bytes of a models.json.

    Raises:
        InputError: truncated, malformed, against the schema, or with a name that could leave the directory.
    """
    doc = read_object(data, name, LARGEST_MANIFEST)
    try:
        faults = sorted(_validator().iter_errors(doc), key=lambda fault: list(map(str, fault.absolute_path)))
    except RecursionError as error:
        raise InputError(f"{name} is nested too deep to be a manifest.") from error
    if faults:
        where = "/".join(map(str, faults[0].absolute_path)) or "the top level"
        raise InputError(f"{name} breaks its schema at {where}: {faults[0].message[:200]}")
    entries = [FileEntry(**entry) for entry in doc["files"]]
    problem = next(_name_problems([entry.path for entry in entries]), None)
    problem = problem or next(_inconsistencies(doc, {entry.path: entry for entry in entries}), None)
    if problem:
        raise InputError(f"{name}: {problem}")
    return Manifest(doc, {entry.path: entry for entry in entries})


def read_object(data: bytes, name: str, largest: int) -> Json:
    """A JSON object out of bytes that nobody has vouched for yet.

    Raises:
        InputError: too large, no UTF-8, no JSON (truncated), a key twice, a number beyond JSON, no object.
    """
    if len(data) > largest:
        raise InputError(f"{name} is over {largest} bytes, which no release needs.")
    try:
        doc = json.loads(data.decode("utf-8"), object_pairs_hook=_no_twins, parse_constant=_no_constant)
        json.dumps(doc, allow_nan=False)  # 1e999 reads as infinity
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name} is truncated or malformed: {str(error)[:200]}.") from error
    if not isinstance(doc, dict):
        raise InputError(f"{name} holds no JSON object.")
    return doc


def check_names(names: Iterable[str]) -> None:
    """Refuse names that could leave the directory or that fall together on some file system.

    Raises:
        InputError: it names the first offender.
    """
    problem = next(_name_problems(names), None)
    if problem:
        raise InputError(problem)


def _name_problems(names: Iterable[str]) -> Iterator[str]:
    """Absolute, `..`, back-slashed, hidden, duplicate, case-colliding and file-is-also-folder names."""
    seen: dict[str, str] = {}
    folders: dict[str, str] = {}
    for name in names:
        parts = name.split("/")
        if not all(_PART.fullmatch(part) and not part.endswith(".") for part in parts):
            yield f"the file name {name!r} is refused: use relative names of letters, digits, . _ and -."
            continue
        if name.casefold() in (MANIFEST, SIGNATURE):
            yield f"the file name {name!r} is refused: the manifest cannot list itself or its signature."
        if name.casefold() in seen:
            yield f"the file names {seen[name.casefold()]!r} and {name!r} are the same file on some phones."
        seen[name.casefold()] = name
        for depth in range(1, len(parts)):
            folder = "/".join(parts[:depth])
            if folders.setdefault(folder.casefold(), folder) != folder:
                yield f"the folders {folders[folder.casefold()]!r} and {folder!r} are one on some phones."
    for folder in folders.keys() & ({*seen, MANIFEST, SIGNATURE}):
        yield f"{folders[folder]!r} is named both as a file and as a folder."


def _inconsistencies(doc: Json, files: Mapping[str, FileEntry]) -> Iterator[str]:
    """What the schema cannot say: the parts of the manifest that must agree with one another."""
    for tier, body in doc["tiers"].items():
        listed = {entry["path"] for entry in body["files"]}
        for entry in body["files"]:
            if files.get(entry["path"]) != FileEntry(**entry):
                yield f"tier {tier} lists {entry['path']!r} otherwise than the release does."
        for role, parts in body["roles"].items():
            for what, path in parts.items():
                if path is not None and path not in listed:
                    yield f"tier {tier} needs {path!r} ({what} of the {role}) but does not list it."
    if (doc["verdict"] == "SHIP") != (not doc["blockers"]):
        yield "the verdict and the list of blockers contradict each other."


def _no_twins(pairs: list[tuple[str, Any]]) -> Json:
    """A key that comes twice means one thing to one reader and another to the next."""
    keys = [key for key, _ in pairs]
    if len(set(keys)) < len(keys):
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} comes twice")
    return dict(pairs)


def _no_constant(text: str) -> float:
    raise ValueError(f"{text} is no JSON number")


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))

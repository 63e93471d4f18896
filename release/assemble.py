"""Builds a release directory: the files, the evidence, models.json that lists them all, and its signature."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from line.errors import InputError, MissingError, StageError
from release.directory import check_room, whole
from release.keys import SigningKey
from release.manifest import (
    LARGEST_MANIFEST,
    MANIFEST,
    PUBLIC_KEY,
    SIGNATURE,
    FileEntry,
    Json,
    canonical,
    check_names,
    parse,
    utc,
)
from release.signature import check_may_sign, signature_document
from release.verify import verify

Source = Path | bytes
_CHUNK = 1 << 20  # bytes


@dataclass(frozen=True)
class Role:
    """What one role loads on one tier: release paths of the model, its LoRA adapter, its grammar and the map from how
    sure it is to confidence."""

    model: str
    adapter: str | None = None
    grammar: str | None = None
    confidence: str | None = None

    def paths(self) -> dict[str, str | None]:
        """What each file is for, and its release path."""
        return {
            "model": self.model,
            "adapter": self.adapter,
            "grammar": self.grammar,
            "confidence": self.confidence,
        }


@dataclass(frozen=True)
class Tier:
    """What a phone of one tier gets.

    configuration: adapters, sequential or parallel; ram_gb: of the phone, from and below (None: no upper
    bound); context: tokens.
    """

    configuration: str
    ram_gb: tuple[float, float | None]
    context: int
    roles: Mapping[str, Role]

    def paths(self) -> list[str]:
        """Every file the tier needs, once each."""
        wanted = {path for role in self.roles.values() for path in role.paths().values() if path is not None}
        return sorted(wanted)


@dataclass(frozen=True)
class Contents:
    """All of models.json that the caller decides.

    base_model: name, licence, source, sha256; recipes: artifact -> recipe digest; scores: the checks as
    plain dictionaries; blockers: one sentence for each check that blocks, empty for SHIP; sources: release
    path -> a file to copy, or bytes (evidence); sequence: grows with every release, by default the seconds
    since 1970.
    """

    version: str
    minimum_app_version: str
    tiers: Mapping[str, Tier]
    base_model: Mapping[str, str]
    recipes: Mapping[str, str]
    thresholds: Mapping[str, float]
    scores: Sequence[Mapping[str, Any]]
    blockers: Sequence[str]
    sources: Mapping[str, Source]
    previous_version: str | None = None
    sequence: int | None = None

    @property
    def verdict(self) -> str:
        """SHIP when nothing blocks, else BLOCKED."""
        return "BLOCKED" if self.blockers else "SHIP"


def utc_now() -> datetime:
    """The clock of a release where no other is given."""
    return datetime.now(UTC)


def assemble(
    out: Path,
    contents: Contents,
    key: SigningKey,
    *,
    clock: Callable[[], datetime] = utc_now,
    force: bool = False,
) -> Path:
    """Write, sign and verify the release directory `out`; it appears whole or not at all.

    A development or blocked release at `out` is replaced; a production one that ships only with `force`; a
    directory that is no release never.

    Raises:
        InputError: a bad name, a tier that needs a file nobody supplied, a production key on a BLOCKED
            release, or something at `out` that may not be replaced.
        MissingError: a source file is not there.
        StageError: the disk is full or refuses; nothing is left behind.
    """
    sources = dict(contents.sources)
    if key.development:
        sources[PUBLIC_KEY] = key.public.pem()
    _check_sources(contents, sources)
    with whole(out) as folder:
        check_replaceable(out, force=force)
        check_room(out, sum(_size(source) for source in sources.values()) + 2 * _CHUNK)
        files = {name: _put(source, folder / name, name) for name, source in sorted(sources.items())}
        seal(folder, _document(contents, files, clock(), key), key)
    return out


def seal(folder: Path, doc: Json, key: SigningKey) -> None:
    """Write models.json and its signature into a filled directory, then verify the whole as a stranger would.

    Raises:
        InputError: the manifest breaks its rules, or the key may not sign it.
        StageError: a file changed while it was being copied.
    """
    check_may_sign(doc, key)
    data = canonical(doc)
    parse(data)
    (folder / MANIFEST).write_bytes(data)
    (folder / SIGNATURE).write_bytes(signature_document(data, key))
    report = verify(folder, key.public)
    if not report.ok:
        raise StageError(f"the release does not verify after writing: {' '.join(report.problems)} Run again.")


def check_replaceable(out: Path, *, force: bool) -> None:
    """Refuse to destroy what is no release, or a release that athletes may be running.

    Raises:
        InputError: as said; the message tells what to do.
    """
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise InputError(f"{out} is no directory; choose another place for the release.")
    if not out.exists() or not any(out.iterdir()):
        return
    if not (out / MANIFEST).is_file():
        raise InputError(f"{out} holds files but no {MANIFEST}, so it is not replaced; choose another place.")
    if force:
        return
    with (out / MANIFEST).open("rb") as file:
        data = file.read(LARGEST_MANIFEST + 1)
    try:
        there = parse(data, str(out / MANIFEST))
    except InputError as error:
        raise InputError(f"{error} It is replaced only with --force (pytest: --force-release).") from error
    if there.verdict == "SHIP" and not there.development:
        raise InputError(
            f"{out} is the production release {there.version}; it is replaced only with --force "
            "(pytest: --force-release)."
        )


def _check_sources(contents: Contents, sources: Mapping[str, Source]) -> None:
    check_names(sources)
    for tier, body in contents.tiers.items():
        for path in body.paths():
            if path not in sources:
                raise InputError(f"tier {tier} needs {path}, which is not among the release's files.")
    for name, source in sources.items():
        if isinstance(source, Path) and not source.is_file():
            raise MissingError(f"the release's {name} should come from {source}, which is no file.")


def _document(contents: Contents, files: Mapping[str, FileEntry], now: datetime, key: SigningKey) -> Json:
    return {
        "format": 1,
        "product": "josi",
        "version": contents.version,
        "created": utc(now),
        "development": key.development,
        "verdict": contents.verdict,
        "blockers": list(contents.blockers),
        "minimum_app_version": contents.minimum_app_version,
        "rollback": {
            "sequence": int(now.timestamp()) if contents.sequence is None else contents.sequence,
            "previous_version": contents.previous_version,
        },
        "base_model": dict(contents.base_model),
        "recipes": dict(contents.recipes),
        "tiers": {name: _tier(tier, files) for name, tier in contents.tiers.items()},
        "thresholds": dict(contents.thresholds),
        "scores": [dict(score) for score in contents.scores],
        "files": [files[name].as_dict() for name in sorted(files)],
    }


def _tier(tier: Tier, files: Mapping[str, FileEntry]) -> Json:
    return {
        "configuration": tier.configuration,
        "ram_gb": list(tier.ram_gb),
        "context": tier.context,
        "roles": {name: role.paths() for name, role in tier.roles.items()},
        "files": [files[path].as_dict() for path in tier.paths()],
    }


def _size(source: Source) -> int:
    return source.stat().st_size if isinstance(source, Path) else len(source)


def _put(source: Source, target: Path, name: str) -> FileEntry:
    """Copy one file, hashing what is written.

    A copy, never a link: what later happens to the file in the store must not reach the release.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with target.open("xb") as out:
        if isinstance(source, bytes):
            digest.update(source)
            out.write(source)
        else:
            with source.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
                    out.write(chunk)
    return FileEntry(name, target.stat().st_size, digest.hexdigest())

"""Is this directory, byte for byte, the release that somebody we trust signed?

`judge` decides from bytes and digests alone and touches no file, so an app in another language can port it
and a test can feed it anything; `verify` is the thin caller that reads a directory for it.
"""

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from line.errors import InputError, MissingError, StageError
from release.keys import PUBLIC_KEY_ENV, PublicKey, parse_public
from release.manifest import LARGEST_MANIFEST, MANIFEST, PUBLIC_KEY, SIGNATURE, Manifest, parse
from release.signature import LARGEST_SIGNATURE, parse_signature

_LARGEST_KEY = 4096  # bytes; a public key in PEM form is 113


@dataclass(frozen=True)
class Found:
    """What lies under a name: `kind` is file, folder, link or special file; the rest is of a file."""

    kind: str
    size: int = 0
    sha256: str = ""


@dataclass(frozen=True)
class VerifyReport:
    """What was found: `problems` name the files and fail it, `warnings` do not."""

    problems: list[str]
    warnings: list[str]
    key_id: str = ""
    development: bool = False
    verdict: str = ""
    version: str = ""
    files: int = 0

    @property
    def ok(self) -> bool:
        """Whether the directory may be believed."""
        return not self.problems


def verify(directory: Path, public_key: PublicKey | None = None, *, for_shipping: bool = False) -> VerifyReport:
    """Check every byte of a release directory.

    public_key: the key to trust. Without one only a development release can be accepted, by the throw-away
    key that lies in it, and the report warns of it. for_shipping: also refuse a development or blocked
    release.

    Raises:
        MissingError: there is no such directory.
        StageError: the disk failed while reading it.
    """
    if not directory.is_dir():
        raise MissingError(f"no release at {directory}; `pytest -m release` makes one.")
    try:
        found = dict(scan(directory))
        manifest, signature, beside = (
            _small(directory, name, found, most)
            for name, most in (
                (MANIFEST, LARGEST_MANIFEST),
                (SIGNATURE, LARGEST_SIGNATURE),
                (PUBLIC_KEY, _LARGEST_KEY),
            )
        )
    except OSError as error:
        raise StageError(f"cannot read the release {directory}: {error}.") from error
    report = judge(manifest, signature, beside, found, public_key)
    return shippable(report) if for_shipping else report


def judge(
    manifest: bytes | None,
    signature: bytes | None,
    beside: bytes | None,
    found: Mapping[str, Found],
    trusted: PublicKey | None,
) -> VerifyReport:
    """The verdict over bytes: models.json, its signature, the key beside them, and what else was found.

    The names in a manifest are read even when its signature is bad, only to tell more of what was altered.
    """
    missing = [
        f"{name}: {_amiss(found.get(name))}"
        for name, data in ((MANIFEST, manifest), (SIGNATURE, signature))
        if data is None
    ]
    if manifest is None:
        return VerifyReport(missing, [])
    try:
        read = parse(manifest)
    except InputError as error:
        return VerifyReport([*missing, str(error)], [])
    key_id, faults = _signer(read, manifest, signature, beside, trusted)
    return VerifyReport(
        problems=[*missing, *faults, *_file_problems(read, found)],
        warnings=list(_warnings(read)),
        key_id=key_id,
        development=read.development,
        verdict=read.verdict,
        version=read.version,
        files=len(read.files),
    )


def shippable(report: VerifyReport) -> VerifyReport:
    """`report`, with everything that keeps a sound release from athletes turned into a problem."""
    return replace(report, problems=[*report.problems, *report.warnings], warnings=[])


def scan(directory: Path) -> Iterator[tuple[str, Found]]:
    """Everything under `directory`, links never followed: relative name with forward slashes, and what it is.

    Raises:
        OSError: a folder or file cannot be read.
    """
    folders = [("", directory)]  # a stack, since a stranger's tree may be deeper than Python's own
    while folders:
        prefix, folder = folders.pop()
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISREG(mode):
                yield prefix + entry.name, _hashed(Path(entry.path))
            elif stat.S_ISDIR(mode):
                yield prefix + entry.name, Found("folder")
                folders.append((f"{prefix}{entry.name}/", Path(entry.path)))
            else:
                yield prefix + entry.name, Found("link" if stat.S_ISLNK(mode) else "special file")


def _signer(
    read: Manifest, manifest: bytes, signature: bytes | None, beside: bytes | None, trusted: PublicKey | None
) -> tuple[str, list[str]]:
    """Who signed, and what is wrong with it: (key id, problems)."""
    if signature is None:
        return "", []
    try:
        signed = parse_signature(signature)
        key = trusted or _development_key(read, beside)
    except InputError as error:
        return "", [str(error)]
    if signed.key_id != key.key_id:
        whose = "the trusted key" if trusted else f"the one in {PUBLIC_KEY}"
        return signed.key_id, [f"{SIGNATURE}: names the key {signed.key_id[:16]}…, not {whose} ({key.key_id[:16]}…)."]
    if not key.accepts(signed.signature, manifest):
        return signed.key_id, [f"{MANIFEST}: does not fit the signature in {SIGNATURE}; one of the two was altered."]
    return signed.key_id, []


def _development_key(read: Manifest, beside: bytes | None) -> PublicKey:
    """The throw-away key beside the manifest; it vouches for nothing but a development release."""
    if not read.development:
        raise InputError(f"{MANIFEST}: no public key to trust was given; pass it, or set {PUBLIC_KEY_ENV}.")
    if beside is None:
        raise InputError(f"{PUBLIC_KEY}: is missing, and no public key to trust was given.")
    return parse_public(beside, PUBLIC_KEY)


def _file_problems(read: Manifest, found: Mapping[str, Found]) -> Iterator[str]:
    folders = {name[:at] for name in read.files for at, char in enumerate(name) if char == "/"}
    for name, entry in read.files.items():
        what = found.get(name)
        if what is None or what.kind != "file":
            yield f"{name}: {_amiss(what)}"
        elif what.size != entry.size:
            yield f"{name}: has {what.size} bytes, not {entry.size}."
        elif what.sha256 != entry.sha256:
            yield f"{name}: was altered (SHA-256 {what.sha256[:16]}…, not {entry.sha256[:16]}…)."
    for name, what in found.items():
        expected = name in read.files or name in (MANIFEST, SIGNATURE) or (what.kind == "folder" and name in folders)
        if not expected:
            yield f"{printable(name)}: is extra, not in {MANIFEST}."


def _amiss(found: Found | None) -> str:
    return "is missing." if found is None else f"is a {found.kind}, not a file."


def printable(name: str) -> str:
    """A file name from a stranger, safe to print: control characters and broken UTF-8 escaped."""
    return name if name.isprintable() else ascii(name)


def _warnings(read: Manifest) -> Iterator[str]:
    if read.development:
        yield "DEVELOPMENT release: signed with a throw-away key, which proves nothing about who made it."
    if read.verdict != "SHIP":
        yield f"BLOCKED release: {len(read.doc['blockers'])} checks keep it from shipping."


def _hashed(path: Path) -> Found:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Found("file", file.tell(), digest)


def _small(directory: Path, name: str, found: Mapping[str, Found], most: int) -> bytes | None:
    """The bytes of a regular file, None if absent; one more than `most`, so that too large a one shows."""
    if found.get(name, Found("")).kind != "file":
        return None
    with (directory / name).open("rb") as file:
        return file.read(most + 1)

"""Signs a finished release anew: what passed the gate under a throw-away key becomes the one that ships."""

import hashlib
import os
import shutil
from pathlib import Path

from line.errors import InputError
from release.assemble import seal
from release.directory import whole
from release.keys import PublicKey, SigningKey
from release.manifest import MANIFEST, PUBLIC_KEY, SIGNATURE, FileEntry, Json, parse
from release.verify import scan, verify


def sign(directory: Path, key: SigningKey, *, trusted: PublicKey | None = None) -> None:
    """Replace the signature of `directory` by one of `key`, at once: at any moment the old or the new one
    is whole.

    The development mark and the throw-away key beside the manifest follow the new key. The directory must
    verify first: a development release by the key that lies in it, a production one by `trusted` (by
    default `key` itself), so that nobody signs what was altered since the gate saw it.

    Raises:
        InputError: it does not verify, or it is BLOCKED and `key` is a production key.
        MissingError: there is no such directory.
        StageError: the disk is full or refuses; the old signature is left as it was.
    """
    directory = directory.resolve()
    report = verify(directory)
    if not report.development:
        report = verify(directory, trusted or key.public)
    if not report.ok:
        raise InputError(f"{directory} is not signed, since it does not verify: {' '.join(report.problems)}")
    doc = parse((directory / MANIFEST).read_bytes()).doc
    if doc["verdict"] != "SHIP" and not key.development:
        raise InputError(f"{directory} is BLOCKED; a production key never signs it. {' '.join(doc['blockers'])}")
    with whole(directory) as folder:
        _link(directory, folder)
        seal(folder, _remarked(doc, folder, key), key)


def _link(directory: Path, folder: Path) -> None:
    """The same files under the new directory; the old names go with the old one, so links are enough."""
    for name, found in scan(directory):
        if name in (MANIFEST, SIGNATURE, PUBLIC_KEY):
            continue
        if found.kind == "folder":
            (folder / name).mkdir()
            continue
        try:
            os.link(directory / name, folder / name)
        except OSError:  # a file system without links, or a file of somebody else's: a copy is as good
            shutil.copyfile(directory / name, folder / name)


def _remarked(doc: Json, folder: Path, key: SigningKey) -> Json:
    """The manifest as it reads under `key`."""
    files = [entry for entry in doc["files"] if entry["path"] != PUBLIC_KEY]
    if key.development:
        pem = key.public.pem()
        (folder / PUBLIC_KEY).write_bytes(pem)
        files.append(FileEntry(PUBLIC_KEY, len(pem), hashlib.sha256(pem).hexdigest()).as_dict())
    return {
        **doc,
        "development": key.development,
        "files": sorted(files, key=lambda entry: str(entry["path"])),
    }

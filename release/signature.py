"""models.json.sig: the detached Ed25519 signature over the exact bytes of models.json, and who may make
one.
"""

import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from line.errors import InputError
from release.keys import SigningKey, development_key
from release.manifest import SIGNATURE, canonical, read_object

ALGORITHM = "ed25519"
LARGEST_SIGNATURE = 4096  # bytes; the document is about 300


@dataclass(frozen=True)
class Signature:
    """Which key signed (SHA-256 of its raw public half, hex) and the 64 bytes it made."""

    key_id: str
    signature: bytes


def signature_document(manifest: bytes, key: SigningKey) -> bytes:
    """models.json.sig for the exact bytes of models.json."""
    return _document(Signature(key.public.key_id, key.sign(manifest)))


def parse_signature(data: bytes) -> Signature:
    """Read models.json.sig; only the one canonical spelling is accepted, so no byte of it is idle.

    Raises:
        InputError: truncated, malformed, another algorithm, or not canonical.
    """
    doc = read_object(data, SIGNATURE, LARGEST_SIGNATURE)
    if doc.get("algorithm") != ALGORITHM:
        raise InputError(f"{SIGNATURE} is not signed with {ALGORITHM}.")
    try:
        signed = Signature(str(doc.get("key_id")), binascii.unhexlify(str(doc.get("signature"))))
    except (binascii.Error, ValueError) as error:
        raise InputError(f"{SIGNATURE} holds no signature in hexadecimal.") from error
    if data != _document(signed):
        raise InputError(f"{SIGNATURE} was altered: it is not as `josi release sign` writes it.")
    return signed


def key_for(verdict: str, given: SigningKey | None) -> SigningKey:
    """The key that a gate signs with: the given one only for SHIP, else a throw-away one.

    A blocked release is signed too, so that its evidence can be verified, but never by a production key.
    """
    return given if given is not None and verdict == "SHIP" else development_key()


def check_may_sign(doc: Mapping[str, Any], key: SigningKey) -> None:
    """Refuse a production key on anything but a passing release.

    Raises:
        InputError: the verdict is not SHIP, or the manifest's development mark and the key disagree.
    """
    if doc["verdict"] != "SHIP" and not key.development:
        raise InputError(f"a production key never signs a {doc['verdict']} release; mend what blocks it first.")
    if doc["development"] != key.development:
        raise InputError("the manifest's development mark must be set exactly when a development key signs.")


def _document(signed: Signature) -> bytes:
    return canonical({"algorithm": ALGORITHM, "key_id": signed.key_id, "signature": signed.signature.hex()})

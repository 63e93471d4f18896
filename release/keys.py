"""Ed25519 keys of a release: made once by a person, kept outside every repository, or thrown away after one
run.

A *production* key is a PEM file that its owner keeps. A *development* key lives in memory for one release;
what it signs is marked as such inside the signed manifest, so that it can never be taken for a shipped one.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from line.errors import InputError, MissingError, StageError

PASSPHRASE_ENV = "JOSI_RELEASE_KEY_PASSPHRASE"
PUBLIC_KEY_ENV = "JOSI_RELEASE_PUBLIC_KEY"
_LARGEST_KEY_FILE = 16_384  # bytes; an Ed25519 PEM is under 300


@dataclass(frozen=True)
class PublicKey:
    """The key that a verifier trusts."""

    raw: Ed25519PublicKey

    @property
    def key_id(self) -> str:
        """SHA-256 (hex) of the 32 raw bytes of the public key."""
        return hashlib.sha256(self.raw.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()

    def pem(self) -> bytes:
        """The key as a SubjectPublicKeyInfo PEM file."""
        return self.raw.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def accepts(self, signature: bytes, data: bytes) -> bool:
        """Whether `signature` (64 bytes) was made over exactly `data` by the private half."""
        try:
            self.raw.verify(signature, data)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class SigningKey:
    """A private key and whether it is a throw-away one."""

    raw: Ed25519PrivateKey
    development: bool

    @property
    def public(self) -> PublicKey:
        """The public half."""
        return PublicKey(self.raw.public_key())

    def sign(self, data: bytes) -> bytes:
        """The Ed25519 signature (64 bytes, RFC 8032) over `data`."""
        return self.raw.sign(data)


def development_key() -> SigningKey:
    """A new throw-away key; it exists in this process only."""
    return SigningKey(Ed25519PrivateKey.generate(), development=True)


def passphrase(environ: Mapping[str, str] = os.environ) -> bytes | None:
    """The pass phrase of the private key from `JOSI_RELEASE_KEY_PASSPHRASE`, None when unset or empty."""
    return environ.get(PASSPHRASE_ENV, "").encode() or None


def keygen(path: Path, secret: bytes | None = None) -> PublicKey:
    """Write a new private key to `path` (PKCS 8 PEM, mode 0600) and its public half to `path`.pub.

    Raises:
        InputError: `path` lies in a git repository, exists already, or its folder is not there.
        StageError: the file system refused (full, read-only).
    """
    public = path.with_name(path.name + ".pub")
    _refuse_repository(path)
    if path.exists() or path.is_symlink():
        raise InputError(f"{path} exists; a key is never overwritten. Choose another name.")
    if public.exists() or public.is_symlink():
        raise InputError(f"{public} exists; a key is never overwritten. Choose another name, or remove a lone .pub.")
    if not path.parent.is_dir():
        raise InputError(f"{path.parent} is no folder; make it first (mkdir -m 700 -p {path.parent}).")
    key = SigningKey(Ed25519PrivateKey.generate(), development=False)
    encryption = BestAvailableEncryption(secret) if secret else NoEncryption()
    # The public half first: killed in between, what is left is worthless and not half of a pair.
    _write_new(public, key.public.pem(), 0o644)
    try:
        _write_new(path, key.raw.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption), 0o600)
    except StageError:
        public.unlink()
        raise
    return key.public


def load_private(path: Path, secret: bytes | None = None) -> SigningKey:
    """Read a production key.

    Raises:
        MissingError: there is no such file.
        InputError: it is no Ed25519 private key in PEM form, or the pass phrase is absent or wrong.
    """
    data = _read(path, "private key")
    if b"PUBLIC KEY" in data:
        raise InputError(f"{path} is a public key; signing needs the private one (the file without .pub).")
    encrypted = b"ENCRYPTED" in data
    if encrypted and not secret:
        raise InputError(f"{path} has a pass phrase; set {PASSPHRASE_ENV}.")
    try:
        key = load_pem_private_key(data, secret if encrypted else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        # The library has one error for both; only an encrypted file can have a wrong pass phrase.
        what = f"does not open with the pass phrase in {PASSPHRASE_ENV}" if encrypted else "is no PEM private key"
        raise InputError(f"{path} {what}; `josi release keygen` makes one.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError(f"{path} holds a {_kind(key)}, not an Ed25519 key; `josi release keygen` makes one.")
    return SigningKey(key, development=False)


def load_public(path: Path) -> PublicKey:
    """Read a public key file.

    Raises:
        MissingError: there is no such file.
        InputError: it is no Ed25519 public key in PEM form.
    """
    return parse_public(_read(path, "public key"), str(path))


def parse_public(data: bytes, name: str) -> PublicKey:
    """The public key in PEM bytes; `name` is what an error calls them.

    Raises:
        InputError: they are no Ed25519 public key.
    """
    if b"PRIVATE KEY" in data:
        raise InputError(f"{name} is a private key; verifying needs the public one (the .pub file).")
    try:
        key = load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InputError(f"{name} is no PEM public key; give the .pub file of `josi release keygen`.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise InputError(f"{name} holds a {_kind(key)}, not an Ed25519 key.")
    return PublicKey(key)


def trusted_public(path: Path | None, environ: Mapping[str, str] = os.environ) -> PublicKey | None:
    """The public key to trust: `path`, else `JOSI_RELEASE_PUBLIC_KEY` (a path or the PEM text), else None.

    Raises:
        MissingError, InputError: as `load_public`.
    """
    if path is not None:
        return load_public(path)
    given = environ.get(PUBLIC_KEY_ENV, "").strip()
    if given.startswith("-----BEGIN"):
        return parse_public(given.encode(), PUBLIC_KEY_ENV)
    return load_public(Path(given)) if given else None


def _refuse_repository(path: Path) -> None:
    """A key in a working tree is one `git add .` away from being published."""
    for folder in path.absolute().resolve().parents:
        bare = (folder / "HEAD").is_file() and (folder / "objects").is_dir()
        if (folder / ".git").exists() or bare:
            raise InputError(f"{path} lies in the git repository {folder}; keep the key outside (say ~/.config/josi).")


def _read(path: Path, what: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST_KEY_FILE)
    except FileNotFoundError as error:
        raise MissingError(f"no {what} at {path}; `josi release keygen` makes a pair.") from error
    except OSError as error:
        raise InputError(f"cannot read the {what} {path}: {error.strerror}.") from error


def _write_new(path: Path, data: bytes, mode: int) -> None:
    """Create `path` with `mode` from its first moment; a failed write leaves nothing."""
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with os.fdopen(number, "wb") as file:
                file.write(data)
        except OSError:
            path.unlink()
            raise
    except OSError as error:
        raise StageError(f"cannot write {path}: {error.strerror}.") from error


def _kind(key: object) -> str:
    """The kind of a foreign key in plain words: RSAPublicKey -> RSA key."""
    name = type(key).__name__
    for tail in ("PrivateKey", "PublicKey"):
        name = name.replace(tail, "")
    return f"{name} key"

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from line.errors import InputError, MissingError
from release.keys import (
    PASSPHRASE_ENV,
    PUBLIC_KEY_ENV,
    development_key,
    keygen,
    load_private,
    load_public,
    passphrase,
    trusted_public,
)


def test_a_new_pair_signs_and_verifies(tmp_path: Path) -> None:
    public = keygen(tmp_path / "release.key")
    key = load_private(tmp_path / "release.key")
    read = load_public(tmp_path / "release.key.pub")
    assert public.key_id == key.public.key_id == read.key_id
    assert read.accepts(key.sign(b"x"), b"x") and not read.accepts(key.sign(b"x"), b"y")
    assert not key.development and development_key().development


def test_the_private_key_is_for_its_owner_only(tmp_path: Path) -> None:
    keygen(tmp_path / "k")
    assert (tmp_path / "k").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("there", ["k", "k.pub"])
def test_a_key_is_never_overwritten(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("mine")
    with pytest.raises(InputError, match="never overwritten"):
        keygen(tmp_path / "k")
    assert (tmp_path / there).read_text() == "mine" and len(list(tmp_path.iterdir())) == 1


def test_a_dangling_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "k").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError):
        keygen(tmp_path / "k")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("marker", [".git/", ".git"], ids=["clone", "worktree"])
def test_a_key_is_never_put_into_a_repository(tmp_path: Path, marker: str) -> None:
    (tmp_path / "repo/deep").mkdir(parents=True)
    git = tmp_path / "repo" / marker
    git.mkdir() if marker.endswith("/") else git.write_text("gitdir: elsewhere")
    (tmp_path / "link").symlink_to(tmp_path / "repo/deep")
    for folder in (tmp_path / "repo/deep", tmp_path / "link"):
        with pytest.raises(InputError, match="git repository"):
            keygen(folder / "k")
    assert list((tmp_path / "repo/deep").iterdir()) == []


def test_pass_phrase(tmp_path: Path) -> None:
    keygen(tmp_path / "k", b"open sesame")
    assert load_private(tmp_path / "k", b"open sesame").sign(b"")
    with pytest.raises(InputError, match="pass phrase"):
        load_private(tmp_path / "k", b"wrong")
    with pytest.raises(InputError, match=PASSPHRASE_ENV):
        load_private(tmp_path / "k")
    assert passphrase({PASSPHRASE_ENV: "x"}) == b"x" and passphrase({PASSPHRASE_ENV: ""}) is None


def test_a_needless_pass_phrase_does_no_harm(tmp_path: Path) -> None:
    keygen(tmp_path / "k")
    assert load_private(tmp_path / "k", b"set for another key").sign(b"")


def test_the_halves_are_told_apart(tmp_path: Path) -> None:
    keygen(tmp_path / "k")
    with pytest.raises(InputError, match="is a public key"):
        load_private(tmp_path / "k.pub")
    with pytest.raises(InputError, match="is a private key"):
        load_public(tmp_path / "k")


def test_another_kind_of_key_is_named(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem, none = serialization.Encoding.PEM, serialization.NoEncryption()
    (tmp_path / "k").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, none))
    public = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "k.pub").write_bytes(public)
    for load, name in ((load_private, "k"), (load_public, "k.pub")):
        with pytest.raises(InputError, match="not an Ed25519 key"):
            load(tmp_path / name)


@pytest.mark.parametrize("data", [b"", b"\xff\x00", b"ssh-ed25519 AAAA", b"-----BEGIN PRIVATE KEY-----\n"])
def test_a_file_that_is_no_key(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "k").write_bytes(data)
    with pytest.raises(InputError):
        load_private(tmp_path / "k")
    with pytest.raises(InputError):
        load_public(tmp_path / "k")


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="keygen"):
        load_private(tmp_path / "none")
    with pytest.raises(InputError, match="cannot read"):
        load_public(tmp_path)
    with pytest.raises(InputError, match="no folder"):
        keygen(tmp_path / "none/k")


def test_the_trusted_key_comes_from_argument_then_environment(tmp_path: Path) -> None:
    first, second = keygen(tmp_path / "a"), keygen(tmp_path / "b")
    environ = {PUBLIC_KEY_ENV: str(tmp_path / "b.pub")}
    text = {PUBLIC_KEY_ENV: second.pem().decode()}
    for given in (trusted_public(None, environ), trusted_public(None, text)):
        assert given is not None and given.key_id == second.key_id
    argument = trusted_public(tmp_path / "a.pub", environ)
    assert argument is not None and argument.key_id == first.key_id
    assert trusted_public(None, {}) is None

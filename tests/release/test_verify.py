"""An altered, missing or extra byte anywhere fails `verify`, which names the file."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from line.errors import MissingError
from release.keys import SigningKey, development_key
from release.manifest import MANIFEST, PUBLIC_KEY, SIGNATURE
from release.verify import Found, judge, scan, verify

Make = Callable[..., Path]


def problems(folder: Path, key: SigningKey | None = None) -> str:
    report = verify(folder, key.public if key else None)
    assert not report.ok
    return "\n".join(report.problems)


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_fresh_development_release_verifies_and_says_what_it_is(make_release: Make) -> None:
    report = verify(make_release())
    assert report.ok and report.development and report.verdict == "SHIP" and report.files == 6
    assert any("DEVELOPMENT" in warning for warning in report.warnings)


def test_strict_verification_refuses_development_and_blocked(make_release: Make, production_key: SigningKey) -> None:
    assert not verify(make_release(), for_shipping=True).ok
    folder = make_release(production_key)
    assert verify(folder, production_key.public, for_shipping=True).ok
    assert verify(folder, production_key.public).warnings == []


def test_every_altered_byte_of_every_file_is_found_and_named(make_release: Make) -> None:
    """Exhaustive for the small files, every 31st byte of the manifest (its signature covers all alike)."""
    folder = make_release()
    for path in files(folder):
        whole = path.read_bytes()
        for at in range(0, len(whole), 31 if path.name == MANIFEST else 1):
            altered = bytearray(whole)
            altered[at] ^= 1 << at % 8
            path.write_bytes(altered)
            report = verify(folder)
            assert path.relative_to(folder).as_posix() in "\n".join(report.problems), (path, at)
        path.write_bytes(whole)
    assert verify(folder).ok


@pytest.fixture
def read_release(make_release: Make) -> tuple[dict[str, bytes], dict[str, Found]]:
    folder = make_release()
    return {name: (folder / name).read_bytes() for name in (MANIFEST, SIGNATURE, PUBLIC_KEY)}, dict(scan(folder))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_edit_of_the_manifest_or_signature_passes(
    read_release: tuple[dict[str, bytes], dict[str, Found]], data: st.DataObject
) -> None:
    """`judge` is pure, so one release serves all examples: insert, delete, cut or replace at any place."""
    parts, found = dict(read_release[0]), read_release[1]
    name = data.draw(st.sampled_from([MANIFEST, SIGNATURE]))
    whole = parts[name]
    at = data.draw(st.integers(0, len(whole)))
    to = data.draw(st.one_of(st.integers(at, min(len(whole), at + 5)), st.just(len(whole))))
    parts[name] = whole[:at] + data.draw(st.binary(max_size=4)) + whole[to:]
    report = judge(parts[MANIFEST], parts[SIGNATURE], parts[PUBLIC_KEY], found, None)
    assert report.ok == (parts[name] == whole)
    assert report.ok or name in "\n".join(report.problems)


def test_appended_and_truncated_files_are_named(make_release: Make) -> None:
    folder = make_release()
    for path in files(folder):
        whole = path.read_bytes()
        for altered in (whole + b"\n", whole + b"\0", *([whole[:-1]] if whole else [])):
            path.write_bytes(altered)
            assert path.relative_to(folder).as_posix() in problems(folder)
        path.write_bytes(whole)
    assert verify(folder).ok


def test_each_missing_file_is_named(make_release: Make) -> None:
    folder = make_release()
    for path in files(folder):
        whole = path.read_bytes()
        path.unlink()
        assert path.relative_to(folder).as_posix() in problems(folder)
        path.write_bytes(whole)


@pytest.mark.parametrize("name", ["extra", "files/extra.gguf", "evidence/.hidden", "files/new\nline", "Files/e.gguf"])
def test_an_extra_file_is_named(make_release: Make, name: str) -> None:
    folder = make_release()
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"")
    assert (name if "\n" not in name else "new\\nline") in problems(folder)


def test_an_extra_folder_and_a_special_file_are_named(make_release: Make) -> None:
    folder = make_release()
    (folder / "files/empty").mkdir()
    os.mkfifo(folder / "files/pipe")
    told = problems(folder)
    assert "files/empty" in told and "files/pipe" in told


def test_a_name_that_is_no_utf8_does_not_break_the_report(make_release: Make) -> None:
    folder = make_release()
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe")).write_bytes(b"x")
    problems(folder).encode("utf-8")


@pytest.mark.parametrize("name", ["files/e.gguf", MANIFEST, SIGNATURE, PUBLIC_KEY])
def test_a_link_in_place_of_a_file_is_refused_though_its_bytes_are_right(make_release: Make, name: str) -> None:
    folder = make_release()
    elsewhere = folder.parent / "elsewhere"
    shutil.move(folder / name, elsewhere)
    (folder / name).symlink_to(elsewhere)
    assert f"{name}: is a link" in problems(folder)


def test_a_linked_folder_is_refused(make_release: Make) -> None:
    folder = make_release()
    shutil.move(folder / "files", folder.parent / "files")
    (folder / "files").symlink_to(folder.parent / "files")
    assert "files: is extra" in problems(folder)


def test_a_folder_in_place_of_a_file_is_named(make_release: Make) -> None:
    folder = make_release()
    (folder / SIGNATURE).unlink()
    (folder / SIGNATURE).mkdir()
    assert f"{SIGNATURE}: is a folder" in problems(folder)


def test_the_wrong_key_is_refused(make_release: Make, production_key: SigningKey) -> None:
    told = problems(make_release(production_key), development_key())
    assert SIGNATURE in told and "trusted key" in told


def test_a_development_release_is_not_taken_for_one_of_the_trusted_key(
    make_release: Make, production_key: SigningKey
) -> None:
    assert SIGNATURE in problems(make_release(), production_key)


def test_a_production_release_needs_a_key_to_trust(make_release: Make, production_key: SigningKey) -> None:
    assert "JOSI_RELEASE_PUBLIC_KEY" in problems(make_release(production_key))


def test_a_key_laid_beside_a_production_release_is_not_believed(make_release: Make, production_key: SigningKey) -> None:
    folder = make_release(production_key)
    (folder / PUBLIC_KEY).write_bytes(production_key.public.pem())
    told = problems(folder)
    assert PUBLIC_KEY in told and "no public key to trust" in told


def test_a_signature_of_another_release_by_the_same_key_is_refused(
    make_release: Make, production_key: SigningKey
) -> None:
    folder = make_release(production_key, version="1.3.0")
    other = (folder / SIGNATURE).read_bytes()
    shutil.rmtree(folder)
    (make_release(production_key) / SIGNATURE).write_bytes(other)
    assert f"{MANIFEST}: does not fit the signature" in problems(folder, production_key)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b'{"a":1,"a":2}', b"\xff", b"[" * 100_000, b"1e999"])
@pytest.mark.parametrize("name", [MANIFEST, SIGNATURE])
def test_a_malformed_document_gives_one_clear_message(make_release: Make, name: str, data: bytes) -> None:
    folder = make_release()
    (folder / name).write_bytes(data)
    told = verify(folder).problems
    assert len([line for line in told if line.startswith(name)]) == 1


def test_an_enormous_manifest_is_not_read(make_release: Make) -> None:
    folder = make_release()
    os.truncate(folder / MANIFEST, 64 * 2**20)
    assert "is over" in problems(folder)


def test_no_directory_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="nothing"):
        verify(tmp_path / "nothing")

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest

from line.errors import InputError, MissingError, StageError
from release import assemble as module
from release.assemble import Contents, Role, Tier, assemble
from release.directory import whole
from release.keys import SigningKey, development_key
from release.manifest import MANIFEST, PUBLIC_KEY
from release.sign import sign
from release.signature import key_for
from release.verify import verify

Make = Callable[..., Path]
MakeContents = Callable[..., Contents]


def neighbours(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "sources")


def document(folder: Path) -> Any:
    return json.loads((folder / MANIFEST).read_bytes())


def test_the_manifest_tells_all_that_an_app_needs(make_release: Make) -> None:
    doc = document(make_release(previous_version="1.1.0"))
    assert (doc["version"], doc["created"]) == ("1.2.0", "2026-11-22T12:00:00Z")
    assert doc["rollback"] == {"sequence": 1795348800, "previous_version": "1.1.0"}
    tier = doc["tiers"]["tier3"]
    assert [entry["path"] for entry in tier["files"]] == [
        "files/e.gguf",
        "files/gatc_request.gbnf",
        "files/interpreter.gguf",
    ]
    assert all(len(entry["sha256"]) == 64 and entry["size"] > 0 for entry in tier["files"])
    assert tier["roles"]["explainer"]["model"] == "files/e.gguf"
    assert doc["scores"][0]["lo"] == 0.92 and doc["thresholds"] == {"action_accuracy": 0.9}
    assert doc["base_model"]["licence"] == "Apache-2.0" and doc["development"] is True


def test_the_same_contents_give_the_same_bytes(make_release: Make) -> None:
    key = development_key()
    first = (make_release(key) / MANIFEST).read_bytes()
    assert (make_release(key) / MANIFEST).read_bytes() == first


def test_later_changes_in_the_store_do_not_reach_the_release(make_release: Make, tmp_path: Path) -> None:
    folder = make_release()
    (tmp_path / "sources/a.gguf").write_bytes(b"rotten")
    assert verify(folder).ok


def test_a_blocked_release_verifies_but_is_never_signed_by_a_production_key(
    make_release: Make, production_key: SigningKey, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="never signs"):
        make_release(production_key, blockers=["too low."])
    assert neighbours(tmp_path) == []
    folder = make_release(key_for("BLOCKED", production_key), blockers=["too low."])
    report = verify(folder)
    assert report.ok and report.verdict == "BLOCKED" and any("BLOCKED" in text for text in report.warnings)
    with pytest.raises(InputError, match=r"never signs it\. too low"):
        sign(folder, production_key)
    assert verify(folder).ok and key_for("SHIP", production_key) is production_key


def test_a_development_release_becomes_a_production_one(make_release: Make, production_key: SigningKey) -> None:
    folder = make_release()
    sign(folder, production_key)
    assert verify(folder, production_key.public, for_shipping=True).ok
    assert not (folder / PUBLIC_KEY).exists() and neighbours(folder.parent) == ["release"]
    other = SigningKey(development_key().raw, development=False)
    with pytest.raises(InputError, match="does not verify"):
        sign(folder, other)
    sign(folder, other, trusted=production_key.public)
    assert verify(folder, other.public, for_shipping=True).ok


def test_what_was_altered_since_the_gate_is_not_signed(make_release: Make, production_key: SigningKey) -> None:
    folder = make_release(blockers=["too low."])
    doc = document(folder)
    (folder / MANIFEST).write_text(json.dumps({**doc, "verdict": "SHIP", "blockers": []}))
    with pytest.raises(InputError, match="does not verify"):
        sign(folder, production_key)


def test_what_may_be_replaced(make_release: Make, make_contents: MakeContents, production_key: SigningKey) -> None:
    make_release()
    folder = make_release(production_key, version="1.3.0")
    with pytest.raises(InputError, match=r"production release 1\.3\.0.*--force"):
        make_release(production_key)
    assert document(folder)["version"] == "1.3.0"
    assemble(folder, make_contents(), production_key, force=True)
    assert document(folder)["version"] == "1.2.0" and neighbours(folder.parent) == ["release"]


@pytest.mark.parametrize("force", [False, True])
def test_a_directory_that_is_no_release_is_never_replaced(
    tmp_path: Path, make_contents: MakeContents, force: bool
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home/letters.txt").write_text("dear")
    with pytest.raises(InputError, match="not replaced"):
        assemble(tmp_path / "home", make_contents(), development_key(), force=force)
    assert (tmp_path / "home/letters.txt").read_text() == "dear"


ESCAPES = ["../x", "/etc/x", "a/../b", "a//b", "./a", ".hidden", "a\\b", "c:x", "a\0b", "x.", "", "é", "a b"]
COLLISIONS = [
    "models.json",
    "Models.JSON.sig",
    "files/E.gguf",
    "FILES/x",
    "files",
    "files/e.gguf/x",
    "models.json/x",
]


@pytest.mark.parametrize("name", [*ESCAPES, *COLLISIONS])
def test_names_that_could_leave_the_directory_or_collide_are_refused(
    make_release: Make, make_contents: MakeContents, tmp_path: Path, name: str
) -> None:
    with pytest.raises(InputError):
        make_release(sources={**make_contents().sources, name: b"x"})
    assert neighbours(tmp_path) == []


def test_a_tier_without_its_file_and_a_source_that_is_gone(make_release: Make, make_contents: MakeContents) -> None:
    with pytest.raises(InputError, match=r"tier2 needs files/none\.gguf"):
        make_release(tiers={"tier2": Tier("sequential", (4, 6), 4096, {"explainer": Role("files/none.gguf")})})
    with pytest.raises(MissingError, match="gone"):
        make_release(sources={**make_contents().sources, "files/x.gguf": Path("gone")})


def test_a_score_that_is_no_number_is_refused(make_release: Make, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        make_release(thresholds={"x": float("nan")})
    assert neighbours(tmp_path) == []


def test_a_file_larger_than_the_disk_is_refused_before_anything_is_written(
    make_release: Make, make_contents: MakeContents, tmp_path: Path
) -> None:
    with (tmp_path / "huge").open("wb") as file:
        os.truncate(file.fileno(), 8 * 2**40)  # sparse: takes no room
    with pytest.raises(StageError, match="disk is full"):
        make_release(sources={**make_contents().sources, "files/huge.gguf": tmp_path / "huge"})
    assert neighbours(tmp_path) == ["huge"]


def test_a_disk_that_fills_on_the_way_leaves_the_old_release_and_nothing_else(
    make_release: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """/dev/full is the kernel's own full disk."""
    folder = make_release()
    before = (folder / MANIFEST).read_bytes()
    honest = Path.open

    def full(self: Path, mode: str = "r", *rest: Any, **more: Any) -> IO[Any]:
        return honest(Path("/dev/full") if mode == "xb" else self, mode.replace("x", "w"), *rest, **more)

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(StageError, match="disk is full") as caught:
        make_release(version="1.3.0")
    monkeypatch.undo()
    assert isinstance(caught.value.__cause__, OSError) and caught.value.__cause__.errno == errno.ENOSPC
    assert (folder / MANIFEST).read_bytes() == before and neighbours(tmp_path) == ["release"]


def test_what_a_killed_run_left_is_swept_and_a_living_ones_is_not(make_release: Make, tmp_path: Path) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path; from release.directory import whole\n"
        "with whole(Path(sys.argv[1])) as folder:\n"
        "    (folder / 'half').write_text('x'); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environ = {**os.environ, "PYTHONPATH": str(Path(module.__file__).parents[1])}
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path / "release")], env=environ, check=False)
    assert killed.returncode == -9 and len(neighbours(tmp_path)) == 1
    living = tmp_path / f".release.partial-{os.getpid()}-00000000"
    living.mkdir()
    assert verify(make_release()).ok
    assert neighbours(tmp_path) == [living.name, "release"]


def test_replacing_a_directory_leaves_no_old_one(tmp_path: Path) -> None:
    target = tmp_path / "x"
    for text in ("one", "two"):
        with whole(target) as folder:
            (folder / "file").write_text(text)
    assert (target / "file").read_text() == "two" and list(tmp_path.iterdir()) == [target]


def test_an_error_while_filling_leaves_the_old_directory(tmp_path: Path) -> None:
    with whole(tmp_path / "x") as folder:
        (folder / "file").write_text("one")
    with pytest.raises(KeyboardInterrupt), whole(tmp_path / "x") as folder:
        (folder / "file").write_text("two")
        raise KeyboardInterrupt
    assert (tmp_path / "x/file").read_text() == "one" and list(tmp_path.iterdir()) == [tmp_path / "x"]

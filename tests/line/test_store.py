"""An artifact is made once, whole or not at all, whoever asks and whenever somebody pulls the plug."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from line import digest, store
from line.errors import StageError
from line.paths import REPO
from line.store import PROVENANCE, Recipe, Store, write_text

RECIPE = Recipe("thing", {"rows": "abc"}, {"seed": 1}, ("line.errors",))
# Argument: the store. Says when it builds, leaves a file, and takes its time.
MAKER = """
import sys, time
from pathlib import Path
from line.store import Recipe, Store

def build(out):
    with open(sys.argv[1] + "/builds", "a") as log:
        log.write("x")
    (out / "part.txt").write_text("half")
    time.sleep(float(sys.argv[2]))
    (out / "whole.txt").write_text("whole")

store = Store(Path(sys.argv[1]) / "store")
made = store.make(Recipe("thing", {}, {"seed": 1}), build, keep_partial=sys.argv[3] == "keep")
print(made.file("whole.txt").read_text(), made.reused)
"""


def _one(out: Path) -> None:
    (out / "a.txt").write_text("a", encoding="utf-8")


def _never(out: Path) -> None:
    raise AssertionError(f"built again in {out}")


def _start(folder: Path, seconds: float, keep: str = "sweep") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", MAKER, str(folder), str(seconds), keep]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPO)


def _await(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "did not happen in 20 s"
        time.sleep(0.01)


def _kill_in_build(folder: Path, keep: str) -> Path:
    maker = _start(folder, 60, keep)
    _await(lambda: any((folder / "store").glob("thing/*.partial*/part.txt")))
    maker.send_signal(signal.SIGKILL)
    maker.wait()
    return next((folder / "store").glob("thing/*.partial*"))


def test_the_same_recipe_is_made_once(tmp_path: Path) -> None:
    first = Store(tmp_path).make(RECIPE, _one)
    again = Store(tmp_path).make(RECIPE, _never)
    assert (first.reused, again.reused) == (False, True)
    assert again.path == first.path and again.file("a.txt").read_text() == "a"
    assert Store(tmp_path).find(RECIPE) is not None


def test_the_provenance_tells_what_it_was_made_of(tmp_path: Path) -> None:
    made = Store(tmp_path).make(RECIPE, _one)
    record = json.loads(made.file(PROVENANCE).read_text())
    assert record["recipe"]["inputs"] == {"rows": "abc"} and record["recipe"]["settings"] == {"seed": 1}
    assert record["digest"] == RECIPE.digest() == made.digest
    assert record["content"] == digest.of_tree(made.path, {PROVENANCE})


def test_provenance_is_written_last(tmp_path: Path) -> None:
    def build(out: Path) -> None:
        _one(out)
        assert not (out / PROVENANCE).exists()
        assert Store(tmp_path).find(RECIPE) is None

    Store(tmp_path).make(RECIPE, build)


@pytest.mark.parametrize(
    "other",
    [
        Recipe("thing", {"rows": "abd"}, {"seed": 1}, ("line.errors",)),
        Recipe("thing", {"rows": "abc"}, {"seed": 2}, ("line.errors",)),
        Recipe("thing", {"rows": "abc"}, {"seed": 1}, ("line.paths",)),
        Recipe("other", {"rows": "abc"}, {"seed": 1}, ("line.errors",)),
    ],
    ids=["input", "setting", "code", "kind"],
)
def test_whatever_decides_the_content_changes_the_digest(other: Recipe) -> None:
    assert other.digest() != RECIPE.digest()


def test_the_order_of_inputs_and_settings_does_not(tmp_path: Path) -> None:
    one = Recipe("k", {"a": "1", "b": "2"}, {"x": 1, "y": 2})
    assert one.digest() == Recipe("k", {"b": "2", "a": "1"}, {"y": 2, "x": 1}).digest()


def test_a_build_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def build(out: Path) -> None:
        _one(out)
        raise StageError("no luck")

    with pytest.raises(StageError, match="no luck"):
        Store(tmp_path).make(RECIPE, build)
    assert [p.name for p in tmp_path.rglob("*") if p.suffix != ".lock" and p.is_file()] == []
    assert Store(tmp_path).make(RECIPE, _one).reused is False


def test_a_killed_build_is_swept_and_done_again(tmp_path: Path) -> None:
    left = _kill_in_build(tmp_path, "sweep")
    assert (left / "part.txt").is_file() and not (left / PROVENANCE).exists()
    out, _ = _start(tmp_path, 0).communicate(timeout=30)
    assert out.split() == ["whole", "False"]
    assert not left.exists()


def test_a_killed_resumable_build_finds_what_it_had(tmp_path: Path) -> None:
    left = _kill_in_build(tmp_path, "keep")
    (left / "checkpoint").write_text("step 7", encoding="utf-8")
    found: list[str] = []

    def build(out: Path) -> None:
        found.append((out / "checkpoint").read_text(encoding="utf-8"))

    Store(tmp_path / "store").make(Recipe("thing", {}, {"seed": 1}), build, keep_partial=True)
    assert found == ["step 7"]


def test_a_partial_build_can_be_thrown_away(tmp_path: Path) -> None:
    left = _kill_in_build(tmp_path, "keep")
    Store(tmp_path / "store").discard_partial(Recipe("thing", {}, {"seed": 1}))
    assert not left.exists()


def test_concurrent_makers_build_once(tmp_path: Path) -> None:
    makers = [_start(tmp_path, 0.5) for _ in range(3)]
    outs = [maker.communicate(timeout=60)[0].split() for maker in makers]
    assert sorted(outs) == [["whole", "False"], ["whole", "True"], ["whole", "True"]]
    assert (tmp_path / "builds").read_text() == "x"


def test_a_damaged_artifact_is_made_anew(tmp_path: Path) -> None:
    made = Store(tmp_path).make(RECIPE, _one)
    made.file("a.txt").write_text("b", encoding="utf-8")
    keeper = Store(tmp_path)
    again = keeper.make(RECIPE, _one)
    assert again.reused is False and again.file("a.txt").read_text() == "a"
    assert keeper.damaged == [str(made.path)]


@pytest.mark.parametrize("left", ["{", "", "[]", "\x00\x00", "{}"])
def test_a_damaged_provenance_is_made_anew(tmp_path: Path, left: str) -> None:
    made = Store(tmp_path).make(RECIPE, _one)
    made.file(PROVENANCE).write_text(left, encoding="utf-8")
    assert Store(tmp_path).find(RECIPE) is None
    assert Store(tmp_path).make(RECIPE, _one).reused is False


def test_a_folder_without_provenance_never_existed(tmp_path: Path) -> None:
    made = Store(tmp_path).make(RECIPE, _one)
    made.file(PROVENANCE).unlink()
    assert Store(tmp_path).make(RECIPE, _one).reused is False


def test_forgetting_an_artifact(tmp_path: Path) -> None:
    keeper = Store(tmp_path)
    keeper.forget(keeper.make(RECIPE, _one))
    assert keeper.find(RECIPE) is None


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        # As safetensors, torch and child processes say it.
        RuntimeError("I/O error: No space left on device (os error 28)"),
    ],
    ids=["full", "quota", "library"],
)
def test_a_full_disk_is_one_clear_message(tmp_path: Path, error: Exception) -> None:
    def build(out: Path) -> None:
        _one(out)
        raise error

    with pytest.raises(StageError, match=r"disk is full.*JOSI_CACHE"):
        Store(tmp_path).make(RECIPE, build)
    assert list(tmp_path.rglob("a.txt")) == []


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "settings.json"
    write_text(path, "old")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(store.os, "fsync", full)
    with pytest.raises(StageError, match="disk is full"):
        write_text(path, "new")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_a_kill_between_seal_and_rename_costs_one_build(tmp_path: Path) -> None:
    kept = Store(tmp_path)
    sealed = kept.make(RECIPE, _one, keep_partial=True).path
    sealed.rename(sealed.with_name(sealed.name + ".partial"))  # as such a kill leaves it
    built = kept.make(RECIPE, _one, keep_partial=True)
    assert not built.reused and kept.damaged == []
    assert kept.make(RECIPE, _never, keep_partial=True).reused


def test_a_failure_on_a_full_disk_says_so_in_whatever_words_it_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(out: Path) -> None:
        monkeypatch.setattr("line.store.shutil.disk_usage", lambda _: SimpleNamespace(free=100))
        raise RuntimeError("[enforce fail at inline_container.cc:603] unexpected pos")

    with pytest.raises(StageError, match="disk is full"):
        Store(tmp_path).make(RECIPE, build)

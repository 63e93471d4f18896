"""Fresh copies that no page cache holds, and the code a phone is given."""

from pathlib import Path

import psutil
import pytest

from line.errors import InputError, StageError
from sims.staging import cached_share, stage_code, stage_models


def _in_memory(folder: Path) -> bool:
    mounts = psutil.disk_partitions(all=True)
    inside = [m for m in mounts if folder.resolve().is_relative_to(m.mountpoint)]
    return max(inside, key=lambda m: len(m.mountpoint)).fstype in ("tmpfs", "ramfs")


def test_copies_are_whole_fresh_and_dropped_from_the_cache(tmp_path: Path) -> None:
    source = tmp_path / "model.gguf"
    source.write_bytes(bytes(range(256)) * 32768)  # 8 MB
    target = tmp_path / "job"
    target.mkdir()
    if _in_memory(tmp_path):
        with pytest.raises(StageError, match="tmpfs"):
            stage_models([source], target)
        return
    names = stage_models([source, source], target)
    copy = target / names[source]
    assert len(names) == 1 and cached_share(copy) <= 0.02
    assert copy.read_bytes() == source.read_bytes()
    assert cached_share(copy) == 1.0  # reading brought it in: the measure tells the two apart
    assert copy.stat().st_mode & 0o777 == 0o644


def test_an_empty_file_is_not_cached(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert cached_share(tmp_path / "empty") == 0.0


def test_two_files_of_one_name_do_not_collide(tmp_path: Path) -> None:
    for name in ("a", "b", "job"):
        (tmp_path / name).mkdir()
    if _in_memory(tmp_path):
        pytest.xfail("copies cannot be made on a file system in memory")
    files = [tmp_path / "a" / "model.gguf", tmp_path / "b" / "model.gguf"]
    for number, file in enumerate(files):
        file.write_text(str(number))
    names = stage_models(files, tmp_path / "job")
    assert [(tmp_path / "job" / names[f]).read_text() for f in files] == ["0", "1"]


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.gguf"):
        stage_models([tmp_path / "nowhere.gguf"], tmp_path)


def test_the_phone_gets_code_and_bindings_and_no_tests(tmp_path: Path) -> None:
    stage_code(tmp_path / "app")
    app = tmp_path / "app"
    assert (app / "sims" / "agent.py").is_file() and (app / "josi").is_dir() and (app / "line").is_dir()
    assert (app / "llama_cpp" / "llama_cpp.py").is_file()
    assert not list(app.rglob("test_*.py")) and not list(app.rglob("__pycache__"))
    assert all(p.stat().st_mode & 0o005 for p in app.rglob("*"))

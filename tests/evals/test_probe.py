"""A GGUF from outside is opened in a child process first; whatever is wrong with it is one message."""

from pathlib import Path

import pytest

from evals.probe import require_loadable
from line.errors import InputError, MissingError


def test_a_good_file_passes(packaged_gguf: Path) -> None:
    require_loadable(packaged_gguf)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a GGUF"),
        (b"PK\x03\x04 zip", "not a GGUF"),
        (b"GGUF", "GGUF"),
        (b"GGUF\x03\x00\x00\x00" + b"\xff" * 64, "bad.gguf"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(content)
    with pytest.raises(InputError, match=said):
        require_loadable(bad)


def test_a_cut_file_is_named(packaged_gguf: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(packaged_gguf.read_bytes()[:200_000])
    with pytest.raises(InputError, match=r"cut\.gguf"):
        require_loadable(cut)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="josi convert"):
        require_loadable(tmp_path / "none.gguf")

"""A code digest follows what is computed, through imports, and nothing else."""

from pathlib import Path

import pytest

from line import digest

LEAF = 'LIMIT = 3\n\n\ndef double(x):\n    """Twice x."""\n    return 2 * x  # twice\n'
TOP = "from josi.leaf import double\n\n\ndef twice(x):\n    return double(double(x))\n"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(digest, "REPO", tmp_path)
    _write(tmp_path, "josi/leaf.py", LEAF)
    _write(tmp_path, "line/top.py", TOP)
    return tmp_path


def _write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    digest._shape.cache_clear()


@pytest.mark.parametrize(
    "leaf",
    [
        LEAF.replace("# twice", "# two times"),
        LEAF.replace("Twice x.", "x and x."),
        LEAF.replace('    """Twice x."""\n', ""),
        '"""A module."""\n' + LEAF.replace("\n\n\n", "\n\n\n\n"),
        LEAF.replace("2 * x", "(2 * x)"),
    ],
    ids=["comment", "docstring", "no docstring", "layout", "brackets"],
)
def test_tidying_changes_nothing(tree: Path, leaf: str) -> None:
    before = digest.of_code(["line.top"])
    _write(tree, "josi/leaf.py", leaf)
    assert digest.of_code(["line.top"]) == before


@pytest.mark.parametrize(
    "leaf", [LEAF.replace("2 * x", "3 * x"), LEAF.replace("LIMIT = 3", "LIMIT = 4"), LEAF + "\nMORE = 1\n"]
)
def test_code_changes_what_imports_it(tree: Path, leaf: str) -> None:
    before = digest.of_code(["line.top"])
    _write(tree, "josi/leaf.py", leaf)
    assert digest.of_code(["line.top"]) != before


@pytest.mark.parametrize(
    "source",
    [
        "import josi.leaf\n",
        "from josi import leaf\n",
        "from josi.leaf import double as d\n",
        "def late():\n    from josi.leaf import double\n    return double\n",
    ],
)
def test_every_way_of_importing_counts(tree: Path, source: str) -> None:
    _write(tree, "line/other.py", source)
    _write(tree, "josi/leaf.py", LEAF)
    before = digest.of_code(["line.other"])
    _write(tree, "josi/leaf.py", LEAF.replace("2 * x", "3 * x"))
    assert digest.of_code(["line.other"]) != before


def test_imports_are_followed_however_deep_and_in_circles(tree: Path) -> None:
    _write(tree, "josi/leaf.py", "import line.top\n" + LEAF)
    _write(tree, "training/deep.py", "import line.top\n")
    before = digest.of_code(["training.deep"])
    _write(tree, "josi/leaf.py", "import line.top\n" + LEAF.replace("2 * x", "3 * x"))
    assert digest.of_code(["training.deep"]) != before


def test_a_module_beside_them_does_not_count(tree: Path) -> None:
    before = digest.of_code(["line.top"])
    _write(tree, "josi/unrelated.py", "X = 1\n")
    assert digest.of_code(["line.top"]) == before


def test_the_order_of_names_does_not_count(tree: Path) -> None:
    assert digest.of_code(["line.top", "josi.leaf"]) == digest.of_code(["josi.leaf", "line.top"])


def test_a_folder_is_its_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one").write_bytes(b"1")
    before = digest.of_tree(tmp_path)
    (tmp_path / "a" / "one").rename(tmp_path / "a" / "two")
    renamed = digest.of_tree(tmp_path)
    (tmp_path / "a" / "two").write_bytes(b"2")
    assert len({before, renamed, digest.of_tree(tmp_path)}) == 3
    assert digest.of_tree(tmp_path, {"a/two"}) == digest.of_json([])


def test_known_digests(tmp_path: Path) -> None:
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    assert digest.of_file(path) == digest.of_bytes(b"abc")
    assert digest.of_bytes(b"abc").startswith("ba7816bf8f01cfea414140de5dae2223")
    assert digest.of_json({"b": 1, "a": [True, None]}) == digest.of_bytes(b'{"a":[true,null],"b":1}')

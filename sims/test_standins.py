"""Acceptance of the full-size stand-ins (`tox -e tiers`, the long one): size, life on a phone, and the prediction.

Each model is made, lives two turns in a container of its tier, is compared with what its header told, and is removed
again; the largest takes 9 GB of disk and 5 GB of memory while it runs.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sims.runner import Phones
from sims.standin.measure import REAL, RUNS, Files, measure, release_files, standin_files
from sims.standin.spec import find_spec

pytestmark = pytest.mark.tiers
WITHIN = 0.10  # of what the container measured
SIZE_WITHIN = 0.01  # of the published file
LIVES = [(name, configuration, mmap) for name, runs in RUNS.items() for configuration in runs for mmap in (False, True)]


@pytest.fixture(scope="module")
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Files]]:
    """A model's files, gone when its tests are done (pytest runs the tests of one model together)."""
    name = str(request.param)
    if name == REAL:
        phones: Phones = request.getfixturevalue("phones")
        yield name, release_files(phones.models)
        return
    folder = tmp_path_factory.mktemp("standin")
    yield name, standin_files(name, folder)
    for path in folder.iterdir():
        path.unlink()


@pytest.mark.parametrize("model", [name for name in RUNS if name != REAL], indirect=True)
def test_the_file_is_as_large_as_the_published_one(model: tuple[str, Files]) -> None:
    name, files = model
    assert files.first.stat().st_size == pytest.approx(find_spec(name).published_bytes, rel=SIZE_WITHIN)


@pytest.mark.parametrize(("model", "configuration", "mmap"), LIVES, indirect=["model"])
def test_the_header_tells_the_peak(model: tuple[str, Files], configuration: str, mmap: bool, tmp_path: Path) -> None:
    name, files = model
    row = measure(name, files, configuration, RUNS[name][configuration], mmap=mmap, out=tmp_path)
    assert row["verdict"] == "fits", row
    assert row["predicted_anonymous_mb"] == pytest.approx(row["anonymous_mb"], rel=WITHIN), row
    assert row["predicted_peak_mb"] == pytest.approx(row["peak_mb"], rel=WITHIN), row

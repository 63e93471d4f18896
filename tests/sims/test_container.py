"""The container's options as built, and which containers count as left behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sims.container import AGENT, LABEL_PHONE, LABEL_RUN, LABEL_RUNNER, Place, is_stale, options, pinned, runner_mark
from sims.place import remove_stale_places
from sims.tiers import find_phone, load_limits


@pytest.fixture
def built(tmp_path: Path) -> dict[str, object]:
    return options("josi-phone:x", Place(tmp_path, "run1"), find_phone("tier1"), load_limits(), 819, AGENT)


def test_memory_is_capped_without_swap(built: dict[str, object]) -> None:
    assert built["mem_limit"] == built["memswap_limit"] == "819m"


def test_the_phone_has_cpus_of_its_own(built: dict[str, object]) -> None:
    ours = sorted(os.sched_getaffinity(0))
    assert built["cpuset_cpus"] == ",".join(map(str, ours[-2:]))
    assert pinned(10_000) == ours and len(pinned(1)) == 1


def test_nothing_is_reachable_or_writable(built: dict[str, object], tmp_path: Path) -> None:
    assert built["network_mode"] == "none" and built["read_only"] is True
    assert built["cap_drop"] == ["ALL"] and built["security_opt"] == ["no-new-privileges:true"]
    assert built["init"] is True and isinstance(built["pids_limit"], int) and built["pids_limit"] > 0
    assert not str(built["user"]).startswith("0") and "privileged" not in built
    mounts = built["mounts"]
    assert isinstance(mounts, list)
    assert {(m["Target"], m["Source"], m["ReadOnly"]) for m in mounts} == {
        ("/app", str(tmp_path / "app"), True),
        ("/job", str(tmp_path / "job"), True),
    }
    assert list(built["tmpfs"]) == ["/tmp"]  # type: ignore[call-overload]


def test_labels_name_the_living_runner(built: dict[str, object]) -> None:
    labels = built["labels"]
    assert isinstance(labels, dict)
    assert labels[LABEL_PHONE] == "tier1" and labels[LABEL_RUN] == "run1"
    assert labels[LABEL_RUNNER] == runner_mark(os.getpid())
    assert not is_stale(labels)


def test_a_dead_runners_phone_is_stale() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    mark = runner_mark(child.pid)
    assert not is_stale({LABEL_RUNNER: mark})
    child.communicate(b"\n")
    assert is_stale({LABEL_RUNNER: mark})


@pytest.mark.parametrize(
    "mark", ["", "nonsense", "x@1", f"{os.getpid()}@1"], ids=["none", "nonsense", "word", "reborn"]
)
def test_a_label_that_fits_no_living_process_is_stale(mark: str) -> None:
    assert is_stale({LABEL_RUNNER: mark})
    assert is_stale({})


def test_a_folder_outlives_its_runner_only_until_the_next_run(tmp_path: Path) -> None:
    mine, dead = f".phone-{runner_mark(os.getpid())}-a", f".phone-{os.getpid()}@1-b"
    for name in (mine, dead):
        (tmp_path / name / "job").mkdir(parents=True)
    assert remove_stale_places(tmp_path) == [dead]
    assert [p.name for p in tmp_path.iterdir()] == [mine]

"""Control groups of both versions, from trees as the kernel writes them."""

from pathlib import Path

import pytest

from line.errors import MissingError
from sims.telemetry import MB, Sample, Watch, find_reader, summarise

_V1_STAT = """cache 6918144
rss 3239936
workingset_refault_file 5
total_cache {cache}
total_rss {rss}
total_shmem 4096
total_swap 0
total_workingset_refault_anon 0
total_workingset_refault_file {refault}
total_pgmajfault 7
"""
_V2_STAT = """anon {anon}
file {file}
shmem 4096
pgmajfault 9
workingset_refault_anon 1
workingset_refault_file 2
"""


def _v1(root: Path, **values: str) -> Path:
    folder = root / "memory" / "docker" / "abc"
    folder.mkdir(parents=True)
    files = {
        "memory.stat": _V1_STAT.format(cache=50 * MB, rss=30 * MB, refault=3),
        "memory.usage_in_bytes": str(81 * MB),
        "memory.max_usage_in_bytes": str(100 * MB),
        "memory.failcnt": "2",
        "memory.memsw.failcnt": "5",
        "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
        **values,
    }
    for name, text in files.items():
        (folder / name).write_text(text + "\n")
    return folder


def _v2(root: Path) -> Path:
    folder = root / "unified" / "system.slice" / "docker-abc.scope"
    folder.mkdir(parents=True)
    files = {
        "memory.stat": _V2_STAT.format(anon=30 * MB, file=50 * MB),
        "memory.current": str(81 * MB),
        "memory.peak": str(100 * MB),
        "memory.swap.current": "0",
        "memory.events": "low 0\nhigh 0\nmax 4\noom 1\noom_kill 1\noom_group_kill 0\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text + "\n")
    return folder


def _proc(root: Path, cgroup: str, mounts: str) -> Path:
    proc = root / "proc"
    (proc / "42").mkdir(parents=True)
    (proc / "self").mkdir()
    (proc / "42" / "cgroup").write_text(cgroup)
    (proc / "self" / "mountinfo").write_text(mounts)
    return proc


def _mount(root: str, point: Path, kind: str, options: str) -> str:
    return f"30 25 0:26 {root} {point} rw,nosuid shared:9 - {kind} {kind} {options}\n"


def test_version_1_beside_a_version_2_hierarchy(tmp_path: Path) -> None:
    _v1(tmp_path)
    mounts = (
        _mount("/", tmp_path / "cpu", "cgroup", "rw,cpu")
        + _mount("/", tmp_path / "memory", "cgroup", "rw,memory")
        + _mount("/", tmp_path / "unified", "cgroup2", "rw")
    )
    proc = _proc(tmp_path, "4:memory:/docker/abc\n1:cpu:/docker/abc\n0::/docker/abc\n", mounts)
    sample = find_reader(42, proc)()
    assert (sample.usage, sample.peak, sample.anonymous) == (81 * MB, 100 * MB, 30 * MB)
    assert sample.file == 50 * MB - 4096
    assert (sample.limit_hits, sample.oom_kills, sample.refaults, sample.major_faults) == (7, 1, 3, 7)


def test_version_2_under_systemd(tmp_path: Path) -> None:
    _v2(tmp_path)
    mounts = _mount("/", tmp_path / "unified", "cgroup2", "rw,nsdelegate")
    sample = find_reader(42, _proc(tmp_path, "0::/system.slice/docker-abc.scope\n", mounts))()
    assert (sample.usage, sample.peak, sample.anonymous) == (81 * MB, 100 * MB, 30 * MB)
    assert (sample.limit_hits, sample.oom_kills, sample.refaults, sample.major_faults) == (4, 1, 3, 9)


def test_version_2_without_a_peak_file_falls_back_on_usage(tmp_path: Path) -> None:
    (_v2(tmp_path) / "memory.peak").unlink()
    mounts = _mount("/", tmp_path / "unified", "cgroup2", "rw")
    assert find_reader(42, _proc(tmp_path, "0::/system.slice/docker-abc.scope\n", mounts))().peak == 81 * MB


def test_a_mount_that_shows_only_part_of_the_hierarchy(tmp_path: Path) -> None:
    _v1(tmp_path)
    mounts = _mount("/outer", tmp_path / "memory", "cgroup", "rw,memory")
    proc = _proc(tmp_path, "4:memory:/outer/docker/abc\n", mounts)
    assert find_reader(42, proc)().peak == 100 * MB


@pytest.mark.parametrize("cgroup", ["4:memory:/docker/elsewhere\n", "0::/docker/elsewhere\n", "1:cpu:/x\n"])
def test_a_group_that_is_not_visible_is_an_error(tmp_path: Path, cgroup: str) -> None:
    mounts = _mount("/", tmp_path / "memory", "cgroup", "rw,memory")
    with pytest.raises(MissingError):
        find_reader(42, _proc(tmp_path, cgroup, mounts))


def _sample(t: float, **values: int) -> Sample:
    zero = dict.fromkeys(
        ["usage", "peak", "anonymous", "file", "swap", "limit_hits", "oom_kills", "refaults", "major_faults"],
        0,
    )
    return Sample(t_s=t, **{**zero, **values})


def test_a_summary_takes_peaks_and_growth() -> None:
    report = summarise(
        [
            _sample(0, peak=10 * MB, anonymous=9 * MB, refaults=1000),
            _sample(1, peak=90 * MB, anonymous=60 * MB, file=30 * MB, refaults=1000, oom_kills=0),
            _sample(2, peak=90 * MB, anonymous=20 * MB, refaults=1256, oom_kills=1, limit_hits=4),
        ]
    )
    assert (report.peak_mb, report.anonymous_mb, report.file_mb) == (90, 60, 30)
    assert report.refault_mb == pytest.approx(256 * 4096 / MB, rel=1) and report.refault_mb > 0
    assert (report.oom_kills, report.limit_hits, report.samples) == (1, 4, 3)
    assert summarise([]).samples == 0


def test_a_watch_ends_with_the_group(tmp_path: Path) -> None:
    folder = _v1(tmp_path)
    mounts = _mount("/", tmp_path / "memory", "cgroup", "rw,memory")
    watch = Watch(find_reader(42, _proc(tmp_path, "4:memory:/docker/abc\n", mounts)), interval_s=0.001)
    (folder / "memory.stat").unlink()
    samples = watch.stop()
    assert all(s.peak == 100 * MB for s in samples)

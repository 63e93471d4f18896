"""Control groups of both versions, from trees as the kernel writes them."""

import time
from pathlib import Path

import pytest

from line.errors import MissingError
from sims.cgroup import PSI_CONTAINER, PSI_HOST, PSI_NONE, Sample, find_group
from sims.telemetry import MB, Watch, summarise

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
total_mapped_file 8388608
total_inactive_file 4194304
total_active_file 2097152
"""
PSI = """some avg10=0.00 avg60=0.00 avg300=0.00 total={some}
full avg10=0.00 avg60=0.00 avg300=0.00 total={full}
"""
_V2_STAT = """anon {anon}
file {file}
shmem 4096
pgmajfault 9
file_mapped 8388608
inactive_file 4194304
active_file 2097152
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
        "memory.pressure": PSI.format(some=1200, full=300),
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
    sample = find_group(42, proc)()
    assert (sample.usage, sample.peak, sample.anonymous) == (81 * MB, 100 * MB, 30 * MB)
    assert sample.file == 50 * MB - 4096
    assert (sample.limit_hits, sample.oom_kills, sample.refaults, sample.major_faults) == (7, 1, 3, 7)
    assert (sample.mapped, sample.file_lru) == (8 * MB, 6 * MB)


def _hybrid(root: Path, cgroup: str) -> Path:
    """Version 1 holds the memory, and version 2 is mounted beside it without controllers, as older systemds do."""
    _v1(root)
    mounts = _mount("/", root / "memory", "cgroup", "rw,memory") + _mount("/", root / "unified", "cgroup2", "rw")
    return _proc(root, cgroup, mounts)


def test_version_1_takes_the_containers_stalls_from_version_2_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "unified" / "docker" / "abc"
    folder.mkdir(parents=True)
    (folder / "memory.pressure").write_text(PSI.format(some=70_000, full=5))
    group = find_group(42, _hybrid(tmp_path, "4:memory:/docker/abc\n0::/docker/abc\n"))
    assert group.psi == PSI_CONTAINER
    assert (group().some_us, group().full_us) == (70_000, 5)


def test_stalls_of_the_whole_host_are_told_as_such(tmp_path: Path) -> None:
    proc = _hybrid(tmp_path, "4:memory:/docker/abc\n0::/\n")
    (proc / "pressure").mkdir()
    (proc / "pressure" / "memory").write_text(PSI.format(some=9, full=8))
    group = find_group(42, proc)
    assert (group.psi, group().some_us) == (PSI_HOST, 9)


def test_a_kernel_without_psi_yields_no_stalls(tmp_path: Path) -> None:
    group = find_group(42, _hybrid(tmp_path, "4:memory:/docker/abc\n0::/\n"))
    assert (group.psi, group().some_us, group().full_us) == (PSI_NONE, None, None)


def test_a_reading_follows_the_file(tmp_path: Path) -> None:
    """The files stay open, as the kernel's may; each reading is of their text now."""
    proc = _hybrid(tmp_path, "4:memory:/docker/abc\n")
    group = find_group(42, proc)
    before = group().usage
    (tmp_path / "memory" / "docker" / "abc" / "memory.usage_in_bytes").write_text(f"{90 * MB}\n")
    assert (before, group().usage) == (81 * MB, 90 * MB)


def test_what_is_needed_leaves_out_cache_that_nobody_has_mapped() -> None:
    sample = _sample(0, usage=100 * MB, anonymous=40 * MB, file=50 * MB, mapped=20 * MB)
    assert sample.needed == 70 * MB
    assert _sample(0, usage=10 * MB, anonymous=40 * MB).needed == 40 * MB  # charged in batches: usage may lag behind


def test_version_2_under_systemd(tmp_path: Path) -> None:
    _v2(tmp_path)
    mounts = _mount("/", tmp_path / "unified", "cgroup2", "rw,nsdelegate")
    sample = find_group(42, _proc(tmp_path, "0::/system.slice/docker-abc.scope\n", mounts))()
    assert (sample.usage, sample.peak, sample.anonymous) == (81 * MB, 100 * MB, 30 * MB)
    assert (sample.limit_hits, sample.oom_kills, sample.refaults, sample.major_faults) == (4, 1, 3, 9)
    assert (sample.mapped, sample.file_lru) == (8 * MB, 6 * MB)
    assert (sample.some_us, sample.full_us) == (1200, 300)


def test_version_2_without_a_peak_file_falls_back_on_usage(tmp_path: Path) -> None:
    (_v2(tmp_path) / "memory.peak").unlink()
    mounts = _mount("/", tmp_path / "unified", "cgroup2", "rw")
    assert find_group(42, _proc(tmp_path, "0::/system.slice/docker-abc.scope\n", mounts))().peak == 81 * MB


def test_a_mount_that_shows_only_part_of_the_hierarchy(tmp_path: Path) -> None:
    _v1(tmp_path)
    mounts = _mount("/outer", tmp_path / "memory", "cgroup", "rw,memory")
    proc = _proc(tmp_path, "4:memory:/outer/docker/abc\n", mounts)
    assert find_group(42, proc)().peak == 100 * MB


@pytest.mark.parametrize("cgroup", ["4:memory:/docker/elsewhere\n", "0::/docker/elsewhere\n", "1:cpu:/x\n"])
def test_a_group_that_is_not_visible_is_an_error(tmp_path: Path, cgroup: str) -> None:
    mounts = _mount("/", tmp_path / "memory", "cgroup", "rw,memory")
    with pytest.raises(MissingError):
        find_group(42, _proc(tmp_path, cgroup, mounts))


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
    watch = Watch(find_group(42, _proc(tmp_path, "4:memory:/docker/abc\n", mounts)), interval_s=0.001)
    for _ in range(100):
        if watch._samples:
            break
        time.sleep(0.01)
    (folder / "memory.usage_in_bytes").write_text("gone")
    assert watch.stop() and all(s.peak == 100 * MB for s in watch._samples)


def test_a_paused_watch_reads_nothing(tmp_path: Path) -> None:
    taken: list[int] = []
    watch = Watch(lambda: (taken.append(1), _sample(0))[1], interval_s=0.001)
    watch.pause()
    time.sleep(0.02)
    before = len(taken)
    time.sleep(0.05)
    assert len(taken) <= before + 1
    watch.resume()
    time.sleep(0.05)
    assert len(watch.stop()) > before + 1

import io
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from line import container_probes, probes
from line.child import run
from line.doctor import Finding, Status, diagnose, exit_code, show
from line.errors import MissingError

FEATURES = '{"version": "1", "system": "CPU : AVX2 = 1 | AVX512 = 0 | %s = 1 | "}'


def tool(folder: Path, text: str) -> str:
    """A program that prints `text` as a shell script does."""
    path = folder / "tool"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def say(text: str) -> tuple[str, str, str]:
    return (sys.executable, "-c", text)


def test_this_machine_is_looked_at_quickly_and_whole() -> None:
    started = time.perf_counter()
    findings = diagnose(probes.machine_probes())
    assert time.perf_counter() - started < 20  # under 1 s alone; other work may hold the cores
    names = {finding.name for finding in findings}
    assert {"Python", "cores", "RAM", "disk", "GPU", "Docker", "cgroup", "llama.cpp", "cmake"} <= names
    assert all(finding.remedy for finding in findings if finding.status is Status.MISSING)


def test_an_empty_machine_breaks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    findings = diagnose(probes.machine_probes(tmp_path / "cache/deep", root=tmp_path))
    told = {finding.name: finding for finding in findings}
    assert told["Docker"].status is Status.MISSING and "docker.io" in told["Docker"].remedy
    assert told["cgroup"].status is Status.MISSING
    assert told["cmake"].status is told["image tools"].status is Status.WARN
    assert told["GPU"].status is Status.OK and told["disk"].status is not Status.MISSING
    assert exit_code(findings) == 1


def test_a_probe_that_trips_becomes_a_warning_and_the_order_stays() -> None:
    def trips() -> list[Finding]:
        raise MissingError("no catalogue")

    def fine() -> list[Finding]:
        return [Finding("b", Status.OK, "here")]

    findings = diagnose([("a", trips), ("b", fine)])
    assert [(finding.name, finding.status) for finding in findings] == [("a", Status.WARN), ("b", Status.OK)]
    assert "no catalogue" in findings[0].found and exit_code(findings) == 0
    assert diagnose([]) == []


def test_only_what_is_required_sets_the_exit_code() -> None:
    assert exit_code([Finding("a", Status.WARN, "")]) == 0
    assert exit_code([Finding("a", Status.OK, ""), Finding("b", Status.MISSING, "")]) == 1


def test_the_table_prints_brackets_as_they_are() -> None:
    out = io.StringIO()
    show([Finding("x", Status.MISSING, "none", "pip install -e '.[sims]'")], Console(width=120, file=out))
    text = out.getvalue()
    assert "'.[sims]'" in text and "missing" in text


@pytest.mark.parametrize(
    ("files", "status", "found"),
    [
        ({"sys/fs/cgroup/cgroup.controllers": "cpu memory pids\n"}, Status.OK, "v2, memory controller on"),
        ({"sys/fs/cgroup/cgroup.controllers": "cpu pids\n"}, Status.MISSING, "v2, memory controller off"),
        ({"sys/fs/cgroup/memory/x": ""}, Status.OK, "v1, memory controller on"),
        ({"sys/fs/cgroup/cpu/x": ""}, Status.MISSING, "v1, memory controller off"),
        ({}, Status.MISSING, "none"),
    ],
)
def test_cgroups(tmp_path: Path, files: dict[str, str], status: Status, found: str) -> None:
    lay(tmp_path, files)
    (finding,) = container_probes.cgroup(tmp_path)
    assert finding.status is status and found in finding.found


@pytest.mark.parametrize(
    ("files", "limit"),
    [
        ({"sys/fs/cgroup/memory.max": "max\n"}, None),
        ({"sys/fs/cgroup/memory.max": "1073741824\n"}, 2**30),
        ({"sys/fs/cgroup/memory/memory.limit_in_bytes": "1073741824\n"}, 2**30),
        ({}, None),
    ],
)
def test_a_cap_on_memory_counts_as_the_memory(tmp_path: Path, files: dict[str, str], limit: int | None) -> None:
    lay(tmp_path, files)
    assert container_probes.memory_limit(tmp_path) == limit
    (finding,) = probes.ram(tmp_path)
    assert (finding.status is Status.MISSING and "1.0 GiB (capped" in finding.found) == (limit is not None)


@pytest.mark.parametrize(
    ("script", "status", "text"),
    [
        (
            'echo \'{"Client":{"Version":"28"},"Server":{"Version":"20.10","ApiVersion":"1.41"}}\'',
            Status.OK,
            "API 1.41",
        ),
        (
            'echo \'{"Client":{"Version":"28"},"Server":null}\'; echo "Cannot connect" >&2; exit 1',
            Status.MISSING,
            "Cannot",
        ),
        ('echo "permission denied while trying" >&2; exit 1', Status.MISSING, "usermod"),
        ("echo nonsense", Status.MISSING, "no daemon"),
    ],
)
def test_docker(tmp_path: Path, script: str, status: Status, text: str) -> None:
    (finding,) = container_probes.docker([tool(tmp_path, script)])
    assert finding.status is status and text in finding.found + finding.remedy


def test_llama_that_works_lists_its_features() -> None:
    (finding,) = probes.llama(say(f"print('''{FEATURES % 'FMA'}''')"))
    assert finding.status is Status.OK and finding.found.endswith("built with AVX2 FMA")


@pytest.mark.parametrize(
    ("code", "status", "text"),
    [
        ("import os; os.kill(os.getpid(), 4)", Status.MISSING, "signal 4"),
        ("raise SystemExit('llama.cpp is not installed')", Status.MISSING, "not installed"),
        (f"print('''{FEATURES % 'AMX_INT8'}''')", Status.WARN, "AMX"),
    ],
)
def test_llama_that_does_not(code: str, status: Status, text: str) -> None:
    (finding,) = probes.llama(say(code))
    assert finding.status is status and text in finding.found and finding.remedy


def test_an_old_cpu_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    lay(tmp_path, {"proc/cpuinfo": "model name\t: Old One\nflags\t\t: fpu sse2 avx\n"})
    (finding,) = probes.instructions(tmp_path)
    assert finding.status is Status.WARN and finding.found == "Old One, avx" and "AVX2" in finding.remedy


def test_a_program_that_hangs_or_is_not_there_is_given_up() -> None:
    assert run(say("import time; time.sleep(60)"), seconds=0.2) is None
    assert run(["no-such-program-here"]) is None


def lay(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)

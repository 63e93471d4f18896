"""The doctor's probes of the machine itself: Python, cores, memory, disk, GPU, llama.cpp, build tools.

Each returns findings and takes the root of the file system, so that a test can hand it any machine's files.
"""

import json
import os
import platform
import shutil
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import psutil

from line.child import run
from line.container_probes import cgroup, docker, image_tools, memory_limit
from line.doctor import Finding, Probe, Status, packages
from line.errors import MissingError
from line.other_build import other_build
from line.paths import REPO, store_dir

SETUP = "bash bootstrap.sh setup"
_PYTHON = (3, 11)
_GIB = 2**30
# For the default model: training peaks at about 3 GiB resident; the store, the build and the device image
# come to about 6 GiB on disk.
_RAM_NEEDED, _RAM_WISHED = 3 * _GIB, 6 * _GIB
_DISK_NEEDED, _DISK_WISHED = 4 * _GIB, 12 * _GIB
_SIMD = ("ssse3", "avx", "avx2", "fma", "f16c", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8")
_ARM = ("asimd", "asimddp", "i8mm", "sve")
_LLAMA = """
import json
from importlib.metadata import version
from line.binding import lib
system = lib().llama_print_system_info().decode()
print(json.dumps({"version": version("llama-cpp-python"), "system": system}))
"""


def machine_probes(cache: Path | None = None, root: Path = Path("/")) -> list[tuple[str, Probe]]:
    """The probes of this machine, by name; `cache` is where artifacts go (by default the store)."""
    return [
        ("Python", python),
        ("cores", cores),
        ("RAM", partial(ram, root)),
        ("disk", partial(disk, cache or store_dir())),
        ("CPU instructions", partial(instructions, root)),
        ("GPU", partial(gpu, root)),
        ("Docker", docker),
        ("cgroup", partial(cgroup, root)),
        ("llama.cpp", llama),
        ("llama.cpp, other build", other_llama),
        ("build tools", build_tools),
        ("image tools", image_tools),
        ("Python packages", packages),
    ]


def python() -> list[Finding]:
    """The interpreter's version; the harness needs 3.11."""
    found = f"{platform.python_version()} at {sys.executable}"
    if sys.version_info[:2] < _PYTHON:
        return [Finding("Python", Status.MISSING, found, "install Python 3.11 or newer")]
    return [Finding("Python", Status.OK, found)]


def cores() -> list[Finding]:
    """The cores that this process may use."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    status = Status.OK if count >= 2 else Status.WARN
    return [Finding("cores", status, f"{count} usable", "" if count >= 2 else "2 or more: one core doubles every time")]


def ram(root: Path = Path("/")) -> list[Finding]:
    """Memory that this process may use: the machine's, or its container's cap if that is lower."""
    total = psutil.virtual_memory().total
    limit = memory_limit(root)
    usable = min(total, limit or total)
    found = f"{usable / _GIB:.1f} GiB" + (f" (capped; the machine has {total / _GIB:.1f})" if usable < total else "")
    return [_enough("RAM", found, usable, _RAM_NEEDED, _RAM_WISHED, "a machine with more memory")]


def disk(cache: Path) -> list[Finding]:
    """Free space and the right to write where artifacts go."""
    folder = next(folder for folder in (cache, *cache.absolute().parents) if folder.is_dir())
    free = shutil.disk_usage(folder).free
    found = f"{free / _GIB:.1f} GiB free for {cache}"
    if not os.access(folder, os.W_OK):
        return [Finding("disk", Status.MISSING, f"{folder} cannot be written", "set JOSI_CACHE to a folder of yours")]
    return [_enough("disk", found, free, _DISK_NEEDED, _DISK_WISHED, "free some, or set JOSI_CACHE to a larger disk")]


def instructions(root: Path = Path("/")) -> list[Finding]:
    """The instruction sets that decide llama.cpp's speed."""
    try:
        text = (root / "proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return [Finding("CPU instructions", Status.WARN, f"unknown ({platform.machine()}, no /proc/cpuinfo)")]
    lines = [line for line in text.splitlines() if line.lower().startswith(("flags", "features"))]
    flags = {word for line in lines for word in line.split()}
    has = [flag for flag in (*_SIMD, *_ARM) if flag in flags]
    model = next((line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")), "")
    found = ", ".join(filter(None, [model or platform.machine(), " ".join(has)]))
    slow = platform.machine() == "x86_64" and "avx2" not in flags
    remedy = "llama.cpp has to be built without AVX2 here: CMAKE_ARGS='-DGGML_AVX2=OFF -DGGML_FMA=OFF'" if slow else ""
    return [Finding("CPU instructions", Status.WARN if slow else Status.OK, found, remedy)]


def gpu(root: Path = Path("/")) -> list[Finding]:
    """A GPU is welcome and never needed."""
    query = ["nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    answer = run(query)
    if answer is not None and answer.returncode == 0 and answer.stdout.strip():
        return [Finding("GPU", Status.OK, "; ".join(answer.stdout.strip().splitlines()))]
    if (root / "proc/driver/nvidia/version").exists() or (root / "dev/kfd").exists():
        return [Finding("GPU", Status.WARN, "a driver, but no tool that answers", "mend nvidia-smi, or go without")]
    return [Finding("GPU", Status.OK, "none (not needed: everything runs on the CPU)")]


def llama(command: Sequence[str] = (sys.executable, "-c", _LLAMA)) -> list[Finding]:
    """llama.cpp's binding, its version and what its build uses, asked in a child that may crash."""
    name = "llama.cpp"
    answer = run(command, seconds=20, cwd=REPO)
    if answer is None:
        return [Finding(name, Status.WARN, "the child process did not answer in 20 s", "run `josi doctor` again")]
    if answer.returncode < 0:
        found = f"installed, but dies with signal {-answer.returncode}: built for another CPU"
        return [Finding(name, Status.MISSING, found, f"{SETUP} (rebuilds it portably, GGML_NATIVE=OFF)")]
    if answer.returncode > 0:
        return [Finding(name, Status.MISSING, (answer.stderr.strip().splitlines() or ["no answer"])[-1], SETUP)]
    told = json.loads(answer.stdout)
    features = [part.split("=")[0].strip(" :") for part in told["system"].split("|") if part.strip().endswith("= 1")]
    features = [feature.removeprefix("CPU : ") for feature in features]
    found = f"llama-cpp-python {told['version']}, built with {' '.join(features)}"
    if any(feature.startswith("AMX") for feature in features):
        return [Finding(name, Status.WARN, found, f"AMX kernels are known to crash: {SETUP} rebuilds without them")]
    return [Finding(name, Status.OK, found)]


def other_llama() -> list[Finding]:
    """The libraries built for other vector units, on which the golden cases are repeated."""
    name = "llama.cpp, other build"
    try:
        return [Finding(name, Status.OK, str(other_build()))]
    except MissingError:
        return [Finding(name, Status.WARN, "none: the gate's repeats cannot run", SETUP)]


def build_tools() -> list[Finding]:
    """What building llama.cpp takes; a built wheel in the cache does without."""
    findings = []
    for name, programs in (("cmake", ("cmake",)), ("C++ compiler", ("c++", "g++", "clang++"))):
        program = next((path for path in map(shutil.which, programs) if path), None)
        if program is None:
            package = "cmake" if name == "cmake" else "g++"
            found = "none (only a build of llama.cpp needs it)"
            findings.append(Finding(name, Status.WARN, found, f"apt-get install {package}"))
            continue
        answer = run([program, "--version"])
        first = answer.stdout.splitlines()[:1] if answer else []
        findings.append(Finding(name, Status.OK, first[0] if first else program))
    return findings


def _enough(name: str, found: str, have: int, needed: int, wished: int, remedy: str) -> Finding:
    if have >= wished:
        return Finding(name, Status.OK, found)
    least = f"{remedy} ({needed / _GIB:.0f} GiB at least, {wished / _GIB:.0f} for everything)"
    return Finding(name, Status.MISSING if have < needed else Status.WARN, found, least)

"""The doctor's probes of what the phone tiers stand on: Docker, cgroups, and what makes the device image."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from line.child import run
from line.doctor import Finding, Status

_START = "bash bootstrap.sh setup (or: apt-get install docker.io, then start dockerd)"


def docker(command: Sequence[str] = ("docker", "version", "--format", "{{json .}}")) -> list[Finding]:
    """The Docker client and the daemon behind it."""
    if shutil.which(command[0]) is None:
        return [Finding("Docker", Status.MISSING, "no client", _START)]
    answer = run(command, seconds=5)
    if answer is None:
        return [Finding("Docker", Status.MISSING, "the daemon does not answer", "restart dockerd")]
    told = _object(answer.stdout)
    client = (told.get("Client") or {}).get("Version", "?")
    server = told.get("Server") or {}
    if server.get("Version"):
        found = f"client {client}, daemon {server['Version']} (API {server.get('ApiVersion', '?')})"
        return [Finding("Docker", Status.OK, found)]
    reason = (answer.stderr.strip().splitlines() or ["no daemon"])[-1][:160]
    denied = "permission denied" in reason.lower()
    remedy = "sudo usermod -aG docker $USER, then log in again" if denied else _START
    return [Finding("Docker", Status.MISSING, f"client {client}, no daemon: {reason}", remedy)]


def cgroup(root: Path = Path("/")) -> list[Finding]:
    """The cgroup version, and whether it can cap memory: without that a phone's RAM cannot be held."""
    base = root / "sys/fs/cgroup"
    controllers = _text(base / "cgroup.controllers")
    if controllers is not None:
        return [_memory("v2", "memory" in controllers.split(), pressure=(root / "proc/pressure/memory").exists())]
    if (base / "memory").is_dir():
        return [_memory("v1", True, pressure=(root / "proc/pressure/memory").exists())]
    if base.is_dir() and any(base.iterdir()):
        return [_memory("v1", False, pressure=False)]
    return [Finding("cgroup", Status.MISSING, "none mounted", "run on Linux with /sys/fs/cgroup mounted")]


def memory_limit(root: Path = Path("/")) -> int | None:
    """The memory cap of this process in bytes (cgroup v2, then v1), None when there is none."""
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        text = _text(root / "sys/fs/cgroup" / name)
        if text and text.strip().isdigit():
            return int(text)
    return None


def image_tools() -> list[Finding]:
    """The program that makes the device image out of Debian packages."""
    for program in ("mmdebstrap", "debootstrap"):
        path = shutil.which(program)
        if path:
            return [Finding("image tools", Status.OK, path)]
    found = "none (only making the device image needs it)"
    return [Finding("image tools", Status.WARN, found, "apt-get install mmdebstrap")]


def _memory(version: str, controller: bool, *, pressure: bool) -> Finding:
    found = f"{version}, memory controller {'on' if controller else 'off'}, PSI {'on' if pressure else 'off'}"
    if controller:
        return Finding("cgroup", Status.OK, found)
    remedy = "boot with cgroup_enable=memory (the phone tiers cap memory)"
    return Finding("cgroup", Status.MISSING, found, remedy)


def _object(text: str) -> dict[str, Any]:
    """The JSON object in a tool's answer, empty for anything else."""
    try:
        told = json.loads(text)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return None

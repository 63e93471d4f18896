"""The container of one phone: its options, its labels, and the removal of those that a killed run left."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import psutil
from docker.errors import APIError
from docker.types import LogConfig, Mount

from sims.tiers import Limits, SimPhone

LABEL_PHONE = "org.josi.phone"
LABEL_RUN = "org.josi.run"
LABEL_RUNNER = "org.josi.runner"
AGENT, PLAIN = "sims.agent", "sims.plain"
_NOBODY = "65534:65534"


@dataclass(frozen=True)
class Place:
    """One run's folder on the host: `app` (code) and `job` (models and the job file) are mounted."""

    folder: Path
    run_id: str

    @property
    def app(self) -> Path:
        """What is mounted at /app."""
        return self.folder / "app"

    @property
    def job(self) -> Path:
        """What is mounted at /job."""
        return self.folder / "job"


def options(image: str, place: Place, phone: SimPhone, limits: Limits, cap_mb: int, program: str) -> dict[str, Any]:
    """What `client.containers.create` takes: a memory cap without swap, CPUs of its own, no network, no privileges."""
    cap = f"{cap_mb}m"
    return {
        "image": image,
        "command": ["/usr/bin/python3", "-m", program, "/job/job.json"],
        "name": f"josi-{phone.name}-{place.run_id}",
        "hostname": phone.tier,
        "labels": {LABEL_PHONE: phone.tier, LABEL_RUN: place.run_id, LABEL_RUNNER: runner_mark(os.getpid())},
        "mem_limit": cap,
        "memswap_limit": cap,  # the sum of memory and swap: the same figure means no swap
        "cpuset_cpus": ",".join(map(str, pinned(phone.cpus))),
        "pids_limit": limits.pids_limit,
        "network_mode": "none",
        "read_only": True,
        "tmpfs": {"/tmp": f"size={limits.tmpfs_mb}m,mode=1777,noexec,nosuid,nodev"},
        "mounts": [_read_only(place.app, "/app"), _read_only(place.job, "/job")],
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "user": _NOBODY if os.getuid() == 0 else f"{os.getuid()}:{os.getgid()}",
        "init": True,
        "ipc_mode": "private",
        "shm_size": "8m",
        "log_config": LogConfig(type="json-file"),
    }


def pinned(cpus: int) -> list[int]:
    """The CPUs that a phone of so many cores is given: the last ones that we may use, fewer where there are fewer.

    The last, since interrupts and whatever else a system does tend to sit on the first.
    """
    return sorted(os.sched_getaffinity(0))[-cpus:]


def remove_stale(client: docker.DockerClient) -> list[str]:
    """Removes phones whose runner process is gone; the names of the removed."""
    removed = []
    for container in client.containers.list(all=True, filters={"label": LABEL_PHONE}, ignore_removed=True):
        if is_stale(container.labels):
            remove(container)
            removed.append(container.name)
    return removed


def remove_run(client: docker.DockerClient, run_id: str) -> None:
    """Removes whatever containers one run still has."""
    for container in client.containers.list(all=True, filters={"label": f"{LABEL_RUN}={run_id}"}, ignore_removed=True):
        remove(container)


def of_runner(client: docker.DockerClient, mark: str) -> list[str]:
    """The names of the phones that a runner (see `runner_mark`) has now, running or not."""
    label = f"{LABEL_RUNNER}={mark}"
    found = client.containers.list(all=True, filters={"label": [LABEL_PHONE, label]}, ignore_removed=True)
    return [container.name for container in found]


def remove(container: Any) -> None:
    """Kills and removes a container; one that is gone already is as good."""
    try:
        container.remove(force=True, v=True)
    except APIError as error:
        if error.status_code not in (404, 409):  # gone, or another is removing it already
            raise


def is_stale(labels: Mapping[str, str]) -> bool:
    """Whether the runner that a phone's labels name is gone (a reused process id does not fool it)."""
    mark = labels.get(LABEL_RUNNER, "")
    pid = mark.partition("@")[0]
    return not pid.isdigit() or runner_mark(int(pid)) != mark


def runner_mark(pid: int) -> str:
    """`PID@START`, START in ms since the epoch; "" for a process that does not exist."""
    try:
        return f"{pid}@{psutil.Process(pid).create_time() * 1000:.0f}"
    except psutil.NoSuchProcess:
        return ""


def _read_only(source: Path, target: str) -> Mount:
    return Mount(target=target, source=str(source.resolve()), type="bind", read_only=True)

"""The Docker Engine: find it, start it where we may, or say how to get it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import docker
import psutil
from docker.errors import DockerException
from filelock import FileLock

from line.errors import MissingError

START_TIMEOUT_S = 40
SOCKET = Path("/var/run/docker.sock")
PID_FILE = Path("/var/run/docker.pid")
_CLIENT_TIMEOUT_S = 60


def host_lock(name: str) -> FileLock:
    """A lock that all runs of this user on this machine share (`name`: what it guards)."""
    return FileLock(Path(tempfile.gettempdir()) / f"josi-{name}-{os.getuid()}.lock")


def ensure() -> docker.DockerClient:
    """A client of a running engine; as root an engine that is installed but down is started.

    Raises:
        MissingError: no engine answers; the message says why and how to get one.
    """
    client, reason = _connect()
    if client:
        return client
    if os.environ.get("DOCKER_HOST"):
        raise MissingError(f"The Docker Engine at DOCKER_HOST={os.environ['DOCKER_HOST']} fails: {reason}")
    if SOCKET.exists() and not os.access(SOCKET, os.W_OK):
        raise MissingError(
            f"{SOCKET} may not be opened by this user. Run `sudo usermod -aG docker $USER`, log in again."
        )
    if not shutil.which("dockerd"):
        raise MissingError("Docker is not installed. Run `sudo apt-get install docker.io`.")
    if os.geteuid() != 0:
        raise MissingError(
            f"The Docker Engine does not run ({reason}). "
            "Run `sudo systemctl start docker`, or `sudo dockerd &` where there is no systemd."
        )
    with host_lock("dockerd"):
        return _connect()[0] or _start()


def _connect() -> tuple[docker.DockerClient | None, str]:
    try:
        client = docker.from_env(timeout=_CLIENT_TIMEOUT_S)
        client.ping()
    except DockerException as error:
        return None, str(error)
    return client, ""


def _start() -> docker.DockerClient:
    """Starts the engine by systemd where that runs, else as a daemon that outlives this process."""
    _wait_for_the_old_one()
    log = Path(tempfile.gettempdir()) / "josi-dockerd.log"
    daemon: subprocess.Popen[bytes] | None = None
    with log.open("ab") as stream:
        if Path("/run/systemd/system").is_dir():
            subprocess.run(["systemctl", "start", "docker"], stdout=stream, stderr=stream, check=False)
        else:
            daemon = subprocess.Popen(
                ["dockerd"], stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, start_new_session=True
            )
    return _wait(daemon, log)


def _wait_for_the_old_one() -> None:
    """An Engine that is being stopped answers no more and holds its pid file for as long as its containers take."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        text = PID_FILE.read_text().strip() if PID_FILE.exists() else ""
        if not text.isdigit() or not psutil.pid_exists(int(text)):
            return
        time.sleep(0.3)


def _wait(daemon: subprocess.Popen[bytes] | None, log: Path) -> docker.DockerClient:
    deadline = time.monotonic() + START_TIMEOUT_S
    reason = ""
    while time.monotonic() < deadline:
        client, reason = _connect()
        if client:
            return client
        if daemon and daemon.poll() is not None:
            reason = f"dockerd ended with {daemon.returncode}"
            break
        time.sleep(0.3)
    tail = " | ".join(log.read_text(errors="replace").splitlines()[-4:])
    raise MissingError(
        f"The Docker Engine could not be started: {reason}. Its log, {log}, ends: {tail}. "
        "It needs root, cgroups and iptables; start it by hand and try again."
    )

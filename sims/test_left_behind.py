"""Nothing is left behind, whatever ends a run; needs a Docker Engine."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest

from line.errors import StageError
from sims.container import of_runner, remove_stale, runner_mark
from sims.engine import ensure
from sims.place import remove_stale_places
from sims.runner import Phones


@pytest.mark.tier1
def test_a_killed_runner_leaves_nothing_behind(phones: Phones, tmp_path: Path) -> None:
    phones.result("tier1")  # the image exists and the machine is warm
    mark = _stopped(phones, tmp_path, [signal.SIGKILL])
    assert _wait_until(lambda: not of_runner(ensure(), mark), 30), "a container outlived its runner"
    assert _wait_until(lambda: not list(tmp_path.glob(".phone-*")), 10), "a folder outlived its runner"


@pytest.mark.tier3
def test_an_interrupted_runner_leaves_nothing_behind(phones: Phones, tmp_path: Path) -> None:
    phones.result("tier3")
    mark = _stopped(phones, tmp_path, [signal.SIGINT], tier="tier3")
    assert _wait_until(lambda: not of_runner(ensure(), mark), 15)
    assert _wait_until(lambda: not list(tmp_path.glob(".phone-*")), 5)


@pytest.mark.tier3
def test_what_a_runner_killed_with_its_reaper_left_is_removed_by_the_next_run(phones: Phones, tmp_path: Path) -> None:
    phones.result("tier3")
    mark = _stopped(phones, tmp_path, [signal.SIGKILL], tier="tier3", with_reaper=True)
    assert of_runner(ensure(), mark) and any(tmp_path.glob(".phone-*"))
    assert remove_stale(ensure()) and remove_stale_places(tmp_path)
    assert not of_runner(ensure(), mark) and not list(tmp_path.glob(".phone-*"))


_RUNNER = """
import json, signal, sys
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # one started in the background would ignore it
from sims.runner import Asked, TierModels, run_tier
from sims.life import chat_only, load_turns
files = {name: Path(path) for name, path in json.loads(sys.argv[1]).items()}
asked = Asked(chat_only(load_turns(), 200), timing="off")
run_tier(sys.argv[3], TierModels(**files), out=Path(sys.argv[2]), asked=asked)
"""


def _stopped(
    phones: Phones, out: Path, signals: list[signal.Signals], tier: str = "tier1", with_reaper: bool = False
) -> str:
    """Starts a runner in a process of its own and stops it once its phone runs; the runner's mark."""
    files = {name: str(path.resolve()) for name, path in asdict(phones.models).items() if path}
    root = str(Path(__file__).resolve().parent.parent)
    command = [sys.executable, "-c", _RUNNER, json.dumps(files), str(out), tier]
    child = subprocess.Popen(command, cwd=root, env={**os.environ, "PYTHONPATH": root}, stderr=subprocess.DEVNULL)
    mark = runner_mark(child.pid)
    try:
        if not _wait_until(lambda: bool(of_runner(ensure(), mark)), 60):
            raise StageError("the runner started no phone")
        if with_reaper:
            for other in psutil.Process(child.pid).children():
                os.kill(other.pid, signal.SIGKILL)
        for sent in signals:
            os.kill(child.pid, sent)
        child.wait(30)
    finally:
        child.kill()
        child.wait()
    return mark


def _wait_until(done: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if done():
            return True
        time.sleep(0.2)
    return done()

"""Acceptance of the release's models on the three simulated phones; needs a Docker Engine.

`phones` (conftest) is a `sims.runner.Phones` on the release's files; a tier is run once for all its tests.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from sims.container import LABEL_PHONE, LABEL_RUNNER, runner_mark
from sims.engine import ensure
from sims.report import TierResult
from sims.runner import Phones, run_tier
from sims.tiers import find_tier, with_budget

_MB = 1024 * 1024
TIERS = [pytest.param(f"tier{n}", marks=getattr(pytest.mark, f"tier{n}")) for n in (1, 2, 3)]
on_every_tier = pytest.mark.parametrize("tier", TIERS)


@on_every_tier
def test_the_models_fit(phones: Phones, tier: str) -> None:
    result = phones.result(tier)
    assert result.fits, result.message
    assert result.oom_kills == 0 and result.peak_mb <= result.budget_mb


@on_every_tier
def test_every_turn_was_lived_through_the_whole_loop(phones: Phones, tier: str) -> None:
    result = phones.result(tier)
    assert result.turns and result.valid_decisions == len(result.turns), result.message
    assert all(turn["text"] and turn["request"]["action"] for turn in result.turns)


@on_every_tier
def test_everything_was_measured(phones: Phones, tier: str) -> None:
    result = phones.result(tier)
    figures = (result.load_s, result.ttft_s, result.first_word_s, result.turn_s)
    assert all(figure is not None and figure > 0 for figure in figures)
    assert result.prefill_tps and result.decode_tps and result.anonymous_mb > 0
    assert result.ttft_s and result.turn_s and result.ttft_s < result.turn_s


@on_every_tier
def test_the_models_were_charged_to_the_phone(phones: Phones, tier: str) -> None:
    """A model that slipped in through the host's page cache would cost less than its own size."""
    result = phones.result(tier)
    files = phones.models.needed(result.configuration)
    sizes = [path.stat().st_size / _MB for name, path in files.items() if name != "grammar"]
    held = max(sizes) if result.configuration == "sequential" else sum(sizes)
    assert result.peak_mb > held
    loaded = next(e for e in _events(result) if e["event"] == "loaded")
    assert loaded["mapped"] == find_tier(tier).use_mmap


@pytest.mark.tier1
def test_adapters_are_swapped_and_not_models(phones: Phones) -> None:
    result = phones.result("tier1")
    stages = [e["stage"] for e in _events(result) if e["event"] == "stage"]
    assert stages.count("load of the base model") == 1
    assert stages.count("swap to the explainer") == len(result.turns)
    assert result.swap_s is not None and result.load_s is not None and result.swap_s < result.load_s


@pytest.mark.tier2
def test_one_model_at_a_time(phones: Phones) -> None:
    result = phones.result("tier2")
    assert all(turn["explainer"]["swap_s"] > 0 for turn in result.turns)
    rss = [turn["rss_mb"] for turn in result.turns]
    assert max(rss) < 1.2 * min(rss)  # the other model was really freed, on every turn


@pytest.mark.tier3
def test_resident_models_keep_their_prefix_cache(phones: Phones) -> None:
    later = phones.result("tier3").turns[1:]
    assert all(turn["explainer"]["swap_s"] < 0.01 for turn in later)
    assert all(turn[role]["cached_tokens"] > 0 for turn in later for role in ("interpreter", "explainer"))


@pytest.mark.tier3
def test_a_phone_too_small_for_both_models_kills_the_second(phones: Phones, tmp_path: Path) -> None:
    both = phones.result("tier3").anonymous_mb
    small = with_budget(find_tier("tier3"), round(both * 0.6))
    result = run_tier(small, phones.models, out=tmp_path)
    assert result.verdict == "killed"
    assert result.message == f"tier3: killed at load of the explainer, budget {small.budget_mb} MB"
    assert not _phones_of(os.getpid())


@pytest.mark.tier1
def test_a_phone_too_small_for_the_base_kills_it(phones: Phones, tmp_path: Path) -> None:
    small = with_budget(find_tier("tier1"), round(phones.result("tier1").anonymous_mb * 0.5))
    result = run_tier(small, phones.models, out=tmp_path)
    assert result.verdict == "killed" and "load of the base model" in result.message


@pytest.mark.tier1
def test_a_killed_runner_leaves_nothing_behind(phones: Phones, tmp_path: Path) -> None:
    phones.result("tier1")  # the image exists and the machine is warm
    child = _start_runner(phones, tmp_path)
    try:
        assert _wait_until(lambda: bool(_phones_of(child.pid)), 60), "the runner started no phone"
    finally:
        mark = runner_mark(child.pid)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    assert _wait_until(lambda: not _labelled(mark), 30), "a container outlived its runner"
    assert _wait_until(lambda: not list(tmp_path.glob(".phone-*")), 10), "a folder outlived its runner"


_RUNNER = """
import json, sys
from pathlib import Path
from sims.runner import TierModels, run_tier
from sims.job import load_turns
files = {name: Path(path) for name, path in json.loads(sys.argv[1]).items()}
run_tier("tier1", TierModels(**files), turns=load_turns() * 20, out=Path(sys.argv[2]))
"""


def _start_runner(phones: Phones, out: Path) -> "subprocess.Popen[bytes]":
    files = {name: str(path.resolve()) for name, path in asdict(phones.models).items() if path}
    root = str(Path(__file__).resolve().parent.parent)
    command = [sys.executable, "-c", _RUNNER, json.dumps(files), str(out)]
    return subprocess.Popen(command, cwd=root, env={**os.environ, "PYTHONPATH": root})


def _wait_until(done: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if done():
            return True
        time.sleep(0.2)
    return done()


def _phones_of(pid: int) -> list[str]:
    return _labelled(runner_mark(pid))


def _labelled(mark: str) -> list[str]:
    label = f"{LABEL_RUNNER}={mark}"
    found = ensure().containers.list(all=True, filters={"label": [LABEL_PHONE, label]}, ignore_removed=True)
    return [container.name for container in found]


def _events(result: TierResult) -> list[dict[str, object]]:
    lines = Path(result.events).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]

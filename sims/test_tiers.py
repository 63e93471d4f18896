"""Acceptance of the release's models on the simulated phones; needs a Docker Engine.

`phones` (conftest) is a `sims.runner.Phones` on the release's files; a phone is run once for all its tests. Each tier
is run in full on the smallest phone of its class, with its models read into memory and with them mapped.
"""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sims.container import of_runner, runner_mark
from sims.engine import ensure
from sims.larger import follows
from sims.leak import Leak, find_leak
from sims.life import chat_only, load_turns
from sims.minimum import WITHIN, find_minimum
from sims.report import MEASURED, TierResult
from sims.runner import Asked, Phones, run_tier
from sims.tiers import SimPhone, find_phone, find_phones, load_leak_rule, load_limits, with_budget

_MB = 1024 * 1024
_SHORT = Asked(chat_only(load_turns(), 2), timing="off", max_tokens=16)
_LEAK_TURNS, _PLANTED_TURNS = 30, 45  # a MB a turn has to be found within 60
TIERS = [pytest.param(f"tier{n}", marks=getattr(pytest.mark, f"tier{n}")) for n in (1, 2, 3)]
on_every_tier = pytest.mark.parametrize("tier", TIERS)
read_and_mapped = pytest.mark.parametrize("mmap", [False, True], ids=["read", "mapped"])


@on_every_tier
@read_and_mapped
def test_the_models_fit_the_smallest_phone(phones: Phones, tier: str, mmap: bool) -> None:
    result = phones.result(tier, mmap=mmap)
    assert result.fits, result.message
    assert result.oom_kills == 0 and result.peak_mb <= result.budget_mb
    assert result.margin_mb is not None and result.margin_mb > 0


@on_every_tier
def test_the_larger_phones_fit_as_well(phones: Phones, tier: str) -> None:
    smallest, *larger = find_phones(tier)
    measured = phones.result(tier)
    assert measured.ram_mb == smallest.ram_mb and larger
    for phone in larger:
        assert follows(measured, phone) or phones.result(tier, ram_mb=phone.ram_mb).fits


@on_every_tier
@read_and_mapped
def test_every_turn_was_lived_through_the_whole_loop(phones: Phones, tier: str, mmap: bool) -> None:
    result = phones.result(tier, mmap=mmap)
    assert len(result.turns) > len(load_turns()) and result.valid_decisions == len(result.turns), result.message
    assert all(turn["text"] and turn["request"]["action"] for turn in result.turns)
    kinds = [event["event"] for event in _events(result)]
    assert kinds.count("background") == kinds.count("return") == 3
    assert kinds.count("trim") == 2 and kinds[-2:] == ["unload", "end"]


@on_every_tier
def test_times_are_measured_or_say_why_not(phones: Phones, tier: str) -> None:
    result = phones.result(tier)
    figures = (result.load_s, result.ttft_s, result.first_word_s, result.turn_s, result.decode_tps, result.cpu_s)
    if result.timing == MEASURED:
        assert all(figure is not None and figure > 0 for figure in figures)
        assert result.decode["low"] <= result.decode["tps"] <= result.decode["high"]
    else:
        assert all(figure is None for figure in figures) and "%" in result.timing


@on_every_tier
@read_and_mapped
def test_the_models_were_charged_to_the_phone(phones: Phones, tier: str, mmap: bool) -> None:
    """A model that slipped in through the host's page cache would cost less than its own size."""
    result = phones.result(tier, mmap=mmap)
    files = phones.models.needed(result.configuration)
    sizes = [path.stat().st_size / _MB for name, path in files.items() if name != "grammar"]
    held = max(sizes) if result.configuration == "sequential" else sum(sizes)
    assert result.need_mb and result.need_mb > held and result.kv_mb > 0
    loaded = next(e for e in _events(result) if e["event"] == "loaded")
    assert loaded["mapped"] == mmap


@on_every_tier
def test_what_is_given_back_comes_back(phones: Phones, tier: str) -> None:
    """Hidden: the caches. Unloaded: everything; all by the kernel's own figures."""
    result = phones.result(tier)
    events = _events(result)
    full = max(e["anonymous_mb"] for e in events)
    hidden = next(e for e in events if e["event"] == "background")
    assert hidden["kv_mb"] == 0 and hidden["anonymous_mb"] < full - 0.9 * result.kv_mb
    assert result.kept_after_unload_mb is not None
    assert result.kept_after_unload_mb <= load_limits().unload_slack_mb


@on_every_tier
def test_no_memory_leaks(phones: Phones, tier: str, tmp_path: Path) -> None:
    found = _leak(phones, find_phone(tier), tmp_path, _LEAK_TURNS)
    assert not found.found, f"{found.mb_per_turn} MB a turn"


@pytest.mark.tier1
def test_a_planted_leak_of_a_mb_a_turn_is_found(phones: Phones, tmp_path: Path) -> None:
    found = _leak(phones, find_phone("tier1"), tmp_path, _PLANTED_TURNS, planted=1.0)
    assert found.found_after and found.found_after <= 60
    assert found.low <= 1.0 <= found.high or abs(found.mb_per_turn - 1.0) < 0.2


@pytest.mark.tier1
def test_adapters_are_swapped_and_not_models(phones: Phones) -> None:
    result = phones.result("tier1")
    before = _before_trims(result)
    stages = [e["stage"] for e in before if e["event"] == "stage"]
    assert stages.count("load of the base model") == 1
    assert stages.count("swap to the explainer") == sum(e["event"] == "turn" for e in before)


@pytest.mark.tier2
def test_one_model_at_a_time(phones: Phones) -> None:
    result = phones.result("tier2")
    turns = [e for e in _before_trims(result) if e["event"] == "turn"]
    assert all(turn["explainer"]["swap_s"] > 0 for turn in turns)
    rss = [turn["rss_mb"] for turn in turns]
    assert max(rss) < 1.2 * min(rss)  # the other model was really freed, on every turn


@pytest.mark.tier3
def test_resident_models_keep_their_prefix_cache(phones: Phones) -> None:
    later = [e for e in _before_trims(phones.result("tier3")) if e["event"] == "turn"][1:]
    assert all(turn["explainer"]["swap_s"] < 0.01 for turn in later)
    assert all(turn[role]["cached_tokens"] > 0 for turn in later for role in ("interpreter", "explainer"))


@pytest.mark.tier3
def test_the_explainer_reads_while_the_interpreter_writes(phones: Phones) -> None:
    """What it has read ahead it need not read again."""
    turns = [e for e in _before_trims(phones.result("tier3")) if e["event"] == "turn"]
    assert all(turn["read_ahead"] > 0 for turn in turns)
    cached = [turn["explainer"]["cached_tokens"] / turn["explainer"]["prompt_tokens"] for turn in turns]
    assert sorted(cached)[len(cached) // 2] > 0.5


@pytest.mark.tier3
def test_a_phone_too_small_for_both_models_kills_the_second(phones: Phones, tmp_path: Path) -> None:
    both = phones.result("tier3")
    small = with_budget(find_phone("tier3"), round(both.anonymous_mb * 0.6))
    result = run_tier(small, phones.models, out=tmp_path, asked=_SHORT)
    assert result.verdict == "killed" and result.need_mb and both.need_mb
    assert "of the second model" in result.message and result.message.endswith(" MB over")
    # What an uncapped run of two turns needed is what the phone that fits was seen to need.
    assert result.need_mb == pytest.approx(both.need_mb, rel=0.1)
    assert result.margin_mb == pytest.approx(small.budget_mb - result.need_mb, abs=0.1)
    assert not of_runner(ensure(), runner_mark(os.getpid()))


@pytest.mark.tier3
def test_mapped_models_that_do_not_fit_thrash_and_are_no_pass(phones: Phones, tmp_path: Path) -> None:
    """The kernel lets them live: it takes pages of the weights and reads them again, on every token."""
    need = phones.result("tier3", mmap=True).need_mb
    assert need
    small = replace(with_budget(find_phone("tier3", mmap=True), round(0.85 * need)), timeout_s=60)
    result = run_tier(small, phones.models, out=tmp_path, asked=replace(_SHORT, measure_need=False))
    assert result.verdict in ("thrashes", "killed"), result.message
    assert result.oom_kills == 0 and result.refault_mb > 100, result.message


@pytest.mark.tier1
def test_a_phone_too_small_for_the_base_kills_it(phones: Phones, tmp_path: Path) -> None:
    small = with_budget(find_phone("tier1"), round(phones.result("tier1").anonymous_mb * 0.5))
    result = run_tier(small, phones.models, out=tmp_path, asked=_SHORT)
    assert result.verdict == "killed" and "load of the base model" in result.message and "MB over" in result.message


@pytest.mark.tier2
def test_the_least_memory_is_found_within_five_percent(phones: Phones, tmp_path: Path) -> None:
    def run(phone: SimPhone) -> tuple[str, str, float]:
        result = run_tier(phone, phones.models, out=tmp_path, asked=Asked(_SHORT.steps, "off", 1, False, 16))
        return result.verdict, result.message, result.need_mb or 0.0

    found = find_minimum(replace(find_phone("tier2"), timeout_s=60), run)
    worst = max(t.budget_mb for t in found.tried if t.verdict != "fits")
    assert worst < found.budget_mb <= worst / (1 - WITHIN) + 1
    assert {t.verdict for t in found.tried} <= {"fits", "killed", "thrashes"}, found.tried
    need = phones.result("tier2").need_mb
    assert need and found.budget_mb <= need * (1 + 2 * WITHIN)  # what was needed at once is no underestimate


@pytest.mark.tier2
def test_a_busy_machine_is_not_timed(phones: Phones, tmp_path: Path) -> None:
    """One process that spins is enough; memory is still measured."""
    spinner = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        marked = run_tier("tier2", phones.models, out=tmp_path, asked=Asked(chat_only(load_turns(), 1), max_tokens=2))
    finally:
        spinner.kill()
        spinner.wait()
    assert marked.fits and marked.need_mb and marked.decode_tps is None and str(spinner.pid) in marked.timing


def _leak(phones: Phones, phone: SimPhone, out: Path, count: int, planted: float = 0.0) -> Leak:
    turns = [turn for turn in load_turns() if turn.chat_context is None]
    asked = Asked(chat_only(turns, count), timing="off", max_tokens=8, leak_mb_per_turn=planted)
    result = run_tier(phone, phones.models, out=out, asked=asked)
    assert len(result.turns) == count, result.message
    found = find_leak([turn["anonymous_mb"] for turn in result.turns], load_leak_rule())
    assert found
    return found


def _before_trims(result: TierResult) -> list[dict[str, Any]]:
    """The events until the app first gives something back."""
    events = _events(result)
    first = next(at for at, event in enumerate(events) if event["event"] == "background")
    return events[:first]


def _events(result: TierResult) -> list[dict[str, Any]]:
    lines = Path(result.events).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]

"""Tier arithmetic at its boundaries, and the settings file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from line.errors import InputError
from sims.tiers import (
    TIERS_FILE,
    app_budget_mb,
    find_phone,
    load_killer,
    load_leak_rule,
    load_limits,
    load_tiers,
    load_timing,
    with_budget,
)


@pytest.mark.parametrize(
    ("ram_mb", "budget_mb"),
    [
        (1230, 1),  # the smallest phone that leaves anything
        (2048, 819),  # RAM − 1.2 GB binds
        (3071, 1842),
        (3072, 1843),  # both bounds meet: 0.6 × 3072 = 3072 − 1228.8
        (3073, 1843),  # 60 % binds from here
        (4096, 2457),
        (6144, 3686),
        (8192, 4915),
        (12288, 7372),
    ],
)
def test_the_app_gets_the_lower_of_the_two_bounds(ram_mb: int, budget_mb: int) -> None:
    assert app_budget_mb(ram_mb) == budget_mb


@pytest.mark.parametrize("ram_mb", [0, 512, 1228, 1229])
def test_a_phone_that_leaves_nothing_is_refused(ram_mb: int) -> None:
    with pytest.raises(InputError, match=f"{ram_mb} MB"):
        app_budget_mb(ram_mb)


def test_more_ram_never_means_less_for_the_app() -> None:
    budgets = [app_budget_mb(ram) for ram in range(1230, 13000)]
    assert budgets == sorted(budgets)


@pytest.mark.parametrize("budget_mb", [1, 100, 400, 819, 1842, 1843, 1844, 2457, 4915])
def test_with_budget_is_the_least_ram_that_leaves_it(budget_mb: int) -> None:
    phone = with_budget(find_phone("tier1"), budget_mb)
    assert phone.budget_mb == budget_mb
    if phone.ram_mb > 1230:
        assert app_budget_mb(phone.ram_mb - 1) < budget_mb


def test_the_shipped_tiers() -> None:
    tiers = load_tiers()
    assert {name: (phones[0].configuration, phones[0].context) for name, phones in tiers.items()} == {
        "tier1": ("lora_swap", 2048),
        "tier2": ("sequential", 4096),
        "tier3": ("resident", 4096),
    }
    assert {name: [p.ram_mb // 1024 for p in phones] for name, phones in tiers.items()} == {
        "tier1": [2, 3, 4],
        "tier2": [4, 6],
        "tier3": [6, 8, 12],
    }
    assert [phones[0].budget_mb for phones in tiers.values()] == [819, 2457, 3686]
    assert all(p.timeout_s < 300 for phones in tiers.values() for p in phones)
    assert load_limits().explainer_max_tokens > 0 and load_leak_rule().mb_per_turn < 1
    assert 0 < load_timing().narrow < 1


def test_the_killers_thresholds_are_androids() -> None:
    """https://source.android.com/docs/core/perf/lmkd"""
    normal, low = load_killer(low_ram=False), load_killer(low_ram=True)
    assert (normal.partial_stall_ms, normal.complete_stall_ms, normal.thrashing_percent) == (70, 700, 100)
    assert (low.partial_stall_ms, low.complete_stall_ms, low.thrashing_percent) == (200, 700, 30)


def test_a_phone_is_found_by_its_ram() -> None:
    assert find_phone("tier1").ram_mb == 2048 and find_phone("tier1").low_ram
    assert not find_phone("tier1", ram_mb=4096).low_ram
    between = find_phone("tier3", ram_mb=7000)
    assert (between.ram_mb, between.cpus) == (7000, 4)
    assert find_phone("tier3", ram_mb=16384).ram_mb == 16384
    assert find_phone("tier1", mmap=True).name == "tier1-2048mb-mmap"
    assert not find_phone("tier1", mmap=False).use_mmap


def test_an_unknown_tier_lists_the_known() -> None:
    with pytest.raises(InputError, match="tier1, tier2, tier3"):
        find_phone("tier4")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title = "budget"\n', "", r"\[tiers\.tier1\].*title"),
        ('title = "budget"\n', 'title = "budget"\ngpu = 1\n', r"\[tiers\.tier1\].*gpu"),
        ("cpus = 2, ", "", r"\[tiers\.tier1\].*cpus"),
        ('"lora_swap"', '"both"', "configuration 'both'"),
        ("ram_mb = 2048", "ram_mb = 900", "900 MB"),
        ("ram_mb = 2048", "ram_mb = 3072", "smallest first"),
        ("[tiers.tier1]", "[tiers.tier1", "tiers.toml"),
    ],
)
def test_a_bad_settings_file_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "tiers.toml"
    text = TIERS_FILE.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=said):
        load_tiers(path)


@pytest.mark.parametrize("load", [load_limits, load_leak_rule, load_timing])
def test_a_missing_table_is_named(tmp_path: Path, load: Callable[[Path], object]) -> None:
    path = tmp_path / "tiers.toml"
    path.write_text("")
    with pytest.raises(InputError, match="missing"):
        load(path)

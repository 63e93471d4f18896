"""Tier arithmetic at its boundaries, and the settings file."""

from pathlib import Path

import pytest

from line.errors import InputError
from sims.tiers import TIERS_FILE, app_budget_mb, find_tier, load_limits, load_tiers, with_budget


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
    phone = with_budget(find_tier("tier1"), budget_mb)
    assert phone.budget_mb == budget_mb
    if phone.ram_mb > 1230:
        assert app_budget_mb(phone.ram_mb - 1) < budget_mb


def test_the_shipped_tiers() -> None:
    tiers = load_tiers()
    assert {name: (t.configuration, t.context) for name, t in tiers.items()} == {
        "tier1": ("lora_swap", 2048),
        "tier2": ("sequential", 4096),
        "tier3": ("resident", 4096),
    }
    assert [t.budget_mb for t in tiers.values()] == [819, 2457, 4915]
    assert all(t.timeout_s < 300 for t in tiers.values())
    assert load_limits().explainer_max_tokens > 0


def test_an_unknown_tier_lists_the_known() -> None:
    with pytest.raises(InputError, match="tier1, tier2, tier3"):
        find_tier("tier4")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("cpus = 2\n", "", r"\[tier1\].*cpus"),
        ("cpus = 2\n", "cpus = 2\ngpu = 1\n", r"\[tier1\].*gpu"),
        ('"lora_swap"', '"both"', "configuration 'both'"),
        ("ram_mb = 2048", "ram_mb = 900", "900 MB"),
        ("[tier1]", "[tier1", "tiers.toml"),
    ],
)
def test_a_bad_settings_file_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "tiers.toml"
    text = TIERS_FILE.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=said):
        load_tiers(path)

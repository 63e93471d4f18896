"""Settings of the line, and the required list kept in step with what the stages can deliver."""

from pathlib import Path

import pytest

from line.errors import InputError
from release.gate import load_required
from release.settings import load_settings
from sims.tiers import load_tiers
from training.recipes import ROLES, load_recipe


def test_the_shipped_settings_load() -> None:
    settings = load_settings()
    assert set(settings.tiers) == set(load_tiers())
    assert settings.prompts is None and not settings.retrain


def test_each_tier_is_tried_at_the_bounds_that_the_release_names() -> None:
    tiers = load_tiers()
    for name, spec in load_settings().tiers.items():
        ram_gb = [phone.ram_mb / 1024 for phone in tiers[name]]
        assert ram_gb[0] == spec["ram_gb"][0]
        assert ram_gb[-1] >= spec["ram_gb"][-1]


def test_an_unknown_setting_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "release.toml"
    path.write_text('version = "1"\nversoin = "2"\n')
    with pytest.raises(InputError, match=r"release\.toml.*versoin"):
        load_settings(path)


def test_both_roles_stand_on_one_base() -> None:
    assert len({load_recipe(role).base for role in ROLES}) == 1


def test_every_stage_of_the_line_is_required() -> None:
    stages = {required.stage for required in load_required()}
    assert stages == {"data", "training", "conversion", "grammar", "evaluation", "golden", "tiers"}

"""Recipes are data: what the file says is what trains, and a wrong key is named."""

from pathlib import Path

import pytest

from training.errors import DataError
from training.recipes import RECIPES, ROLES, load_recipe


def test_both_roles_have_a_recipe() -> None:
    recipes = [load_recipe(role) for role in ROLES]
    assert [recipe.role for recipe in recipes] == list(ROLES)
    assert len({recipe.base for recipe in recipes}) == 1  # tier 1 hot-swaps both adapters on one base
    assert all(recipe.rank > 0 and 0 < recipe.learning_rate < 1 for recipe in recipes)


def test_what_the_command_line_gives_replaces_the_files_value() -> None:
    recipe = load_recipe("interpreter", max_seq_length=1234, rank=None)
    assert recipe.max_seq_length == 1234
    assert recipe.rank == load_recipe("interpreter").rank
    assert recipe.as_dict()["max_seq_length"] == 1234


def test_a_roles_table_beats_the_shared_one(tmp_path: Path) -> None:
    path = tmp_path / "recipes.toml"
    path.write_text(RECIPES.read_text(encoding="utf-8").replace("[explainer]", "[explainer]\nseed = 7"))
    assert load_recipe("explainer", path).seed == 7
    assert load_recipe("interpreter", path).seed != 7


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [("rank = ", "ranks = ", "ranks"), ("seed = ", "# seed = ", "seed")],
    ids=["unknown", "missing"],
)
def test_a_wrong_key_is_named_with_its_file(tmp_path: Path, old: str, new: str, says: str) -> None:
    path = tmp_path / "recipes.toml"
    path.write_text(RECIPES.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(DataError, match=rf"recipes\.toml: \[interpreter\].*{says}"):
        load_recipe("interpreter", path)


def test_where_training_starts_is_part_of_the_settings_only_when_it_is_used() -> None:
    afresh = load_recipe("interpreter", start="", draw=0, start_share=0.0)
    assert afresh.start_folder is None and not {"start", "draw"} & set(afresh.as_dict())
    again = load_recipe("interpreter", start="starts/interpreter", draw=2)
    assert (again.as_dict()["start"], again.as_dict()["draw"]) == ("starts/interpreter", 2)
    with pytest.raises(DataError, match=r"nowhere holds no adapter.*Empty it"):
        _ = load_recipe("interpreter", start="nowhere").start_folder


def test_a_share_of_the_start_is_no_setting_of_training_and_needs_a_start() -> None:
    assert "start_share" not in load_recipe("interpreter", start="starts/interpreter", start_share=0.5).as_dict()
    for wrong in ({"start": "", "start_share": 0.5}, {"start": "starts/interpreter", "start_share": 1.0}):
        with pytest.raises(DataError, match=r"recipes\.toml: \[interpreter\] start_share is .*less than 1"):
            load_recipe("interpreter", **wrong)


def test_an_unknown_role_is_named() -> None:
    with pytest.raises(DataError, match="'coach'.*interpreter, explainer"):
        load_recipe("coach")

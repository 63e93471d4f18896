"""Training recipes as data: `recipes.toml` read into a checked, immutable object."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from training.errors import DataError

ROLES = ("interpreter", "explainer")
RECIPES = Path(__file__).with_name("recipes.toml")


@dataclass(frozen=True)
class TrainRecipe:
    """Everything that decides a checkpoint besides base model and data. Lengths are tokens, shares 0..1."""

    role: str
    base: str
    seed: int
    dtype: str
    attention: str
    max_seq_length: int
    batch_tokens: int
    pad_to: int
    warmup_share: float
    weight_decay: float
    max_grad_norm: float
    evals_per_epoch: int
    patience: int
    eval_rows: int
    compile_layers: bool
    rank: int
    alpha: int
    dropout: float
    learning_rate: float
    epochs: float
    train_rows: int
    val_rows: int
    max_new_tokens: int
    max_steps: int = -1
    start: str = ""  # a folder beside recipes.py whose adapter training goes on from; "" for a fresh one
    draw: int = 0  # another number draws other training rows; validation rows stay
    start_share: float = 0.0  # of the start in what ships: its mean with what was trained from it

    def as_dict(self) -> dict[str, Any]:
        """What training computes from, as JSON values: without `start` and `draw` where they are not used, and without
        `start_share`, which is for afterwards."""
        unused = {name for name in ("start", "draw") if not getattr(self, name)}
        return {name: value for name, value in asdict(self).items() if name not in {*unused, "start_share"}}

    @property
    def start_folder(self) -> Path | None:
        """The adapter that training goes on from.

        Raises:
            DataError: there is none where `start` says.
        """
        if not self.start:
            return None
        folder = RECIPES.parent / self.start
        if not (folder / "adapter_model.safetensors").is_file():
            raise DataError(
                f"{folder} holds no adapter; `start` of [{self.role}] in {RECIPES} names it. Empty it to "
                "train from a fresh adapter."
            )
        return folder


def load_recipe(role: str, path: Path = RECIPES, **overrides: Any) -> TrainRecipe:
    """The recipe of a role; keyword arguments that are not None replace its settings.

    Raises:
        DataError: unknown role or setting, or a value of the wrong type; names the file and the key.
    """
    if role not in ROLES:
        raise DataError(f"Unknown role {role!r}; a role is one of {', '.join(ROLES)}.")
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"{path} cannot be read as TOML: {error}") from error
    values = {**tables.get("shared", {}), **tables.get(role, {})}
    try:
        recipe = TrainRecipe(role=role, **values)
    except TypeError as error:
        raise DataError(f"{path}: [{role}] {error}. Compare with training/recipes.toml of the repository.") from error
    given = {name: value for name, value in overrides.items() if value is not None}
    if given.get("start") == "":  # who begins afresh has no start to average with
        given.setdefault("start_share", 0.0)
    recipe = replace(recipe, **given)
    if not 0 <= recipe.start_share < 1 or (recipe.start_share and not recipe.start):
        raise DataError(
            f"{path}: [{role}] start_share is {recipe.start_share}; it is at least 0 and less than 1, and 0 where "
            "there is no `start`."
        )
    return recipe


def rows_wanted(recipes: Mapping[str, TrainRecipe]) -> tuple[dict[str, tuple[int, int]], dict[str, int]]:
    """For each role its (training, validation) rows; for those that go on with other rows the number of the draw."""
    sizes = {role: (recipe.train_rows, recipe.val_rows) for role, recipe in recipes.items()}
    return sizes, {role: recipe.draw for role, recipe in recipes.items() if recipe.draw}

"""Training recipes as data: `recipes.toml` read into a checked, immutable object."""

from __future__ import annotations

import tomllib
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

    def as_dict(self) -> dict[str, Any]:
        """All settings as JSON values."""
        return asdict(self)


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
    return replace(recipe, **{k: v for k, v in overrides.items() if v is not None})

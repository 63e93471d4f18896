"""The three phone tiers as data: what each simulated device has and what its system leaves one app."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from line.errors import InputError

TIERS_FILE = Path(__file__).with_name("tiers.toml")
CONFIGURATIONS = ("lora_swap", "sequential", "resident")


@dataclass(frozen=True)
class Tier:
    """One simulated phone; memory in MB (1024² bytes), `cpus` in cores, `timeout_s` for the whole run.

    `configuration` is how the app holds its models: `lora_swap` (one base model, two adapters hot-swapped),
    `sequential` (two models, one at a time) or `resident` (two models at once).
    """

    name: str
    device: str
    ram_mb: int
    cpus: int
    context: int
    configuration: str
    use_mmap: bool
    thrashing_limit: float
    timeout_s: int

    def __post_init__(self) -> None:
        """Raises InputError for an unknown configuration or a phone too small for any app."""
        if self.configuration not in CONFIGURATIONS:
            raise InputError(
                f"{self.name}: configuration {self.configuration!r} is none of {', '.join(CONFIGURATIONS)}"
            )
        app_budget_mb(self.ram_mb)

    @property
    def budget_mb(self) -> int:
        """What the app may use before the system kills it."""
        return app_budget_mb(self.ram_mb)


@dataclass(frozen=True)
class TurnLimits:
    """Limits that every tier's chat turns and containers share (tokens, MB, processes)."""

    interpreter_max_tokens: int
    explainer_max_tokens: int
    min_refault_mb: int
    pids_limit: int
    tmpfs_mb: int


def app_budget_mb(ram_mb: int) -> int:
    """The lower of 60 % of RAM and RAM − 1.2 GB, in whole MB, rounded down.

    Source: the rule that a shipping mobile app for local models uses; published observations are near it (a
    6 GB phone runs about 3.0–3.5 GB, an 8 GB phone loads 3.9 GB and crashes at 4.05 GB).
    1 GB is 1,024 MB here.

    Raises:
        InputError: such a phone leaves an app nothing.
    """
    # In tenths of a MB: 0.6 and 1.2 have no exact binary form, and a boundary must not depend on that.
    budget = min(ram_mb * 6, ram_mb * 10 - 12 * 1024) // 10
    if budget <= 0:
        raise InputError(f"A phone of {ram_mb} MB leaves an app no memory: name more than 1,229 MB.")
    return budget


def with_budget(tier: Tier, budget_mb: int) -> Tier:
    """The same phone with the least RAM that leaves its app `budget_mb`."""
    # The inverse of app_budget_mb: both of its bounds must be met; in tenths of a MB, rounded up.
    ram = max(-(-budget_mb * 10 // 6), -(-(budget_mb * 10 + 12 * 1024) // 10))
    return replace(tier, ram_mb=ram)


def load_tiers(path: Path = TIERS_FILE) -> dict[str, Tier]:
    """Every tier of the file by name, in the file's order.

    Raises:
        InputError: the file is not TOML, or a tier lacks a setting or has an unknown one.
    """
    data = _read(path)
    return {
        name: Tier(name=name, **_settings(path, name, table, {f.name for f in fields(Tier)} - {"name"}))
        for name, table in data.items()
        if name != "turn"
    }


def load_limits(path: Path = TIERS_FILE) -> TurnLimits:
    """The `[turn]` table.

    Raises:
        InputError: as `load_tiers`.
    """
    names = {f.name for f in fields(TurnLimits)}
    return TurnLimits(**_settings(path, "turn", _read(path).get("turn", {}), names))


def find_tier(name: str) -> Tier:
    """The tier called `name`.

    Raises:
        InputError: there is no such tier; the message lists them.
    """
    tiers = load_tiers()
    if name not in tiers:
        raise InputError(f"No tier {name!r}: {TIERS_FILE.name} has {', '.join(tiers)}")
    return tiers[name]


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, OSError) as error:
        raise InputError(f"{path}: {error}") from error


def _settings(path: Path, name: str, table: dict[str, Any], wanted: set[str]) -> dict[str, Any]:
    wrong = sorted(wanted ^ set(table))
    if wrong:
        raise InputError(f"{path}, [{name}]: missing or unknown setting: {', '.join(wrong)}")
    return table

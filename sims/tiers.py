"""The three phone tiers as data: what each simulated phone has and what its system leaves one app."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from line.errors import InputError
from sims.killer import KillerRule

TIERS_FILE = Path(__file__).with_name("tiers.toml")
CONFIGURATIONS = ("lora_swap", "sequential", "resident")
T = TypeVar("T")


@dataclass(frozen=True)
class SimPhone:
    """One simulated phone of a tier; memory in MB (1024² bytes), `cpus` in cores, `timeout_s` for the whole run.

    `configuration` is how the app holds its models: `lora_swap` (one base model, two adapters hot-swapped),
    `sequential` (two models, one at a time) or `resident` (two models at once).
    """

    tier: str
    title: str
    ram_mb: int
    low_ram: bool
    cpus: int
    memory_class_mb: int
    context: int
    configuration: str
    use_mmap: bool
    parallel: bool
    timeout_s: int

    def __post_init__(self) -> None:
        """Raises InputError for an unknown configuration or a phone too small for any app."""
        if self.configuration not in CONFIGURATIONS:
            raise InputError(
                f"{self.tier}: configuration {self.configuration!r} is none of {', '.join(CONFIGURATIONS)}"
            )
        app_budget_mb(self.ram_mb)

    @property
    def budget_mb(self) -> int:
        """What the app may use before the system kills it."""
        return app_budget_mb(self.ram_mb)

    @property
    def name(self) -> str:
        """Tier, RAM and how models are read: `tier1-2048mb`, `tier1-2048mb-mmap`."""
        return f"{self.tier}-{self.ram_mb}mb" + ("-mmap" if self.use_mmap else "")

    @property
    def device(self) -> str:
        """For people: `budget phone, 2 GB`."""
        return f"{self.title} phone, {self.ram_mb / 1024:g} GB"


@dataclass(frozen=True)
class Limits:
    """Limits that every tier's chat turns and containers share (tokens, MB, processes)."""

    interpreter_max_tokens: int
    explainer_max_tokens: int
    pids_limit: int
    tmpfs_mb: int
    unload_slack_mb: float


@dataclass(frozen=True)
class LeakRule:
    """From how many MB a turn a growth is a leak, and how many first turns are not looked at."""

    mb_per_turn: float
    warm_up_turns: int


@dataclass(frozen=True)
class TimingRule:
    """When the host is quiet enough to tell a time, and when an interval is narrow enough (shares 0…1, seconds)."""

    others_most: float
    steal_most: float
    window_s: float
    wait_s: float
    mark_wait_s: float
    narrow: float
    repeats: int


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


def with_budget(phone: SimPhone, budget_mb: int) -> SimPhone:
    """The same phone with the least RAM that leaves its app `budget_mb`."""
    # The inverse of app_budget_mb: both of its bounds must be met; in tenths of a MB, rounded up.
    ram = max(-(-budget_mb * 10 // 6), -(-(budget_mb * 10 + 12 * 1024) // 10))
    return replace(phone, ram_mb=ram)


def load_tiers(path: Path = TIERS_FILE) -> dict[str, list[SimPhone]]:
    """Every tier's phones by the tier's name, smallest first.

    Raises:
        InputError: the file is not TOML, a tier lacks a setting or has an unknown one, or its phones are not in order.
    """
    return {name: _phones(path, name, table) for name, table in _read(path).get("tiers", {}).items()}


def find_phones(tier: str) -> list[SimPhone]:
    """The phones of a tier, smallest first.

    Raises:
        InputError: there is no such tier; the message lists them.
    """
    tiers = load_tiers()
    if tier not in tiers:
        raise InputError(f"No tier {tier!r}: {TIERS_FILE.name} has {', '.join(tiers)}")
    return tiers[tier]


def find_phone(tier: str, *, ram_mb: int | None = None, mmap: bool | None = None) -> SimPhone:
    """A phone of the tier: the smallest, or the one of that RAM; a RAM that is not listed is taken as given, with the
    flags of the next larger phone (of the largest where there is none). `mmap` None: as the tier ships.

    Raises:
        InputError: no such tier, or a RAM that leaves an app nothing.
    """
    phones = find_phones(tier)
    wanted = phones[0].ram_mb if ram_mb is None else ram_mb
    like = next((phone for phone in phones if phone.ram_mb >= wanted), phones[-1])
    return replace(like, ram_mb=wanted, use_mmap=like.use_mmap if mmap is None else mmap)


def load_limits(path: Path = TIERS_FILE) -> Limits:
    """The `[turn]` table (raises as `load_tiers`)."""
    return _as(Limits, path, "turn", _read(path).get("turn", {}))


def load_leak_rule(path: Path = TIERS_FILE) -> LeakRule:
    """The `[leak]` table (raises as `load_tiers`)."""
    return _as(LeakRule, path, "leak", _read(path).get("leak", {}))


def load_timing(path: Path = TIERS_FILE) -> TimingRule:
    """The `[timing]` table (raises as `load_tiers`)."""
    return _as(TimingRule, path, "timing", _read(path).get("timing", {}))


def load_killer(low_ram: bool, path: Path = TIERS_FILE) -> KillerRule:
    """The killer's thresholds for a low-RAM phone or another (raises as `load_tiers`)."""
    name = "low_ram" if low_ram else "normal"
    table = _read(path).get("killer", {}).get(name, {})
    return _as(KillerRule, path, f"killer.{name}", table, optional=frozenset({"window_s"}))


def _phones(path: Path, tier: str, table: Mapping[str, Any]) -> list[SimPhone]:
    shared = {"tier": tier, **{k: v for k, v in table.items() if k != "phones"}}
    phones = [_as(SimPhone, path, f"tiers.{tier}", shared | one) for one in table.get("phones", [])]
    if not phones or [p.ram_mb for p in phones] != sorted({p.ram_mb for p in phones}):
        raise InputError(f"{path}, [tiers.{tier}]: `phones` must list at least one phone, smallest first.")
    return phones


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, OSError) as error:
        raise InputError(f"{path}: {error}") from error


def _as(
    kind: Callable[..., T],
    path: Path,
    name: str,
    table: Mapping[str, Any],
    optional: frozenset[str] = frozenset(),
) -> T:
    known = {f.name for f in fields(kind)}  # type: ignore[arg-type]
    wrong = sorted((known ^ set(table)) - optional)
    if wrong:
        raise InputError(f"{path}, [{name}]: missing or unknown setting: {', '.join(wrong)}")
    return kind(**table)

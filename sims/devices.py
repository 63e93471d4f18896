"""Real phones as data: what `devices.toml` says of each, every figure with its source. No IO but reading the file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from line.errors import InputError
from sims.tiers import app_budget_mb

DEVICES_FILE = Path(__file__).with_name("devices.toml")
KINDS = ("published", "derived", "estimate")
_NO_FIGURE = {"name", "soc", "source"}  # what a phone is, rather than a figure of it
_TYPES: dict[str, type | tuple[type, ...]] = {
    "ram_gb": list,
    "low_ram": bool,
    "memory_gbps": (int, float),
    "battery_mah": int,
    "battery_v": (int, float),
    "features": list,
    "clusters": list,
}
# Multiplications of one 128-bit vector instruction (Arm architecture reference manual): SMMLA 32 and SDOT 16 of 8 bits,
# SMLAL 8; FMLA 8 of 16 bits, 4 of 32 where the core has no half precision (Armv8.0, which also lacks SDOT).
_INT8 = {"i8mm": 32, "dotprod": 16}
_INT8_PLAIN, _HALF, _SINGLE = 8, 8, 4


@dataclass(frozen=True)
class Cluster:
    """Cores of one kind: how many, top clock, vector pipes of 128 bits and watts at full load (low, high) of each."""

    cores: int
    core: str
    ghz: float
    pipes: int
    watts: tuple[float, float]


@dataclass(frozen=True)
class Killer:
    """Defaults of Android's low-memory killer: ms of stall in a window of 1 s, refaults in % of the file cache."""

    psi_partial_stall_ms: int
    psi_complete_stall_ms: int
    thrashing_limit_percent: int
    thrashing_limit_decay_percent: int
    swap_free_low_percent: int


@dataclass(frozen=True)
class Device:
    """One phone. RAM in GB as sold, memory bandwidth in 10⁹ bytes/s at its peak, clusters from the fastest on."""

    key: str
    name: str
    soc: str
    ram_gb: tuple[int, ...]
    low_ram: bool
    memory: str
    memory_gbps: float
    features: tuple[str, ...]
    battery_mah: int
    battery_v: float
    clusters: tuple[Cluster, ...]
    killer: Killer
    source: Mapping[str, str]  # figure -> key in [source]

    @property
    def battery_wh(self) -> float:
        """What a full battery holds: mAh × nominal V."""
        return self.battery_mah * self.battery_v / 1000

    def budgets_mb(self) -> dict[int, int]:
        """What the system leaves one app, MB by GB of RAM, by the rule of `sims.tiers`."""
        return {gb: app_budget_mb(gb * 1024) for gb in self.ram_gb}

    @property
    def big_cores(self) -> tuple[Cluster, ...]:
        """The clusters worth a thread each core: those of wide cores, or the fastest where all are narrow."""
        wide = tuple(cluster for cluster in self.clusters if cluster.pipes > 1)
        return wide or self.clusters[:1]

    def peak_gops(self, quantisation: str) -> float:
        """10⁹ operations/s (two a multiplication) that the big cores could do at most on weights of this class."""
        per = self._multiplications(quantisation)
        return sum(c.cores * c.ghz * c.pipes * per * 2 for c in self.big_cores)

    def _multiplications(self, quantisation: str) -> int:
        if quantisation == "f16":
            return _HALF if "dotprod" in self.features else _SINGLE
        return max((_INT8.get(feature, 0) for feature in self.features), default=0) or _INT8_PLAIN


@cache
def load_devices(path: Path = DEVICES_FILE) -> Mapping[str, Device]:
    """Every phone of the file by key, in the file's order.

    Raises:
        InputError: no TOML, a figure is missing, unknown, out of range, or has no source.
    """
    data = read_toml(path)
    sources = data.get("source", {})
    for key, entry in sources.items():
        if set(entry) != {"kind", "text"} or entry["kind"] not in KINDS or not entry["text"].strip():
            raise InputError(f"{path}, [source] {key}: give `kind` ({', '.join(KINDS)}) and `text`")
    cores = {name: _sourced(path, f"core {name}", table, sources) for name, table in data.get("core", {}).items()}
    killers = {name: _killer(path, name, table, sources) for name, table in data.get("killer", {}).items()}
    return {key: _device(path, key, table, sources, cores, killers) for key, table in data.get("device", {}).items()}


def find_device(name: str, path: Path = DEVICES_FILE) -> Device:
    """The phone of that key or name, however it is spelt ("Pixel 7a", "pixel-7a", "google pixel 7A").

    Raises:
        InputError: none, or several; the message lists the phones.
    """
    devices = load_devices(path)
    wanted = _plain(name)
    exact = [d for d in devices.values() if wanted in (_plain(d.key), _plain(d.name))]
    loose = exact or [d for d in devices.values() if wanted and wanted in _plain(d.name)]
    if len(loose) != 1:
        found = f"{len(loose)} phones are called" if loose else "No phone is called"
        raise InputError(f"{found} {name[:80]!r}. {path.name} has: {', '.join(devices)}; add yours there.")
    return loose[0]


def sources_of(path: Path = DEVICES_FILE) -> Mapping[str, Mapping[str, str]]:
    """The `[source]` table: key -> `kind` and `text`."""
    return dict(read_toml(path).get("source", {}))


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file.

    Raises:
        InputError: it cannot be read or is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise InputError(f"{path}: {error}") from error


def require_keys(where: str, table: Mapping[str, Any], wanted: Iterable[str], optional: Collection[str] = ()) -> None:
    """Raises InputError for a missing or unknown setting of a table."""
    wrong = sorted(set(wanted) - set(table)) + sorted(set(table) - set(wanted) - set(optional))
    if wrong:
        raise InputError(f"{where}: missing or unknown: {', '.join(wrong)}")


def require_positive(where: str, value: object) -> None:
    """Raises InputError unless every number in `value` (a number, or lists and tables of them) is above 0."""
    if isinstance(value, Mapping | list):
        for part in value.values() if isinstance(value, Mapping) else value:
            require_positive(where, part)
    elif isinstance(value, int | float) and not isinstance(value, bool) and not 0 < value < float("inf"):
        raise InputError(f"{where} is {value}: give a number above 0")


def _sourced(path: Path, where: str, table: Mapping[str, Any], sources: Collection[str]) -> Mapping[str, Any]:
    """The table, each of whose figures must name a known source and be above 0."""
    named = table.get("source", {})
    figures = set(table) - _NO_FIGURE
    if bare := sorted(figures - set(named)):
        raise InputError(f"{path}, {where}: no source for {', '.join(bare)}; no figure without one")
    if wrong := sorted({f"{k} = {v}" for k, v in named.items() if k not in figures or v not in sources}):
        raise InputError(f"{path}, {where}: source of no figure, or not in [source]: {', '.join(wrong)}")
    for figure in figures:
        require_positive(f"{path}, {where}: {figure}", table[figure])
    return table


def _killer(path: Path, name: str, table: Mapping[str, Any], sources: Collection[str]) -> Killer:
    where = f"{path}, killer {name}"
    names = [f.name for f in fields(Killer)]
    require_keys(where, table, [*names, "source"])
    if table["source"] not in sources:
        raise InputError(f"{where}: {table['source']!r} is not in [source]")
    return Killer(**{n: table[n] for n in names})


def _device(
    path: Path,
    key: str,
    table: Mapping[str, Any],
    sources: Collection[str],
    cores: Mapping[str, Mapping[str, Any]],
    killers: Mapping[str, Killer],
) -> Device:
    where = f"{path}, device {key}"
    require_keys(where, table, {f.name for f in fields(Device)} - {"key", "killer"})
    _sourced(path, f"device {key}", table, sources)
    for name, kind in _TYPES.items():
        if not isinstance(table[name], kind) or (isinstance(table[name], bool) and kind is not bool):
            raise InputError(f"{where}: {name} is {table[name]!r}, of the wrong type")
    clusters = tuple(_cluster(where, row, cores) for row in table["clusters"])
    values = {name: table[name] for name in ("name", "soc", "low_ram", "memory", "memory_gbps", "source")}
    return Device(
        **values,
        key=key,
        ram_gb=tuple(sorted(table["ram_gb"])),
        features=tuple(table["features"]),
        battery_mah=table["battery_mah"],
        battery_v=table["battery_v"],
        clusters=tuple(sorted(clusters, key=lambda c: (-c.pipes, -c.ghz))),
        killer=killers["low_ram" if table["low_ram"] else "standard"],
    )


def _cluster(where: str, row: Mapping[str, Any], cores: Mapping[str, Mapping[str, Any]]) -> Cluster:
    require_keys(f"{where}, clusters", row, ("cores", "core", "ghz"))
    if row["core"] not in cores:
        raise InputError(f"{where}: core {row['core']!r} is not in [core]: {', '.join(cores)}")
    core = cores[row["core"]]
    low, high = core["watts"]
    return Cluster(row["cores"], row["core"], row["ghz"], core["pipes"], (low, high))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", name.casefold())

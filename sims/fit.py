"""How fast a phone reads weights and multiplies, from what was published or measured of it, or of others.

Decode is bound by memory: rate = effective bytes/s ÷ bytes a token. Prefill by arithmetic: rate = operations/s ÷
(2 × parameters). Both effective figures hold for one phone and one class of quantisation, whatever the model
(Williams et al., Roofline, CACM 52, 2009); `josi device validate` shows how well.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal

from line.errors import InputError
from sims.devices import Device, load_devices, read_toml, require_keys, require_positive
from sims.model_cost import ModelCost

PUBLISHED_FILE = Path(__file__).with_name("published.toml")
Basis = Literal["measured", "published", "transferred", "transferred_unchecked"]
_STAND_IN = {"q8": "q4"}  # nothing is published of 8 bits; 4 bits have the lower share of peak
_OPTIONAL = ("prefill_tps", "prompt_tokens", "ttft_s", "file_mib", "rss_mib")


@dataclass(frozen=True)
class Figure:
    """Rates that somebody saw on a phone, tokens/s; `fit`: whether phones may be fitted on it."""

    device: str
    label: str
    cost: ModelCost
    engine: str
    fit: bool
    source: str
    decode_tps: float | None = None
    prefill_tps: float | None = None
    prompt_tokens: int = 512
    ttft_s: float | None = None
    file_mib: float | None = None
    measured: bool = False

    @property
    def decode_gbps(self) -> float | None:
        """Effective 10⁹ bytes/s of decode."""
        return self.decode_tps * self.cost.decode_bytes() / 1e9 if self.decode_tps else None

    @property
    def prefill_gops(self) -> float | None:
        """Effective 10⁹ operations/s of prefill."""
        if not self.prefill_tps:
            return None
        return self.prefill_tps * self.cost.prefill_ops(self.prompt_tokens) / self.prompt_tokens / 1e9


@dataclass(frozen=True)
class Band:
    """Factors of a projected figure between which the true one lies."""

    decode: tuple[float, float]
    prefill: tuple[float, float]


@dataclass(frozen=True)
class Rate:
    """One effective rate with what it stands on."""

    value: float
    basis: Basis
    band: tuple[float, float]


@dataclass(frozen=True)
class Speed:
    """A phone's effective rates for one class of quantisation, None where nothing is known.

    GB/s (10⁹ bytes) of decode, 10⁹ operations/s of prefill.
    """

    decode_gbps: Rate | None
    prefill_gops: Rate | None


def device_speed(device: Device, quantisation: str, figures: Sequence[Figure]) -> Speed:
    """A phone's rates: its own measured figures first, then published ones, else other phones' share of their peak."""
    peaks = _Peaks(lambda d: d.memory_gbps, lambda f: f.decode_gbps, "decode")
    prefill = _Peaks(lambda d: d.peak_gops(quantisation), lambda f: f.prefill_gops, "prefill")
    return Speed(_rate(device, quantisation, figures, peaks), _rate(device, quantisation, figures, prefill))


@dataclass(frozen=True)
class _Peaks:
    peak: Callable[[Device], float]
    effective: Callable[[Figure], float | None]
    kind: str


def _rate(device: Device, quantisation: str, figures: Iterable[Figure], of: _Peaks) -> Rate | None:
    usable = [f for f in figures if f.fit and of.effective(f) is not None]
    for basis, measured in (("measured", True), ("published", False)):
        own = [f for f in usable if f.device == device.key and f.measured is measured]
        same = [f for f in own if f.cost.quantisation == quantisation]
        if same:
            return _named(_median(same, of.effective), basis, of.kind)
    wanted = quantisation
    if not any(f.cost.quantisation == wanted for f in usable):
        wanted = _STAND_IN.get(wanted, wanted)
    others = [f for f in usable if f.cost.quantisation == wanted and f.device in load_devices()]
    if not others:
        return None
    share = _median(others, lambda f: (of.effective(f) or 0.0) / of.peak(load_devices()[f.device]))
    basis = "transferred" if "i8mm" in device.features else "transferred_unchecked"
    return _named(share * of.peak(device), basis, of.kind)


def _named(value: float, basis: Any, kind: str) -> Rate:
    return Rate(value, basis, getattr(load_bands()[basis], kind))


def _median(figures: Iterable[Figure], value: Callable[[Figure], float | None]) -> float:
    return statistics.median(value(f) or 0.0 for f in figures)


@cache
def load_published(path: Path = PUBLISHED_FILE) -> tuple[Figure, ...]:
    """The published figures, in the file's order.

    Raises:
        InputError: a figure lacks its source, or names a phone, model or format that is not there.
    """
    data = read_toml(path)
    for kind, keys in (("model", ("layers", "head")), ("format", ("quantisation", "layer_bits", "head_bits"))):
        for name, table in data[kind].items():
            require_keys(f"{path}, {kind} {name}", table, (*keys, "source"))
    return tuple(_figure(f"{path}, figure {n}", row, data) for n, row in enumerate(data["figure"], 1))


@cache
def load_bands(path: Path = PUBLISHED_FILE) -> Mapping[str, Band]:
    """Error bands by what a projection stands on."""
    bands = {}
    for name, table in read_toml(path)["band"].items():
        require_keys(f"{path}, band {name}", table, [*(f.name for f in fields(Band)), "source"])
        bands[name] = Band(tuple(table["decode"]), tuple(table["prefill"]))
    return bands


def _figure(where: str, row: Mapping[str, Any], data: Mapping[str, Any]) -> Figure:
    require_keys(where, row, ("device", "model", "format", "engine", "fit", "decode_tps", "source"), _OPTIONAL)
    require_positive(where, {k: v for k, v in row.items() if k not in ("fit",)})
    for key, known in (("model", data["model"]), ("format", data["format"]), ("device", load_devices())):
        if row[key] not in known:
            raise InputError(f"{where}: {key} {row[key]!r} is none of {', '.join(known)}")
    if not row["source"].strip():
        raise InputError(f"{where}: no figure without a source")
    model, how = data["model"][row["model"]], data["format"][row["format"]]
    cost = ModelCost(
        name=row["model"],
        quantisation=how["quantisation"],
        layer_params=model["layers"],
        head_params=model["head"],
        layer_bytes=model["layers"] * how["layer_bits"] / 8,
        head_bytes=model["head"] * how["head_bits"] / 8,
    )
    kept = {k: row[k] for k in ("device", "engine", "fit", "source", "decode_tps", *_OPTIONAL) if k in row}
    kept.pop("rss_mib", None)
    return Figure(label=f"{row['model']} {row['format']}", cost=cost, **kept)


def smallest_fitted() -> float:
    """Bytes a token of the smallest model that phones are fitted on; below it fixed costs of a token begin to count."""
    return min(figure.cost.decode_bytes() for figure in load_published() if figure.fit)

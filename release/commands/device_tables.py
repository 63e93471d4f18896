"""The tables of `josi device`: what is projected has a ~ and a band, what was measured or published has neither."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

from rich.console import Console
from rich.table import Table

from josi.device_tier import detect
from sims.calibration import Calibration, Estimate
from sims.devices import Device, sources_of
from sims.energy import Energy, turn_energy
from sims.fit import Figure, device_speed
from sims.model_cost import QUANTISATIONS, ModelCost
from sims.projection import Projected, Projection, Turn, project_model
from sims.validation import Checked

UNKNOWN = "unknown"
_PIPE_COLUMNS = 240  # a pipe has no width; a row then stays on one line, for whoever reads it with a program


def device_list(devices: Iterable[Device]) -> Table:
    """A row a phone."""
    table = _table("phone", "name", "SoC", "RAM GB", "tier", "app MB", "memory GB/s", "battery Wh")
    for device in devices:
        tiers = [detect(gb * 1024**3, low_ram=device.low_ram).tier.removeprefix("tier") for gb in device.ram_gb]
        row = (device.key, device.name, device.soc, _words(device.ram_gb), " ".join(tiers))
        table.add_row(*row, _words(device.budgets_mb().values()), f"{device.memory_gbps:g}", f"{device.battery_wh:.1f}")
    return table


def one_device(device: Device, figures: Sequence[Figure]) -> Table:
    """All figures of a phone, each with its source."""
    sources = sources_of()
    table = _table("figure", "value", "kind", "source", title=device.name)
    for name, key in device.source.items():
        table.add_row(name, _figure(device, name), sources[key]["kind"], sources[key]["text"])
    rule = "the lower of 60 % of RAM and RAM − 1.2 GB; nothing better is published"
    table.add_row("app MB", _words(device.budgets_mb().values()), "rule", rule)
    for kind in QUANTISATIONS:
        speed = device_speed(device, kind, figures)
        for what, rate, unit in (("decode", speed.decode_gbps, "GB/s"), ("prefill", speed.prefill_gops, "GOP/s")):
            told = (
                (f"~{rate.value:.3g} {unit}", rate.basis, f"true value by factors {rate.band}") if rate else (UNKNOWN,)
            )
            table.add_row(f"{what}, {kind}", *told)
    return table


def projections(title: str) -> Table:
    """An empty table for `projection_row` and `host_rows`."""
    columns = ("phone", "basis", "decode tok/s", "prefill tok/s", "TTFT s", "turn s")
    return _table(*columns, "mWh a turn (estimated)", "turns a battery % (estimated)", "measured", title=title)


def projection_row(
    table: Table, device: Device, cost: ModelCost, turn: Turn, figures: Sequence[Figure], seen: str
) -> None:
    """One phone's projection, and what was measured there of this model."""
    told = project_model(cost, device_speed(device, cost.quantisation, figures), turn)
    basis = " / ".join(dict.fromkeys(filter(None, (told.decode_basis, told.prefill_basis))))
    energy = _energy(device, told)
    used = (energy.mwh_per_turn, energy.turns_per_battery_percent) if energy else (None, None)
    rates = (told.decode_tps, told.prefill_tps, told.ttft_s, told.turn_s)
    table.add_row(device.key, basis, *map(shown, (*rates, *used)), seen)


def host_rows(table: Table, calibration: Calibration) -> None:
    """What calibration measured on this host with the same model: no projection."""
    for row in calibration.speeds:
        rates = f"decode {_digits(row.decode_tps.mean)} tok/s, prefill {_digits(row.prefill_tps.mean)} tok/s"
        table.add_row(f"this host, {row.threads} threads", "measured here", "", "", "", "", "", "", rates)


def calibrated(found: Calibration) -> Table:
    """Measured rates of this host with their 95 % intervals."""
    columns = ("decode tok/s", "prefill tok/s", "decode GB/s", "prefill GOP/s")
    table = _table("threads", *columns, title=f"measured: {found.host['cpu']}, {found.model}, 95 % intervals")
    for row in found.speeds:
        rates = (row.decode_tps, row.prefill_tps, row.decode_gbps, row.prefill_gops)
        table.add_row(str(row.threads), *map(_interval, rates))
    return table


def checked(rows: Sequence[Checked], title: str) -> Table:
    """Figures beside projections that never saw them."""
    columns = ("phone", "model", "engine", "figure", "seen", "projected", "error %", "in band", "without its", "basis")
    table = _table(*columns, title=title)
    for row in rows:
        numbers = (f"{row.seen:.4g}", f"~{row.projected:.4g}", f"{row.error_percent:+.1f}")
        band = "yes" if row.within_band else "NO"
        table.add_row(row.device, row.label, row.engine, row.what, *numbers, band, row.held_out, row.basis)
    return table


def errors(rows: Iterable[Checked]) -> list[str]:
    """Median and worst error by engine, figure and what was left out."""
    groups: dict[str, list[float]] = {}
    for row in rows:
        name = f"{row.engine}, {row.what}, without its {row.held_out}"
        groups.setdefault(name, []).append(abs(row.error_percent))
    return [f"{name}: n = {len(e)}, median error {median(e):.1f} %, worst {max(e):.1f} %" for name, e in groups.items()]


def show(table: Table) -> None:
    """Prints a table; on a pipe a row is one line."""
    Console(width=None if Console().is_terminal else _PIPE_COLUMNS).print(table)


def _energy(device: Device, told: Projection) -> Energy | None:
    """Of a turn that keeps the big cores busy from its first to its last token."""
    if told.turn_s is None:
        return None
    threads = sum(cluster.cores for cluster in device.big_cores)
    return turn_energy(device, told.turn_s.times(threads), threads)


def _figure(device: Device, name: str) -> str:
    if name == "clusters":
        return "; ".join(f"{c.cores} × {c.core} {c.ghz:g} GHz" for c in device.clusters)
    return _words(getattr(device, name)) or "none"


def shown(figure: Projected | None) -> str:
    """A projected figure with its band; `unknown` for none."""
    if figure is None:
        return UNKNOWN
    return f"~{_digits(figure.value)} ({_digits(figure.low)} … {_digits(figure.high)})"


def _interval(rate: Estimate) -> str:
    return f"{_digits(rate.mean)} ({_digits(rate.low)} … {_digits(rate.high)})"


def _digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _words(values: object) -> str:
    return " ".join(map(str, values)) if isinstance(values, Iterable) and not isinstance(values, str) else str(values)


def _table(*columns: str, title: str = "") -> Table:
    table = Table(title=title or None, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table

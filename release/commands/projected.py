"""What `josi sim --device` adds: what was measured here, and beside it what a real phone should do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from release.commands.device_tables import UNKNOWN, shown
from sims import calibration, measurements
from sims.beside import ROLES, Beside, beside
from sims.devices import Device
from sims.fit import device_speed
from sims.model_cost import ModelCost, cost_of_gguf
from sims.projection import HostSpeed
from sims.report import TierResult
from sims.runner import TierModels


def project_chat(result: TierResult, models: TierModels, devices: Sequence[Device]) -> list[Beside]:
    """The chat of a result on real phones (raises as `sims.model_cost.cost_of_gguf`)."""
    if not devices:
        return []
    files = models.needed(result.configuration)
    paths = {role: files.get(role, files.get("base", Path())) for role in ROLES}
    costs = {role: cost_of_gguf(path) for role, path in paths.items()}
    host = _host(paths["explainer"], result.cpus)
    return [_on(device, result, costs, host) for device in devices]


def _on(device: Device, result: TierResult, costs: dict[str, ModelCost], host: HostSpeed | None) -> Beside:
    figures = measurements.all_figures(device)
    speeds = {role: device_speed(device, cost.quantisation, figures) for role, cost in costs.items()}
    return beside(result.turns, costs, device, speeds, cpus=result.cpus, host=host)


def _host(model: Path, cpus: int) -> HostSpeed | None:
    found = calibration.find(model)
    return found.speed(cpus) if found and any(row.threads == cpus for row in found.speeds) else None


def side_by_side(result: TierResult, projected: Sequence[Beside]) -> Table:
    """A row a figure, a column this host (measured) and one each phone (projected: ~ and a band)."""
    table = Table(title=f"{result.phone}: measured here, projected there; energy is an estimate", title_justify="left")
    for head in ("", "this host, measured", *(f"{one.device}, projected" for one in projected)):
        table.add_column(head, overflow="fold")
    for name, what in _ROWS.items():
        seen = getattr(result, name, None)  # what only a projection has, nobody measured
        told = (shown(getattr(one, name)) for one in projected)
        table.add_row(what, "" if seen is None else f"{seen:.3g}", *told)
    table.add_row("stands on", result.timing, *(one.basis or UNKNOWN for one in projected))
    if any(one.below_fitted for one in projected):
        table.caption = "A model smaller than any that phones were fitted on: read projected tokens/s as upper bounds."
    return table


_ROWS = {
    "decode_tps": "decode, tokens/s",
    "prefill_tps": "prefill, tokens/s",
    "ttft_s": "the Explainer's first token, s",
    "turn_s": "a turn, s (from the models' headers)",
    "turn_s_by_host": "a turn, s (this host's seconds, mapped by its calibration)",
    "mwh_per_turn_estimated": "mWh a turn (estimated)",
    "turns_per_battery_percent_estimated": "turns a percent of the battery (estimated)",
}

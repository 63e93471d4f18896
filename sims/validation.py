"""How far projections are off: each published figure predicted from the others, never from itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sims.devices import load_devices
from sims.fit import Figure, device_speed
from sims.projection import Turn, project_model

# What is left out of the fit beside the figure itself: its model on this phone in any format, or the phone.
Held = Literal["model", "device"]


@dataclass(frozen=True)
class Checked:
    """One figure: as published (or measured), as projected without it, and what the projection stood on."""

    device: str
    label: str
    engine: str
    what: str  # "decode tok/s", "prefill tok/s", "TTFT s"
    held_out: Held
    seen: float
    projected: float
    low: float
    high: float
    basis: str

    @property
    def error_percent(self) -> float:
        """How much the projection is above (+) or below (−) what was seen."""
        return 100 * (self.projected / self.seen - 1)

    @property
    def within_band(self) -> bool:
        """Whether what was seen lies in the projection's band."""
        return self.low <= self.seen <= self.high


def validate(figures: Sequence[Figure]) -> list[Checked]:
    """Every figure against projections fitted without it: first without its model, then without its whole phone."""
    rows = []
    for figure in figures:
        for held in ("model", "device") if figure.fit else ("device",):
            rows += check(figure, [f for f in figures if not _left_out(f, figure, held)], held)
    return [row for row in rows if row.held_out == "device" or not row.basis.startswith("transferred")]


def check(figure: Figure, others: Sequence[Figure], held: Held) -> list[Checked]:
    """One figure against the projection that the `others` give."""
    device = load_devices()[figure.device]
    speed = device_speed(device, figure.cost.quantisation, others)
    turn = Turn(figure.prompt_tokens, 1, figure.prompt_tokens)
    projection = project_model(figure.cost, speed, turn)
    return [
        Checked(
            device=figure.device,
            label=figure.label,
            engine=figure.engine,
            what=what,
            held_out=held,
            seen=seen,
            projected=projected.value,
            low=projected.low,
            high=projected.high,
            basis=basis or "",
        )
        for what, seen, projected, basis in (
            ("decode tok/s", figure.decode_tps, projection.decode_tps, projection.decode_basis),
            ("prefill tok/s", figure.prefill_tps, projection.prefill_tps, projection.prefill_basis),
            ("TTFT s", figure.ttft_s, projection.ttft_s, projection.prefill_basis),
        )
        if seen is not None and projected is not None
    ]


def _left_out(other: Figure, figure: Figure, held: Held) -> bool:
    same_model = other.cost.name == figure.cost.name
    return other.device == figure.device and (held == "device" or same_model)

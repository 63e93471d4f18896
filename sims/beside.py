"""What a phone should do with the chat that a container lived through, beside what was measured: medians over turns.

Measured figures stay in `sims.report.TierResult`; nothing here is one, and everything here has a band.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sims.devices import Device
from sims.energy import phone_cpu_s, turn_energy
from sims.fit import Speed, smallest_fitted
from sims.model_cost import ModelCost
from sims.projection import HostSpeed, Measured, Projected, Projection, Turn, project_measured, project_model

ROLES = ("interpreter", "explainer")


@dataclass(frozen=True)
class Beside:
    """One phone's projection of a chat; None: nothing is known to project it from.

    `decode_tps` and `prefill_tps` are of the replies, `ttft_s` of the Explainer's, `turn_s` of both roles' work, from
    the models' headers; `turn_s_by_host` maps the container's own seconds by this host's calibration. Energy is an
    estimate. `basis` says what the rates stand on.
    """

    device: str
    basis: str
    decode_tps: Projected | None
    prefill_tps: Projected | None
    ttft_s: Projected | None
    turn_s: Projected | None
    turn_s_by_host: Projected | None
    mwh_per_turn_estimated: Projected | None
    turns_per_battery_percent_estimated: Projected | None
    below_fitted: bool  # the models are smaller than any that phones were fitted on: rates are upper bounds


def beside(
    turns: Sequence[Mapping[str, Any]],
    costs: Mapping[str, ModelCost],
    device: Device,
    speeds: Mapping[str, Speed],
    *,
    cpus: int,
    host: HostSpeed | None = None,
) -> Beside:
    """The projection of the agent's `turn` events on a phone.

    costs, speeds: role -> the model's cost, the phone's speed with its quantisation; cpus: the container's cores;
    host: this host's calibration, without which `turn_s_by_host` is None. No turns: every figure is None.
    """
    replies = {role: [project_model(costs[role], speeds[role], _reply(turn[role])) for turn in turns] for role in ROLES}
    both = [one for role in ROLES for one in replies[role]]
    whole = [_sum(a.turn_s, b.turn_s) for a, b in zip(*replies.values(), strict=True)]
    mapped = [project_measured(Measured.of_turn(turn), host, speeds["explainer"]) for turn in turns] if host else []
    energy = [_energy(turn, told, device, cpus) for turn, told in zip(turns, whole, strict=True)]
    return Beside(
        device=device.key,
        basis=_basis(both),
        decode_tps=_median([one.decode_tps for one in both]),
        prefill_tps=_median([one.prefill_tps for one in both]),
        ttft_s=_median([one.ttft_s for one in replies["explainer"]]),
        turn_s=_median(whole),
        turn_s_by_host=_median(mapped),
        mwh_per_turn_estimated=_median([mwh for mwh, _ in energy]),
        turns_per_battery_percent_estimated=_median([turns_each for _, turns_each in energy]),
        below_fitted=min(cost.decode_bytes() for cost in costs.values()) < smallest_fitted(),
    )


def _reply(reply: Mapping[str, Any]) -> Turn:
    fresh = reply["prompt_tokens"] - reply["cached_tokens"]
    return Turn(fresh, reply["new_tokens"], reply["prompt_tokens"] + reply["new_tokens"])


def _energy(
    turn: Mapping[str, Any], told: Projected | None, device: Device, cpus: int
) -> tuple[Projected | None, Projected | None]:
    if told is None:
        return None, None
    found = turn_energy(device, phone_cpu_s(turn["cpu_s"], turn["seconds"], told, cpus), cpus)
    return found.mwh_per_turn, found.turns_per_battery_percent


def _sum(one: Projected | None, two: Projected | None) -> Projected | None:
    return one + two if one and two else None


def _median(figures: Sequence[Projected | None]) -> Projected | None:
    """The median of each end; None where any is unknown, or there are none."""
    known = [figure for figure in figures if figure]
    if not known or len(known) < len(figures):
        return None
    low, value, high = (statistics.median(getattr(one, end) for one in known) for end in ("low", "value", "high"))
    return Projected(low, value, high)


def _basis(replies: Sequence[Projection]) -> str:
    found = [basis for one in replies for basis in (one.decode_basis, one.prefill_basis) if basis]
    return " / ".join(dict.fromkeys(map(str, found)))

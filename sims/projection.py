"""From a model's cost, or from what a container measured, to what a phone would do. Pure functions.

`Measured` and `Projected` are different types: a report shows them side by side, never one as the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sims.fit import Basis, Rate, Speed
from sims.model_cost import ModelCost


@dataclass(frozen=True)
class Turn:
    """Tokens of one reply: evaluated anew of its prompt, written, and held in the cache when it ends."""

    prompt_tokens: int
    new_tokens: int
    context_tokens: int


@dataclass(frozen=True)
class Measured:
    """One reply as timed on this host, seconds of wall time; `cpu_s` over all threads, user and system."""

    prefill_s: float
    decode_s: float
    other_s: float = 0.0
    cpu_s: float | None = None

    @property
    def seconds(self) -> float:
        """The whole reply."""
        return self.prefill_s + self.decode_s + self.other_s

    @staticmethod
    def of_turn(turn: Mapping[str, Any]) -> Measured:
        """The agent's `turn` event: both replies together; what they leave of its seconds is `other_s`."""
        replies = [turn[role] for role in ("interpreter", "explainer")]
        prefill, decode = (sum(reply[part] for reply in replies) for part in ("prefill_s", "decode_s"))
        return Measured(prefill, decode, max(0.0, turn["seconds"] - prefill - decode), turn.get("cpu_s"))


@dataclass(frozen=True)
class Projected:
    """A figure that nobody measured, with the band in which the true one should lie."""

    low: float
    value: float
    high: float

    def __str__(self) -> str:
        return f"~{self.value:.3g} ({self.low:.3g} … {self.high:.3g})"

    def __add__(self, other: Projected) -> Projected:
        return Projected(self.low + other.low, self.value + other.value, self.high + other.high)

    def times(self, factor: float) -> Projected:
        """The figure in another unit, or for more of the same (`factor` ≥ 0)."""
        return Projected(self.low * factor, self.value * factor, self.high * factor)

    def inverse(self, amount: float = 1.0) -> Projected:
        """`amount` ÷ this: a time out of a rate, and the other way round; the band turns over."""
        return Projected(amount / self.high, amount / self.value, amount / self.low)


@dataclass(frozen=True)
class Projection:
    """What a phone should do with one reply: tokens/s and seconds; None: unknown. `*_basis`: what figures stand on."""

    decode_basis: Basis | None
    prefill_basis: Basis | None
    decode_tps: Projected | None
    prefill_tps: Projected | None
    ttft_s: Projected | None
    turn_s: Projected | None


@dataclass(frozen=True)
class HostSpeed:
    """What calibration measured of this host with a model: 10⁹ bytes/s of decode, 10⁹ operations/s of prefill."""

    decode_gbps: float
    prefill_gops: float


def project_model(cost: ModelCost, speed: Speed, turn: Turn) -> Projection:
    """A reply of this model on a phone of this speed.

    Decode at the mean context of the reply. No token is written faster than its multiplications take at the rate
    of prefill, which is what bounds phones of little arithmetic.
    """
    decode, prefill = _decode_tps(cost, speed, turn), _prefill_tps(cost, speed, turn)
    ttft = turn_s = None
    if decode and prefill:
        waited = prefill.inverse(turn.prompt_tokens)
        ttft, turn_s = waited + decode.inverse(), waited + decode.inverse(turn.new_tokens)
    return Projection(
        decode_basis=speed.decode_gbps.basis if speed.decode_gbps else None,
        prefill_basis=speed.prefill_gops.basis if speed.prefill_gops else None,
        decode_tps=decode,
        prefill_tps=prefill,
        ttft_s=ttft,
        turn_s=turn_s,
    )


def _decode_tps(cost: ModelCost, speed: Speed, turn: Turn) -> Projected | None:
    if speed.decode_gbps is None:
        return None
    context = max(0.0, turn.context_tokens - turn.new_tokens / 2)
    memory = _range(speed.decode_gbps).times(1e9 / cost.decode_bytes(context))
    if speed.prefill_gops is None:
        return memory
    bound = _range(speed.prefill_gops).times(1e9 / cost.decode_ops)
    return Projected(min(memory.low, bound.low), min(memory.value, bound.value), min(memory.high, bound.high))


def _prefill_tps(cost: ModelCost, speed: Speed, turn: Turn) -> Projected | None:
    if speed.prefill_gops is None:
        return None
    tokens = max(1, turn.prompt_tokens)
    return _range(speed.prefill_gops).times(1e9 * tokens / cost.prefill_ops(tokens))


def project_measured(seen: Measured, host: HostSpeed, speed: Speed) -> Projected | None:
    """Seconds that a reply timed on this host would take on a phone; None where the phone's speed is unknown.

    Prefill scales with operations/s, decode with bytes/s; `other_s` (Python, the grammar, the rules) is taken over
    as it was, since neither rate says how a phone's app would do it.
    """
    if speed.decode_gbps is None or speed.prefill_gops is None:
        return None
    prefill = _range(speed.prefill_gops).inverse(seen.prefill_s * host.prefill_gops)
    decode = _range(speed.decode_gbps).inverse(seen.decode_s * host.decode_gbps)
    return prefill + decode + Projected(seen.other_s, seen.other_s, seen.other_s)


def _range(rate: Rate) -> Projected:
    low, high = rate.band
    return Projected(rate.value * low, rate.value, rate.value * high)

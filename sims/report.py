"""From what was seen of a phone to its figures: no IO, so that every way to fail can be tested."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from sims.tiers import SimPhone
from sims.timing import Rate
from sims.verdict import Event, Outcome, judge, kept_after_unload

MEASURED = "measured"


@dataclass(frozen=True)
class TierResult:
    """One phone's verdict and figures; MB are 1024² bytes, seconds and tokens/s this host's, medians of turns.

    `need_mb` is the most that could not have been given back at one moment, `margin_mb` the budget less that: negative
    is how much is missing. `peak_mb` is the kernel's high-water mark of all that was charged, with page cache.
    `anonymous_mb`, `file_mb` and `kv_mb` split the peak: the largest sample of each, and llama.cpp's word for the last.
    `first_word_s` runs from the message to the Explainer's first token, `ttft_s` from the Explainer's prompt. `timing`
    says what the times are worth: "measured", or why they are None. `psi` says whose stalls were read.
    """

    tier: str
    phone: str
    verdict: str  # "fits", "thrashes", "killed" or "failed"
    message: str
    device: str
    ram_mb: int
    configuration: str
    context: int
    use_mmap: bool
    budget_mb: int
    need_mb: float | None
    margin_mb: float | None
    peak_mb: float
    anonymous_mb: float
    file_mb: float
    mapped_mb: float
    kv_mb: float
    compute_mb: float
    weights_mb: float
    kept_after_unload_mb: float | None
    refault_mb: float
    limit_hits: int
    oom_kills: int
    major_faults: int
    psi: str
    partial_stall_ms: float | None
    complete_stall_ms: float | None
    stall_share: float | None
    thrashing_percent: float
    detected_tier: str
    cpus: int
    timing: str
    load_s: float | None
    swap_s: float | None
    return_s: float | None
    ttft_s: float | None
    first_word_s: float | None
    prefill_tps: float | None
    decode_tps: float | None
    turn_s: float | None
    cpu_s: float | None
    decode: dict[str, Any]
    valid_decisions: int
    exit_code: int
    events: str
    turns: list[Event] = field(default_factory=list)

    @property
    def fits(self) -> bool:
        """Whether the phone would have run it."""
        return self.verdict == "fits"

    def to_json(self) -> str:
        """The result as JSON text."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)

    @staticmethod
    def from_json(text: str) -> TierResult:
        """Reads `to_json`'s text back."""
        return TierResult(**json.loads(text))


def parse_event(line: str) -> Event | None:
    """The event on one line of the agent's output; None for a line that is none (a library's print)."""
    try:
        event = json.loads(line)
    except json.JSONDecodeError:
        return None
    return event if isinstance(event, dict) and isinstance(event.get("event"), str) else None


def tier_result(
    phone: SimPhone,
    outcome: Outcome,
    *,
    wanted_turns: int,
    unload_slack_mb: float,
    cpus: int,
    events: str,
    rate: Rate | None = None,
    timing: str = MEASURED,
) -> TierResult:
    """Everything together; `rate` is the decode rate over all repeats, None where it was not asked for."""
    verdict, message = judge(phone, outcome, wanted_turns=wanted_turns, unload_slack_mb=unload_slack_mb)
    memory, pressure = outcome.memory, outcome.pressure
    turns = [e for e in outcome.events if e["event"] == "turn"]
    started = [e for e in outcome.events if e["event"] == "start"]
    # A killed run ran into the cap, whether a sample saw it there or not; what it needed only an uncapped run can tell.
    peak = float(phone.budget_mb) if outcome.oom else memory.peak_mb
    need = outcome.need_mb if outcome.oom else memory.need_mb
    result = TierResult(
        tier=phone.tier,
        phone=phone.name,
        verdict=verdict,
        message=message,
        device=phone.device,
        ram_mb=phone.ram_mb,
        configuration=phone.configuration,
        context=phone.context,
        use_mmap=phone.use_mmap,
        budget_mb=phone.budget_mb,
        need_mb=need,
        margin_mb=None if need is None else round(phone.budget_mb - need, 1),
        peak_mb=peak,
        anonymous_mb=memory.anonymous_mb,
        file_mb=memory.file_mb,
        mapped_mb=memory.mapped_mb,
        **{f"{name}_mb": _largest(outcome.events, f"{name}_mb") for name in ("kv", "compute", "weights")},
        kept_after_unload_mb=kept_after_unload(outcome.events),
        refault_mb=memory.refault_mb,
        limit_hits=memory.limit_hits,
        oom_kills=max(memory.oom_kills, int(outcome.oom)),
        major_faults=memory.major_faults,
        psi=outcome.psi,
        partial_stall_ms=pressure.partial_ms,
        complete_stall_ms=pressure.complete_ms,
        stall_share=pressure.stall_share,
        thrashing_percent=pressure.thrashing_percent,
        detected_tier=str(started[0]["detected"]) if started else "",
        cpus=cpus,
        timing=timing,
        **_times(outcome.events, turns),  # type: ignore[arg-type]
        decode=asdict(rate) if rate else {},
        valid_decisions=sum(bool(t["valid"]) for t in turns),
        exit_code=outcome.exit_code,
        events=events,
        turns=turns,
    )
    return result if timing == MEASURED else untimed(result, timing)


def untimed(result: TierResult, reason: str) -> TierResult:
    """The result without its times: they were not taken on a quiet machine. What the turns said stays."""
    times = ("load_s", "swap_s", "return_s", "ttft_s", "first_word_s", "prefill_tps", "decode_tps", "turn_s", "cpu_s")
    return replace(result, **dict.fromkeys(times), decode={}, timing=reason)  # type: ignore[arg-type]


def replies(turns: Sequence[Event]) -> list[Event]:
    """The replies that have a rate (one token, or nothing left to prefill, has none)."""
    found = [{"role": role, **turn[role]} for turn in turns for role in ("interpreter", "explainer")]
    return [r for r in found if r["prefill_tps"] > 0 and r["decode_tps"] > 0]


def _times(events: Sequence[Event], turns: Sequence[Event]) -> dict[str, float | None]:
    loaded = [e for e in events if e["event"] == "loaded"]
    returned = [e for e in events if e["event"] == "return"]
    return {
        "load_s": loaded[0]["seconds"] if loaded else None,
        "swap_s": _median(turns, lambda t: t["interpreter"]["swap_s"] + t["explainer"]["swap_s"]),
        "return_s": _median(returned, lambda e: e["seconds"]),
        "ttft_s": _median(turns, lambda t: t["explainer"]["first_token_s"]),
        "first_word_s": _median(turns, lambda t: t["first_word_s"]),
        "prefill_tps": _median(replies(turns), lambda r: r["prefill_tps"]),
        "decode_tps": _median(replies(turns), lambda r: r["decode_tps"]),
        "turn_s": _median(turns, lambda t: t["seconds"]),
        "cpu_s": _median(turns, lambda t: t["cpu_s"]),
    }


def _largest(events: Sequence[Event], name: str) -> float:
    return max((float(e[name]) for e in events if name in e), default=0.0)


def _median(rows: Sequence[Event], value: Callable[[Event], float]) -> float | None:
    return round(statistics.median(value(row) for row in rows), 4) if rows else None

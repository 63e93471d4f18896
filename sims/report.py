"""From what was seen of a phone to a verdict: no IO, so that every way to fail can be tested."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sims.telemetry import MemoryReport
from sims.tiers import Tier

Event = dict[str, Any]
_KILLED_CODE = 137  # 128 + SIGKILL, which is how the kernel's out-of-memory killer ends a process


@dataclass(frozen=True)
class Outcome:
    """All that the host saw of one run."""

    events: list[Event]
    memory: MemoryReport
    exit_code: int
    docker_oom: bool = False
    timed_out: bool = False
    stderr: str = ""


@dataclass(frozen=True)
class TierResult:
    """One tier's verdict and figures; MB are 1024² bytes, seconds and tokens/s this host's, medians of turns.

    `peak_mb` is the kernel's high-water mark of all that was charged, with page cache; at the cap it takes
    cache back first, so a margin of 0 can still fit. `anonymous_mb` could not have been given back.
    `first_word_s` runs from the message to the Explainer's first token, `ttft_s` from the Explainer's prompt.
    """

    tier: str
    verdict: str  # "fits", "killed" or "failed"
    message: str
    device: str
    configuration: str
    budget_mb: int
    peak_mb: float
    margin_mb: float
    anonymous_mb: float
    file_mb: float
    refault_mb: float
    limit_hits: int
    oom_kills: int
    major_faults: int
    cpus: int
    load_s: float | None
    swap_s: float | None
    ttft_s: float | None
    first_word_s: float | None
    prefill_tps: float | None
    decode_tps: float | None
    turn_s: float | None
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


def judge(tier: Tier, outcome: Outcome, *, wanted_turns: int, min_refault_mb: float) -> tuple[str, str]:
    """The verdict and the sentence that explains it.

    `killed` needs a kill by memory; `failed` is every other way not to have lived through all turns at speed.
    """
    stage = last_stage(outcome.events)
    if was_killed(outcome):
        return "killed", f"{tier.name}: killed at {stage}, budget {tier.budget_mb} MB"
    failure = _failure(tier, outcome, wanted_turns, min_refault_mb)
    if failure:
        return "failed", f"{tier.name}: {failure}, at {stage}"
    peak = outcome.memory.peak_mb
    return "fits", f"{tier.name}: fits {tier.budget_mb} MB with {tier.budget_mb - peak:.0f} MB to spare"


def was_killed(outcome: Outcome) -> bool:
    """Killed for memory: by the group's count, Docker's flag, or a SIGKILL that was not our time-out's."""
    sigkill = outcome.exit_code == _KILLED_CODE and not outcome.timed_out
    return outcome.memory.oom_kills > 0 or outcome.docker_oom or sigkill


def last_stage(events: Sequence[Event]) -> str:
    """What the agent last said it began; within a turn both (`load of the explainer in turn 2`)."""
    stages = [str(e["stage"]) for e in events if e["event"] == "stage"]
    if not stages:
        return "its start"
    turn = next((s for s in reversed(stages) if s.startswith("turn ")), "")
    return stages[-1] if stages[-1] == turn or not turn else f"{stages[-1]} in {turn}"


def reloaded_mb(events: Sequence[Event]) -> float:
    """MB of model files that the app itself read again; the kernel counts evicted ones as refaults."""
    seen: set[str] = set()
    total = 0.0
    for event in events:
        if event["event"] == "stage" and event.get("mb"):
            total += event["mb"] if event["stage"] in seen else 0.0
            seen.add(event["stage"])
    return total


def tier_result(
    tier: Tier, outcome: Outcome, *, wanted_turns: int, min_refault_mb: float, cpus: int, events: str
) -> TierResult:
    """Everything together."""
    verdict, message = judge(tier, outcome, wanted_turns=wanted_turns, min_refault_mb=min_refault_mb)
    turns = [e for e in outcome.events if e["event"] == "turn"]
    loaded = [e for e in outcome.events if e["event"] == "loaded"]
    memory = outcome.memory
    peak = float(tier.budget_mb) if verdict == "killed" else memory.peak_mb  # it ran into the cap, seen or not
    return TierResult(
        tier=tier.name,
        verdict=verdict,
        message=message,
        device=tier.device,
        configuration=tier.configuration,
        budget_mb=tier.budget_mb,
        peak_mb=peak,
        margin_mb=round(tier.budget_mb - peak, 1),
        anonymous_mb=memory.anonymous_mb,
        file_mb=memory.file_mb,
        refault_mb=memory.refault_mb,
        limit_hits=memory.limit_hits,
        oom_kills=max(memory.oom_kills, int(verdict == "killed")),
        major_faults=memory.major_faults,
        cpus=cpus,
        load_s=loaded[0]["seconds"] if loaded else None,
        swap_s=_median(turns, lambda t: t["interpreter"]["swap_s"] + t["explainer"]["swap_s"]),
        ttft_s=_median(turns, lambda t: t["explainer"]["first_token_s"]),
        first_word_s=_median(turns, lambda t: t["first_word_s"]),
        prefill_tps=_median(_replies(turns), lambda r: r["prefill_tps"]),
        decode_tps=_median(_replies(turns), lambda r: r["decode_tps"]),
        turn_s=_median(turns, lambda t: t["seconds"]),
        valid_decisions=sum(bool(t["valid"]) for t in turns),
        exit_code=outcome.exit_code,
        events=events,
        turns=turns,
    )


def _failure(tier: Tier, outcome: Outcome, wanted_turns: int, min_refault_mb: float) -> str:
    memory = outcome.memory
    errors = [str(e["message"]) for e in outcome.events if e["event"] == "error"]
    turns = sum(e["event"] == "turn" for e in outcome.events)
    allowed = max(min_refault_mb, tier.thrashing_limit * memory.file_mb) + reloaded_mb(outcome.events)
    checks = (
        (memory.refault_mb > allowed, f"thrashes: {memory.refault_mb} MB evicted and read again"),
        (outcome.timed_out, f"not done after {tier.timeout_s} s"),
        (bool(errors), "; ".join(errors)),
        (
            outcome.exit_code != 0,
            f"the app ended with code {outcome.exit_code}: {outcome.stderr or 'no words'}",
        ),
        (turns != wanted_turns, f"{turns} of {wanted_turns} turns were answered"),
        (memory.samples == 0, "its memory could not be read"),
        (memory.peak_mb > tier.budget_mb, f"peak {memory.peak_mb} MB over the budget of {tier.budget_mb} MB"),
        (memory.swap_mb > 0, f"{memory.swap_mb} MB were swapped out: the cap did not hold"),
    )
    return next((text for failed, text in checks if failed), "")


def _replies(turns: Sequence[Event]) -> list[Event]:
    """The replies that have a rate (one token, or nothing left to prefill, has none)."""
    replies = [turn[role] for turn in turns for role in ("interpreter", "explainer")]
    return [r for r in replies if r["prefill_tps"] > 0 and r["decode_tps"] > 0]


def _median(rows: Sequence[Event], value: Callable[[Event], float]) -> float | None:
    return round(statistics.median(value(row) for row in rows), 4) if rows else None

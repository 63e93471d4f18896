"""What a phone would have made of a run: `fits`, `thrashes`, `killed`, or `failed` for what is no matter of memory.

No IO; the killer's rule is in killer.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sims.cgroup import PSI_CONTAINER, PSI_NONE
from sims.killer import KillerRule, Pressure, Reload
from sims.telemetry import MemoryReport
from sims.tiers import SimPhone

Event = dict[str, Any]
_KILLED_CODE = 137  # 128 + SIGKILL, which is how the kernel's out-of-memory killer ends a process
CALM = Pressure(None, None, None, 0.0, None, None, None)


@dataclass(frozen=True)
class Outcome:
    """All that the host saw of one run; `need_mb` is what an uncapped run was measured to need (None: none was made).

    `chat_stall` is the share of the time between the first turn's start and the last one's end in which some task
    waited for memory (None where the container's PSI is not readable).
    """

    events: list[Event]
    memory: MemoryReport
    exit_code: int
    pressure: Pressure = CALM
    rule: KillerRule = field(default_factory=lambda: KillerRule(70, 700, 100, 8))
    psi: str = PSI_NONE
    chat_stall: float | None = None
    need_mb: float | None = None
    docker_oom: bool = False
    timed_out: bool = False
    stderr: str = ""

    @property
    def oom(self) -> bool:
        """Killed at the cap: by the group's count, Docker's flag, or a SIGKILL that was not our time-out's."""
        sigkill = self.exit_code == _KILLED_CODE and not self.timed_out
        return self.memory.oom_kills > 0 or self.docker_oom or sigkill


def judge(phone: SimPhone, outcome: Outcome, *, wanted_turns: int, unload_slack_mb: float) -> tuple[str, str]:
    """The verdict and the sentence that explains it.

    `killed`: at the cap, or by the killer's rule on stalls. `thrashes`: it lives, and reads again what it lost. Both
    come before `failed`: an app that thrashed may also have run out of time.
    """
    if outcome.oom:
        return "killed", f"{phone.tier}: killed at {last_stage(outcome.events)}, {over(phone, outcome.need_mb)}"
    judged = outcome.psi == PSI_CONTAINER
    if judged and outcome.pressure.complete_s is not None:
        at = stage_at(outcome.events, outcome.pressure.complete_s)
        stood = outcome.pressure.complete_ms or 0.0
        return "killed", f"{phone.tier}: killed at {at}, nothing got on for {stood:.0f} ms of 1 s"
    if thrash := _thrash(outcome):
        return "thrashes", f"{phone.tier}: thrashes, {thrash}"
    if failure := _failure(phone, outcome, wanted_turns, unload_slack_mb):
        return "failed", f"{phone.tier}: {failure}, at {last_stage(outcome.events)}"
    spare = phone.budget_mb - outcome.memory.need_mb
    return "fits", f"{phone.tier}: fits {phone.budget_mb} MB with {spare:.0f} MB to spare"


def over(phone: SimPhone, need_mb: float | None) -> str:
    """By how much a killed run was over its budget, where that was measured."""
    if need_mb is None:
        return f"budget {phone.budget_mb} MB"
    missing = need_mb - phone.budget_mb
    if missing > 0:
        return f"{missing:.0f} MB over"
    return f"though it was measured to need {need_mb:.0f} of {phone.budget_mb} MB"


def last_stage(events: Sequence[Event]) -> str:
    """What the agent last said it began; within a turn both (`load of the second model in turn 2`)."""
    stages = [str(e["stage"]) for e in events if e["event"] == "stage"]
    if not stages:
        return "its start"
    turn = next((s for s in reversed(stages) if s.startswith("turn ")), "")
    return stages[-1] if stages[-1] == turn or not turn else f"{stages[-1]} in {turn}"


def stage_at(events: Sequence[Event], t_s: float) -> str:
    """What the agent was at at a moment."""
    return last_stage([e for e in events if float(e["t_s"]) <= t_s])


def reloads(events: Sequence[Event]) -> list[Reload]:
    """When the app itself read a model file again that it had read before."""
    seen: set[str] = set()
    found = []
    for event, after in zip(events, [*events[1:], None], strict=True):
        if event["event"] == "stage" and event.get("mb"):
            if event["stage"] in seen:
                end = float(after["t_s"]) if after else float(event["t_s"]) + 60
                found.append(Reload(float(event["t_s"]), end, float(event["mb"])))
            seen.add(event["stage"])
    return found


def chat_span(events: Sequence[Event]) -> tuple[float, float] | None:
    """From the first turn's start to the last event inside a turn, seconds; None before the first turn."""
    begun = [float(e["t_s"]) for e in events if e["event"] == "stage" and str(e["stage"]).startswith("turn ")]
    ended = [float(e["t_s"]) for e in events if e["event"] in ("turn", "stage")]
    return (begun[0], ended[-1]) if begun and ended[-1] > begun[0] else None


def kept_after_unload(events: Sequence[Event]) -> float | None:
    """Anonymous MB that unloading did not bring back, against the start; None where nothing was unloaded."""
    before = [e for e in events if e["event"] == "start"]
    after = [e for e in events if e["event"] == "unload"]
    return round(after[-1]["anonymous_mb"] - before[0]["anonymous_mb"], 1) if before and after else None


def _thrash(outcome: Outcome) -> str:
    pressure, rule = outcome.pressure, outcome.rule
    if pressure.thrashing_s is not None:
        at = stage_at(outcome.events, pressure.thrashing_s)
        return f"{pressure.thrashing_percent:.0f} % of the file cache evicted and read again, at {at}"
    limit = rule.partial_stall_ms / 1000 / rule.window_s
    if outcome.psi == PSI_CONTAINER and outcome.chat_stall is not None and outcome.chat_stall >= limit:
        return f"waiting for memory {outcome.chat_stall:.0%} of the time it chats"
    return ""


def _failure(phone: SimPhone, outcome: Outcome, wanted_turns: int, unload_slack_mb: float) -> str:
    memory = outcome.memory
    errors = [str(e["message"]) for e in outcome.events if e["event"] == "error"]
    turns = sum(e["event"] == "turn" for e in outcome.events)
    kept = kept_after_unload(outcome.events)
    checks = (
        (outcome.timed_out, f"not done after {phone.timeout_s} s"),
        (bool(errors), "; ".join(errors)),
        (outcome.exit_code != 0, f"the app ended with code {outcome.exit_code}: {outcome.stderr or 'no words'}"),
        (turns != wanted_turns, f"{turns} of {wanted_turns} turns were answered"),
        (memory.samples == 0, "its memory could not be read"),
        (memory.peak_mb > phone.budget_mb, f"peak {memory.peak_mb} MB over the budget of {phone.budget_mb} MB"),
        (memory.swap_mb > 0, f"{memory.swap_mb} MB were swapped out: the cap did not hold"),
        (kept is not None and kept > unload_slack_mb, f"{kept} MB did not come back when everything was unloaded"),
    )
    return next((text for failed, text in checks if failed), "")

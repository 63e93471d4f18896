"""The golden check: every scenario's final request against what its author expects, none may miss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evals.checks import Check, rate_check
from evals.predictions import Sample
from evals.thresholds import Thresholds
from golden.scenarios import Scenario, misses


def golden_misses(scenarios: Sequence[Scenario], samples: Sequence[Sample]) -> dict[str, list[str]]:
    """Scenario id -> what its request has against it, for those that fail; one that was not answered fails."""
    finals: dict[str, Mapping[str, Any] | None] = {
        s.id: s.final if isinstance(s.final, Mapping) else None for s in samples
    }
    found: dict[str, list[str]] = {}
    for scenario in scenarios:
        final = finals.get(scenario.id)
        wrong = ["no usable request"] if final is None else misses(scenario.expect, final)
        if wrong:
            found[scenario.id] = wrong
    return found


def golden_check(scenarios: Sequence[Scenario], samples: Sequence[Sample], thresholds: Thresholds) -> Check:
    """The `golden` check of the ship gate: all of at least 200 scenarios pass."""
    wrong = golden_misses(scenarios, samples)
    note = f"e.g. {next(iter(wrong))}" if wrong else ""
    rule = thresholds.rules["golden"]
    return rate_check(rule, len(scenarios) - len(wrong), len(scenarios), note)

"""Are the golden cases steady: both roles' verdicts when the same cases are asked again under other conditions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from evals.checks import Check, rate_check
from evals.predictions import Sample
from evals.repeats import fragile
from evals.thresholds import Thresholds
from golden.scenarios import Scenario
from golden.verdict import golden_misses


def verdicts(scenarios: Sequence[Scenario], samples: Mapping[str, Sequence[Sample]]) -> dict[str, bool]:
    """Case -> whether it passes; `samples`: role -> its judged answers to the golden cases."""
    wrong = golden_misses(scenarios, samples["interpreter"])
    found = {f"interpreter {scenario.id}": scenario.id not in wrong for scenario in scenarios}
    return found | {f"explainer {sample.id}": sample.passed for sample in samples["explainer"]}


def stability_check(
    first: Mapping[str, bool], again: Mapping[str, Mapping[str, bool]], thresholds: Thresholds
) -> Check:
    """The `golden_stable` check of the ship gate: no repeat flips a verdict. Steadily wrong is not fragile."""
    flipped = fragile(first, again)
    counts = Counter(name for names in flipped.values() for name in names)
    note = ", ".join(f"{name}: {count}" for name, count in counts.most_common())
    if flipped:
        note += f"; e.g. {next(iter(flipped))}"
    return rate_check(thresholds.rule("golden_stable"), len(first) - len(flipped), len(first), note)

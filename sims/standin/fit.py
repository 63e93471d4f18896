"""Which model fits which phone, in which configuration and at which context, by prediction: the table of the docs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sims.header import Header
from sims.standin.memory import MB, MemoryPrediction, Runtime, predict_memory
from sims.tiers import CONFIGURATIONS, app_budget_mb

PHONES_MB = (2048, 3072, 4096, 6144, 8192, 12288)
CONTEXTS = (2048, 4096)


@dataclass(frozen=True)
class Row:
    """One model in one configuration at one context, and its margin on each phone in MB (negative: so much over)."""

    model: str
    configuration: str
    context: int
    prediction: MemoryPrediction
    margins: Mapping[int, int]  # RAM in MB -> budget − needed

    @property
    def smallest(self) -> int | None:
        """RAM in MB of the smallest phone that it fits; None for none."""
        return next((ram for ram, margin in self.margins.items() if margin >= 0), None)


def rows(
    model: str,
    header: Header,
    adapters: Sequence[Header],
    *,
    cpu: str = "x86",
    mmap: bool = False,
    phones: Sequence[int] = PHONES_MB,
    contexts: Sequence[int] = CONTEXTS,
) -> list[Row]:
    """Every configuration at every context; both roles have a model of this shape (raises as `predict_memory`)."""
    found = []
    for configuration in CONFIGURATIONS:
        for context in contexts:
            runtime = Runtime(context=context, mmap=mmap, cpu=cpu)
            swap = adapters if configuration == "lora_swap" else ()
            prediction = predict_memory(header, runtime, configuration=configuration, adapters=swap)
            margins = {ram: margin_mb(prediction, app_budget_mb(ram)) for ram in phones}
            found.append(Row(model, configuration, context, prediction, margins))
    return found


def margin_mb(prediction: MemoryPrediction, budget_mb: int) -> int:
    """What the budget leaves, in whole MB rounded down; negative is so much over."""
    return (budget_mb * MB - prediction.needed) // MB


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of texts as Markdown."""
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *rows))

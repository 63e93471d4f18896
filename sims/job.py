"""What the host hands the phone: one JSON file that names the models, the settings and the steps of an app's life."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from line.errors import InputError

KINDS = ("turn", "background", "return", "trim", "unload")


@dataclass(frozen=True)
class Turn:
    """One message of the athlete with the CONTEXT block the app would add ("" for none).

    With a ChatContext the prompts are built from that, each block within its token budget, and `context` is unused.
    """

    message: str
    context: str = ""
    chat_context: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Step:
    """One step of the app's life: a chat turn, going to the background or a trim (`level`: Android's
    ComponentCallbacks2 constant), coming back, unloading everything."""

    kind: str
    turn: Turn | None = None
    level: int = 0

    def __post_init__(self) -> None:
        """Raises InputError for an unknown kind or a turn without its message."""
        if self.kind not in KINDS or (self.kind == "turn") != (self.turn is not None):
            raise InputError(f"{self.kind!r} with turn={self.turn!r} is no step; its kind is one of {', '.join(KINDS)}")


@dataclass(frozen=True)
class Job:
    """The agent's work. Files are names in the job's folder; an unused one is "".

    `lora_swap` uses `base` and both adapters, the other configurations `interpreter` and `explainer`. `ram_mb`,
    `low_ram` and `memory_class_mb` are what the simulated system tells the app. `leak_mb_per_turn` plants a fault, for
    tests.
    """

    tier: str
    ram_mb: int
    low_ram: bool
    memory_class_mb: int
    configuration: str
    context: int
    threads: int
    use_mmap: bool
    parallel: bool
    interpreter_max_tokens: int
    explainer_max_tokens: int
    deadline_s: int
    grammar: str
    steps: tuple[Step, ...]
    interpreter: str = ""
    explainer: str = ""
    base: str = ""
    interpreter_adapter: str = ""
    explainer_adapter: str = ""
    leak_mb_per_turn: float = 0.0

    def to_json(self) -> str:
        """The job as JSON text."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)

    @staticmethod
    def from_json(text: str) -> Job:
        """Reads `to_json`'s text back."""
        data = json.loads(text)
        return Job(**{**data, "steps": tuple(_step(step) for step in data["steps"])})


def turns_of(steps: Sequence[Step]) -> list[Turn]:
    """The chat turns among the steps."""
    return [step.turn for step in steps if step.turn]


def check_steps(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps as a tuple.

    Raises:
        InputError: there is no turn: a phone that did nothing proves nothing.
    """
    if not turns_of(steps):
        raise InputError("A phone run needs at least one chat turn.")
    return tuple(steps)


def _step(data: Mapping[str, Any]) -> Step:
    turn = data["turn"]
    return Step(**{**data, "turn": Turn(**turn) if turn else None})

"""What the host hands the phone: one JSON file that names the models, the settings and the chat turns."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from line.errors import InputError

TURNS_FILE = Path(__file__).with_name("turns.jsonl")


@dataclass(frozen=True)
class Turn:
    """One message of the athlete with the CONTEXT block the app would add ("" for none)."""

    message: str
    context: str = ""


@dataclass(frozen=True)
class Job:
    """The agent's work. Files are names in the job's folder; an unused one is "".

    `lora_swap` uses `base` and both adapters, the other configurations `interpreter` and `explainer`.
    """

    configuration: str
    context: int
    threads: int
    use_mmap: bool
    interpreter_max_tokens: int
    explainer_max_tokens: int
    deadline_s: int
    grammar: str
    turns: tuple[Turn, ...]
    interpreter: str = ""
    explainer: str = ""
    base: str = ""
    interpreter_adapter: str = ""
    explainer_adapter: str = ""

    def to_json(self) -> str:
        """The job as JSON text."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)

    @staticmethod
    def from_json(text: str) -> Job:
        """Reads `to_json`'s text back."""
        data = json.loads(text)
        return Job(**{**data, "turns": tuple(Turn(**turn) for turn in data["turns"])})


def load_turns(path: Path = TURNS_FILE) -> list[Turn]:
    """The chat turns of a JSON Lines file with `message` and optional `context`.

    Raises:
        InputError: a line is no JSON object with those keys; the message names it.
    """
    turns: list[Turn] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            turns.append(_turn(f"{path}:{number}", line))
    return turns


def check_turns(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """The turns as a tuple.

    Raises:
        InputError: there are none: a phone that did nothing proves nothing.
    """
    if not turns:
        raise InputError("A phone run needs at least one chat turn.")
    return tuple(turns)


def _turn(where: str, line: str) -> Turn:
    try:
        row = json.loads(line)
        turn = Turn(**row)
    except (json.JSONDecodeError, TypeError) as error:
        raise InputError(f"{where}: not a turn ({error}); wanted an object with `message`, `context`") from error
    if not isinstance(turn.message, str) or not isinstance(turn.context, str) or not turn.message:
        raise InputError(f"{where}: `message` and `context` must be strings, and `message` not empty")
    return turn

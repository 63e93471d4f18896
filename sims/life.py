"""The life of an app that a phone is put through: which turns, and what happens between them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from line.errors import InputError
from line.paths import REPO
from sims.job import Step, Turn

TURNS_FILE = Path(__file__).with_name("turns.toml")
GOLDEN = REPO / "golden" / "scenarios.jsonl"
CHAT_CONTEXTS = REPO / "golden" / "vectors" / "prompt.jsonl"
# Android's ComponentCallbacks2: https://developer.android.com/reference/android/content/ComponentCallbacks2
RUNNING_LOW, RUNNING_CRITICAL, UI_HIDDEN, BACKGROUND, COMPLETE = 10, 15, 20, 40, 80


def load_turns(path: Path = TURNS_FILE) -> list[Turn]:
    """The turns that the file names, out of the golden scenarios and the prompt vectors.

    Raises:
        InputError: the file cannot be read, or names an id that is not there.
    """
    try:
        named = tomllib.loads(path.read_text(encoding="utf-8"))
        golden, vectors = _rows(GOLDEN), _rows(CHAT_CONTEXTS)
        turns = [Turn(golden[name]["message"], golden[name]["context"]) for name in named["golden"]]
        asked = [vectors[name]["input"] for name in named["chat_contexts"]]
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path}: {error}") from error
    except KeyError as error:
        raise InputError(f"{path} names {error}, which {GOLDEN} and {CHAT_CONTEXTS} do not have") from error
    return turns + [Turn(row["message"], chat_context=row["chat_context"]) for row in asked]


def whole_life(turns: Sequence[Turn]) -> tuple[Step, ...]:
    """The turns, with all that befalls an app between them; each half of a life begins with the app in front.

    Hidden and back, low memory, critically low memory, long in the background and back; unloaded at the end. A turn
    follows each, so that coming back is lived through and not only said. Turns are asked again where they are few.
    """
    asked = [Step("turn", turn) for turn in turns]
    again = (asked * 4)[:4]
    return (
        *asked,
        Step("background", level=UI_HIDDEN),
        Step("return"),
        again[0],
        Step("trim", level=RUNNING_LOW),
        again[1],
        Step("trim", level=RUNNING_CRITICAL),
        again[2],
        Step("background", level=BACKGROUND),
        Step("return"),
        again[3],
        Step("background", level=COMPLETE),
        Step("return"),
        Step("unload"),
    )


def chat_only(turns: Sequence[Turn], count: int | None = None) -> tuple[Step, ...]:
    """Only turns, `count` of them (asked again from the first where they are fewer), then the unloading."""
    wanted = len(turns) if count is None else count
    return (*(Step("turn", turns[n % len(turns)]) for n in range(wanted if turns else 0)), Step("unload"))


def _rows(path: Path) -> dict[str, dict[str, Any]]:
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return {row["id"]: row for row in rows}

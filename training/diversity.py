"""How varied a set of messages is, and how close it comes to messages that it must not know."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from josi.context import split_turn
from line.errors import InputError
from training.synth.dedupe import THRESHOLD, Index, normalise

SAMPLE = 300  # messages whose nearest neighbour is looked up; evenly spread


def diversity(messages: Sequence[str]) -> dict[str, float]:
    """Figures of variety.

    unique: share of different messages (lower case, digits as 0); distinct_1, distinct_2: different words and word
    pairs over all of them (Li et al., NAACL 2016); words: mean length; nearest: mean similarity, 0…1, of a message to
    the one most like it (see `synth.dedupe`), over `SAMPLE` messages.
    """
    texts = [normalise(message) for message in messages]
    words = [text.split() for text in texts]
    pairs = [pair for line in words for pair in itertools.pairwise(line)]
    single = [word for line in words for word in line]
    return {
        "unique": _share(texts),
        "distinct_1": _share(single),
        "distinct_2": _share(pairs),
        "words": round(len(single) / max(1, len(words)), 2),
        "nearest": _nearest(sorted(set(messages))),
    }


def leakage(messages: Sequence[str], held_out: Sequence[str]) -> dict[str, Any]:
    """How many messages come near a held-out one (similarity of at least `synth.dedupe.THRESHOLD`), and the nearest
    pair."""
    index = Index(held_out)
    scored = [(*index.nearest(message), message) for message in dict.fromkeys(messages)]
    score, theirs, ours = max(scored, default=(0.0, "", ""))
    near = sum(one[0] >= THRESHOLD for one in scored)
    return {"held_out": len(held_out), "near": near, "most": round(score, 4), "pair": [ours, theirs]}


def messages_in(path: Path) -> list[str]:
    """The athlete's messages in a file of any of our forms: training rows, golden cases, line-protocol rows (JSON
    Lines), an object of lists like `test_prompts_1000.json`, a list of texts, or plain text, one message a line.

    Raises:
        InputError: the file cannot be read, or a row has no message; file and row are named.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as text: {error}") from error
    try:
        whole = json.loads(text)
    except ValueError:
        return list(_of_lines(path, text))
    rows = [row for group in whole.values() for row in group] if _is_groups(whole) else whole
    rows = rows if isinstance(rows, list) else [rows]
    return [_message(path, number, row) for number, row in enumerate(rows, 1)]


def _is_groups(whole: Any) -> bool:
    return isinstance(whole, dict) and bool(whole) and all(isinstance(group, list) for group in whole.values()) and (
        "messages" not in whole
    )  # fmt: skip


def _of_lines(path: Path, text: str) -> Iterator[str]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            if line.lstrip()[:1] in "{[":
                raise InputError(f"{path}:{number}: no JSON ({error}); write one object a line") from error
            row = line.strip()
        yield _message(path, number, row)


def _message(path: Path, number: int, row: Any) -> str:
    found = row
    if isinstance(row, dict) and isinstance(row.get("messages"), list):
        turns = [turn for turn in row["messages"] if isinstance(turn, dict) and turn.get("role") == "user"]
        found = split_turn(str(turns[-1].get("content", "")))[0] if turns else None
    elif isinstance(row, dict):
        found = row.get("message", row.get("text", row.get("prompt")))
    if not isinstance(found, str):
        raise InputError(f"{path}:{number}: no message in it; give a text, or an object with `message` or `messages`")
    return found


def _share(items: Sequence[Any]) -> float:
    return round(len(set(items)) / len(items), 4) if items else 0.0


def _nearest(messages: Sequence[str]) -> float:
    if len(messages) < 2:
        return 0.0
    index = Index(messages)
    looked = messages[:: max(1, len(messages) // SAMPLE)]
    return round(sum(index.nearest(message, but=message)[0] for message in looked) / len(looked), 4)

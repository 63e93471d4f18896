"""The files behind evaluation sets: JSON Lines, prompts by category, labels. Errors name file and key."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from line.errors import InputError

ACTIONS = ("create_workout", "replan", "explain", "answer_question", "clarify")


def split_label(
    entry: Any, where: str, implied: Mapping[str, Any] | None = None
) -> tuple[Mapping[str, Any], tuple[Mapping[str, Any], ...]]:
    """Split a label from its alternatives; an alternative is an action's name or a label of its own.

    One that is only another action leaves the other fields open, but the message's duration stays what it is.
    Raises: InputError.
    """
    if isinstance(entry, str):
        entry = {"action": entry}
    if not isinstance(entry, dict):
        raise InputError(f"{where}: a label is an object or an action, not {entry!r}")
    others = entry.get("also") or []
    others = [others] if isinstance(others, str | dict) else others
    if not isinstance(others, list):
        raise InputError(f'{where}: "also" must be a list of actions or labels')
    known = implied or {}
    if entry.get("red_flag") is True:  # beside a red flag nobody asks for a duration
        known = {key: value for key, value in known.items() if key != "time_available_min"}
    expect = {**known, **{key: value for key, value in entry.items() if key != "also"}}
    kept = {key: expect[key] for key in ("time_available_min",) if key in expect}
    also = tuple({**kept, "action": other} if isinstance(other, str) else other for other in others)
    for label in (expect, *also):
        if not isinstance(label, dict) or ("action" in label and label["action"] not in ACTIONS):
            raise InputError(f"{where}: {label!r} has no action out of {', '.join(ACTIONS)}")
    return expect, also


def implied_fields(labels: Mapping[str, list[Any]]) -> dict[str, Any]:
    """What a label that does not say so means, for the fields that the file labels anywhere."""
    used = {key for entries in labels.values() for entry in entries if isinstance(entry, dict) for key in entry}
    return {key: value for key, value in (("time_available_min", None), ("red_flag", False)) if key in used}


def matching_labels(path: Path, prompts: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """The labels of a prompt file, one for each message. Raises: InputError naming the category."""
    labels = categories(path)
    for category, messages in prompts.items():
        if category not in labels:
            raise InputError(f"{path}: the category {category!r} of the prompt file has no labels")
        if len(labels[category]) != len(messages):
            raise InputError(f"{path}: {category} has {len(labels[category])} labels for {len(messages)} messages")
    if extra := sorted(set(labels) - set(prompts)):
        raise InputError(f"{path}: labels for categories {extra} that the prompt file does not have")
    return labels


def categories(path: Path) -> dict[str, list[Any]]:
    """A file of category → list. Raises: InputError naming the file and key."""
    try:
        table = json.loads(_text(path), object_pairs_hook=lambda pairs: _unique(pairs, path))
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{path}: no JSON: {error}") from error
    if not isinstance(table, dict) or not table:
        raise InputError(f"{path}: must be an object, category → list of messages")
    for category, entries in table.items():
        if not isinstance(entries, list) or not entries:
            raise InputError(f"{path}: {category} must be a list that is not empty")
    return table


def _unique(pairs: list[tuple[str, Any]], path: Path) -> dict[str, Any]:
    for name, count in Counter(name for name, _ in pairs).items():
        if count > 1:
            raise InputError(f"{path}: the key {name!r} comes {count} times in one object; join them")
    return dict(pairs)


def labels_beside(path: Path) -> Path | None:
    """NAME.labels.json beside NAME.json, None when there is none."""
    labels = path.with_name(f"{path.stem}.labels.json")
    return labels if labels.is_file() else None


def json_lines(path: Path) -> Iterable[tuple[int, Mapping[str, Any]]]:
    """(line number, object) of each line of a JSON Lines file. Raises: InputError naming the line."""
    rows = []
    for number, line in enumerate(_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            raise InputError(f"{path}:{number}: no JSON; write one object a line") from error
        if not isinstance(row, dict):
            raise InputError(f"{path}:{number}: a row must be an object, not {type(row).__name__}")
        rows.append((number, row))
    if not rows:
        raise InputError(f"{path}: no rows in it")
    return rows


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as UTF-8 text: {error}") from error

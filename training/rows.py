"""Training rows: reading, checking and writing them, for both roles.

A row is `{"messages": [{"role", "content"}, …]}` on one line of a JSON Lines file; our own also carry a
`category`. A team's own files are read through the same checks, and every complaint says which file and line,
what is wrong and how to mend it.

InputError
└── RowsError       one or more rows of a file (or the file itself) cannot be used
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from josi.context import split_turn
from josi.schema import request_errors
from line.errors import InputError

Row = dict[str, Any]
Role = Literal["interpreter", "explainer"]

MAX_WORDS = 99  # contract.md: an Explainer answer stays under 100 words
_SURROGATE = re.compile("[\ud800-\udfff]")
SHOWN = 8  # complaints printed before "and N more"


class RowsError(InputError):
    """A training file is missing, empty or holds bad rows; `problems` lists every complaint."""

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.problems = list(problems)


def read_rows(path: Path, role: Role) -> list[Row]:
    """All rows of a JSON Lines file, checked one by one; blank lines are ignored.

    A row without a `category` gets its action (Interpreter) or "uncategorised" (Explainer).
    Raises:
        RowsError: the file cannot be read, is empty, or has bad rows (the first few are shown).
    """
    rows: list[Row] = []
    problems: list[str] = []
    for number, line in enumerate(_lines(path), start=1):
        if line.strip():
            row, found = _read_line(line, role)
            problems += [f"{path}:{number}: {problem}" for problem in found]
            rows.append(row)
    if problems:
        raise RowsError(_summary(path, problems), problems)
    if not rows:
        raise RowsError(f"{path}: no rows in it; write one JSON object a line, or run `josi data`")
    return rows


def row_errors(row: object, role: Role) -> list[str]:
    """What is wrong with one row, each complaint with its remedy; an empty list when it is fine."""
    shape = _shape_errors(row)
    if shape:
        return shape
    assert isinstance(row, dict)
    user, assistant = (_last(row["messages"], who) for who in ("user", "assistant"))
    if role == "interpreter":
        return _interpreter_errors(user, assistant)
    return _explainer_errors(assistant)


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Write rows as JSON Lines, UTF-8, key order as given, byte-identical for identical rows."""
    lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
    path.write_bytes("".join(lines).encode("utf-8"))


def make_row(messages: Sequence[Mapping[str, str]], answer: str, category: str) -> Row:
    """A row from the prompt's messages (system, user), the assistant's answer and its category."""
    turns = [dict(turn) for turn in messages]
    return {"messages": [*turns, {"role": "assistant", "content": answer}], "category": category}


def user_turn(row: Row) -> str:
    """The user turn: the message with its CONTEXT block."""
    return _last(row["messages"], "user")


def message_of(row: Row) -> str:
    """The athlete's message without the CONTEXT block."""
    return split_turn(user_turn(row))[0]


def answer_of(row: Row) -> str:
    """The assistant's turn."""
    return _last(row["messages"], "assistant")


def balance(rows: Sequence[Row]) -> dict[str, dict[str, int]]:
    """Counts by category, by action (rows that answer in JSON) and of rows with a CONTEXT block."""
    actions = Counter(_action(row) for row in rows)
    actions.pop("", None)
    with_context = sum("\n\nCONTEXT:" in user_turn(row) for row in rows)
    return {
        "category": dict(sorted(Counter(str(row.get("category", "")) for row in rows).items())),
        "action": dict(sorted(actions.items())),
        "context": {"with": with_context, "without": len(rows) - with_context},
    }


def _action(row: Row) -> str:
    answer = answer_of(row)
    return str(json.loads(answer).get("action", "")) if answer.startswith("{") else ""


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").split("\n")
    except FileNotFoundError as error:
        raise RowsError(f"{path}: no such file; run `josi data` or give --data DIR") from error
    except UnicodeDecodeError as error:
        raise RowsError(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8") from error
    except OSError as error:
        raise RowsError(f"{path}: cannot be read ({error.strerror}); check the path and its rights") from error


def _summary(path: Path, problems: Sequence[str]) -> str:
    more = len(problems) - SHOWN
    tail = [f"… and {more} more"] if more > 0 else []
    head = f"{path}: {len(problems)} problem(s) in its rows; mend them and run again"
    return "\n".join([head, *problems[:SHOWN], *tail])


def _read_line(line: str, role: Role) -> tuple[Row, list[str]]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:  # ValueError alone: a number of thousands of digits
        where = f" at column {error.colno} ({error.msg})" if isinstance(error, json.JSONDecodeError) else ""
        return {}, [f"not JSON{where}; write one whole JSON object a line"]
    problems = row_errors(row, role)
    if problems:
        return {}, problems
    if "category" not in row:
        row["category"] = _action(row) if role == "interpreter" else "uncategorised"
    return row, []


def _shape_errors(row: object) -> list[str]:
    if not isinstance(row, dict):
        return [f'a row must be an object, not {type(row).__name__}; write {{"messages": [...]}}']
    messages = row.get("messages")
    if not isinstance(messages, list) or not messages:
        return ['"messages" must be a list of turns; write system, user and assistant turns']
    problems = [
        problem for number, turn in enumerate(messages, 1) for problem in _turn_errors(turn, number)
    ] or _order_errors([turn["role"] for turn in messages])
    if not isinstance(row.get("category", ""), str):
        problems.append('"category" must be a string; name it or leave it out')
    elif _SURROGATE.search(row.get("category", "")):
        problems.append('"category" holds half of a surrogate pair; write the whole character')
    return problems


def _turn_errors(turn: object, number: int) -> list[str]:
    if not isinstance(turn, dict):
        return [f'turn {number} must be an object with "role" and "content"']
    problems = []
    if turn.get("role") not in ("system", "user", "assistant"):
        problems.append(f"turn {number} has role {turn.get('role')!r}; use system, user or assistant")
    content = turn.get("content")
    if not isinstance(content, str):
        problems.append(f'turn {number} has no text in "content"; write a string')
    elif not content.strip():
        problems.append(f"turn {number} ({turn.get('role')}) is empty; write its text or drop the row")
    elif _SURROGATE.search(content):
        problems.append(f"turn {number} holds half of a surrogate pair; write the whole character")
    return problems


def _order_errors(roles: list[str]) -> list[str]:
    spoken = roles[1:] if roles[0] == "system" else roles
    if "assistant" not in spoken:
        return ["there is no assistant turn to learn from; add it as the last turn"]
    if "user" not in spoken:
        return ["there is no user turn; add the athlete's message before the assistant's"]
    if spoken != ["user", "assistant"] * (len(spoken) // 2):
        order = ", ".join(roles)
        return [f"turns are in the order {order}; write system (optional), then user, assistant"]
    return []


def _last(messages: Sequence[Mapping[str, str]], role: str) -> str:
    return next((turn["content"] for turn in reversed(messages) if turn["role"] == role), "")


def _interpreter_errors(user: str, answer: str) -> list[str]:
    try:
        request = json.loads(answer)
    except (ValueError, RecursionError):
        return ["the assistant turn is not JSON; write the GATCRequest as one JSON object"]
    if not isinstance(request, dict):
        return ["the assistant turn must be one GATCRequest object"]
    problems = [f"GATCRequest: {problem}" for problem in request_errors(request)]
    if "\n" in answer.strip():
        problems.append("the GATCRequest must be one line; remove its line breaks")
    message = split_turn(user)[0]
    if isinstance(request.get("free_text"), str) and request["free_text"] != message:
        problems.append(
            f"free_text {request['free_text']!r} is not the message {message!r}; "
            "copy the message verbatim, without the CONTEXT block"
        )
    return problems


def _explainer_errors(answer: str) -> list[str]:
    words = len(answer.split())
    if words > MAX_WORDS:
        return [f"the answer has {words} words; shorten it to {MAX_WORDS} at most"]
    return []

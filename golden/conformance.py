"""The conformance vectors: what any implementation of the contract's rules must answer, one JSON Lines file a suite.

A row is `{"id", "input", "expected", "why"}`; `input` is the suite's line without its id, `expected` what must be in
the answer. A command under test reads the lines on stdin and answers each on stdout (docs/contract.md, line protocol).
"""

import json
import math
import shlex
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from line.errors import InputError, MissingError, StageError

FOLDER = Path(__file__).parent / "vectors"
SUITES = ("durations", "red_flags", "postprocess", "confidence", "device_tier", "prompt")
PLACE = "{suite}"  # where a command wants the suite's name, when not at its end
_KEYS = {"id", "input", "expected", "why"}


@dataclass(frozen=True)
class Vector:
    """One case: the line to send, and the fields that the answer must have, with their values."""

    id: str
    input: Mapping[str, Any]
    expected: Mapping[str, Any]
    why: str

    @property
    def line(self) -> str:
        """The line that an implementation is sent."""
        return json.dumps({"id": self.id, **self.input}, ensure_ascii=True)


@dataclass(frozen=True)
class Miss:
    """A vector that was answered otherwise; `got` is the answer, or what was wrong with it."""

    vector: Vector
    got: Any


def load(suite: str, folder: Path = FOLDER) -> list[Vector]:
    """The vectors of one suite.

    Raises:
        InputError: no such suite, or a row that is no vector; file and row are named.
    """
    path = folder / f"{suite}.jsonl"
    if suite not in SUITES or not path.is_file():
        raise InputError(f"There are no vectors for {suite!r}; there are: {', '.join(SUITES)}.")
    rows = [_row(path, number, line) for number, line in enumerate(path.read_text("utf-8").splitlines(), 1) if line]
    if twice := sorted(name for name, times in Counter(row.id for row in rows).items() if times > 1):
        raise InputError(f"{path}: the id {twice[0]!r} comes twice; give each vector its own")
    return rows


def misses(vectors: Sequence[Vector], answers: Sequence[str]) -> Iterator[Miss]:
    """Where answers, one line a vector in the same order, differ from what is expected."""
    for at, vector in enumerate(vectors):
        got = _parsed(answers[at]) if at < len(answers) else "no line"
        if not isinstance(got, dict) or got.get("id") != vector.id:
            yield Miss(vector, got)
        elif any(name not in got or not same(got[name], value) for name, value in vector.expected.items()):
            yield Miss(vector, {name: value for name, value in got.items() if name != "id"})


def same(a: Any, b: Any) -> bool:
    """Equality of JSON values: order of members does not count, 1 and 1.0 are one number, true is none."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, int | float) and isinstance(b, int | float):
        return a == b or math.isclose(a, b, rel_tol=1e-9)
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(value, b[name]) for name, value in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


def ask(command: str, suite: str, vectors: Sequence[Vector], timeout_s: float = 600) -> list[str]:
    """What a command answers to the vectors of a suite, line by line.

    The suite's name stands in for `{suite}` in the command, else it is its last argument. The exit code is the
    implementation's own business: it tells of rows that are errors.

    Raises:
        MissingError: there is no such program. InputError: the command is empty or unbalanced.
        StageError: it takes longer than `timeout_s`, or ends without a line; its stderr is quoted.
    """
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise InputError(f"--command {command!r}: {error}") from error
    if not words:
        raise InputError("--command is empty: give the program to hold to the vectors.")
    words = [word.replace(PLACE, suite) for word in words] if PLACE in command else [*words, suite]
    sent = "".join(f"{vector.line}\n" for vector in vectors).encode()
    try:
        ran = subprocess.run(words, input=sent, capture_output=True, timeout=timeout_s, check=False)
    except (FileNotFoundError, PermissionError, NotADirectoryError) as error:
        raise MissingError(f"--command: {words[0]!r} cannot be started: {error.strerror}.") from error
    except subprocess.TimeoutExpired as error:
        raise StageError(f"{command!r} took over {timeout_s:.0f} s for {suite}; raise --timeout.") from error
    answers = ran.stdout.decode("utf-8", "replace").splitlines()
    if not answers and vectors:
        told = ran.stderr.decode("utf-8", "replace").strip()[-500:]
        raise StageError(f"{command!r} answered nothing for {suite} (exit code {ran.returncode}): {told}")
    return answers


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return line[:200]


def _row(path: Path, number: int, line: str) -> Vector:
    row = _parsed(line)
    shape = isinstance(row, dict) and set(row) == _KEYS
    if not shape or not all(isinstance(row[k], str) for k in ("id", "why")):
        raise InputError(f"{path}:{number}: a vector is {{id, input, expected, why}} and nothing else")
    if not isinstance(row["input"], dict) or not isinstance(row["expected"], dict) or not row["expected"]:
        raise InputError(f"{path}:{number}: input and expected must be objects, expected not empty")
    return Vector(**row)

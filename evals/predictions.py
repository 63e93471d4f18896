"""What a model wrote, and what the judge made of it: one JSON line a sample.

`Prediction` is the engine's answer to one case; `Sample` is the judged case, complete enough to be read on
its own, compared with another run and listed when it flips.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from line.errors import InputError

SAMPLES_FILE = "samples.jsonl"


@dataclass(frozen=True)
class Prediction:
    """One completion; `stop` is "eos", "length" or "crashed"; `certainty`: see `evals.certainty`."""

    id: str
    raw: str
    stop: str = "eos"
    prompt_tokens: int = 0
    new_tokens: int = 0
    certainty: float | None = None


@dataclass(frozen=True)
class Sample:
    """One judged case.

    `final` is what the app would act on: the request as an object (None when the model's JSON was not
    usable) or the governed text. `problems` holds the failures by layer, [] for a layer that passed.
    `outcomes` holds what pass rates are counted from (rule name → passed; only where it applies), `scores`
    what means are taken from.
    """

    id: str
    role: str
    category: str
    message: str
    context: str
    raw: str
    final: Any
    stop: str
    expect: Mapping[str, Any] = field(default_factory=dict)
    problems: Mapping[str, list[str]] = field(default_factory=dict)
    outcomes: Mapping[str, bool] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)
    certainty: float | None = None

    @property
    def passed(self) -> bool:
        """Whether no layer found a problem."""
        return not any(self.problems.values())


_Row = TypeVar("_Row", Prediction, Sample)


def write_predictions(path: Path, predictions: Iterable[Prediction]) -> None:
    """Write the log anew; it appears complete or not at all."""
    _write(path, predictions)


def read_predictions(path: Path) -> list[Prediction]:
    """Raises: InputError naming the file and line of a row that is no prediction."""
    return list(_read(path, Prediction))


def write_samples(path: Path, samples: Iterable[Sample]) -> None:
    """Write the log of judged samples anew; it appears complete or not at all."""
    _write(path, samples)


def read_samples(path: Path) -> list[Sample]:
    """Raises: InputError naming the file and line of a row that is no judged sample."""
    return list(_read(path, Sample))


def by_id(rows: Sequence[_Row], source: str) -> dict[str, _Row]:
    """Index rows by id. Raises: InputError when an id comes twice: pairs would be ambiguous."""
    return _indexed(((row.id, row) for row in rows), source)


def by_role_and_id(samples: Sequence[Sample], source: str) -> dict[str, Sample]:
    """Index the samples of a whole run, in which each role has ids of its own. Raises: InputError as `by_id`."""
    return _indexed(((f"{sample.role} {sample.id}", sample) for sample in samples), source)


def _indexed(pairs: Iterable[tuple[str, _Row]], source: str) -> dict[str, _Row]:
    index: dict[str, _Row] = {}
    for key, row in pairs:
        if key in index:
            raise InputError(f"{source}: the id {row.id!r} comes twice; give each sample its own")
        index[key] = row
    return index


def _write(path: Path, rows: Iterable[Prediction | Sample]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with partial.open("w", encoding="utf-8") as file:
            # ASCII escapes: a model or an athlete may write lone surrogates, which UTF-8 cannot hold.
            file.writelines(json.dumps(asdict(row)) + "\n" for row in rows)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _read(path: Path, kind: type[_Row]) -> Iterator[_Row]:
    names = {entry.name for entry in fields(kind)}
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}; run the evaluation again") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(f"{path}:{number}: no JSON ({error.msg}); run the evaluation again") from error
        if not isinstance(row, dict) or not {"id", "raw"} <= set(row) <= names:
            raise InputError(f"{path}:{number}: no {kind.__name__.lower()} row; run the evaluation again")
        try:
            yield kind(**row)
        except TypeError as error:
            raise InputError(f"{path}:{number}: {error}; run the evaluation again") from error

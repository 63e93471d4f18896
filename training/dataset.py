"""The data stage: training and validation rows of both roles as one artifact, ours or the team's own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from josi.prompts import SYSTEM_EXPLAINER, SYSTEM_INTERPRETER
from line import digest
from line.paths import REPO
from line.store import Artifact, Recipe, Store
from training.diversity import diversity
from training.errors import DataError
from training.recipes import ROLES
from training.rows import Row, balance, message_of, read_rows, write_rows
from training.synth import explainer, interpreter
from training.synth.dedupe import Index

PLAN_SIZES = {
    "interpreter": (1450, 290),
    "explainer": (1120, 240),
}  # the plan's "Ready" rows, and our validation
WORDS = Path(__file__).parent / "synth" / "words"
SCHEMAS = REPO / "josi" / "schemas"
RULES = REPO / "josi" / "data"  # word lists of the contract layer, which labels are checked with
SYSTEM = {"interpreter": SYSTEM_INTERPRETER, "explainer": SYSTEM_EXPLAINER}
_GENERATE = {"interpreter": interpreter.generate, "explainer": explainer.generate}
HELD_OUT_EVERY = 10  # of a team's file without a validation file, every tenth row is held out


@dataclass(frozen=True)
class Split:
    """Rows of one role."""

    train: list[Row]
    val: list[Row]


def data_artifact(
    store: Store,
    sizes: Mapping[str, tuple[int, int]],
    seed: int,
    held_out: Sequence[str] = (),
    draws: Mapping[str, int] | None = None,
) -> Artifact:
    """Generated rows: `train_ROLE.jsonl`, `val_ROLE.jsonl` and `report.json` for both roles.

    sizes: role -> (training rows, validation rows); held_out: messages of evaluation sets, which no training row
    may come near; draws: role -> number of the draw of training rows, 0 when left out, while validation rows depend on
    the seed alone. The same arguments give the same bytes everywhere.
    """
    recipe = Recipe(
        "data",
        {"words": digest.of_tree(WORDS), "rules": digest.of_tree(RULES), "held_out": digest.of_json(list(held_out))},
        {"seed": seed, "sizes": {role: list(sizes[role]) for role in ROLES}, "draws": dict(draws or {})},
        ("training.synth.interpreter", "training.synth.explainer", "training.diversity"),
    )

    def build(out: Path) -> None:
        for role in ROLES:
            _write(out, role, Split(*_GENERATE[role](seed, *sizes[role], held_out, (draws or {}).get(role, 0))))
        _report(out)

    return store.make(recipe, build)


def own_data_artifact(store: Store, folder: Path) -> Artifact:
    """The team's own files, checked row by row and copied; a missing validation file is split off.

    Raises:
        RowsError: bad rows, each named with file and line.
        DataError: the folder has no training file.
    """
    found = [role for role in ROLES if (folder / f"train_{role}.jsonl").is_file()]
    if len(found) < len(ROLES):
        missing = ", ".join(f"train_{role}.jsonl" for role in ROLES if role not in found)
        raise DataError(f"{folder} lacks {missing}. `josi data --out {folder}` writes files to start from.")
    names = [f"{part}_{role}.jsonl" for role in ROLES for part in ("train", "val")]
    inputs = {name: digest.of_file(folder / name) for name in names if (folder / name).is_file()}
    inputs |= {"rules": digest.of_tree(RULES), "schemas": digest.of_tree(SCHEMAS)}
    recipe = Recipe("data", inputs, {"own": True}, (__name__,))

    def build(out: Path) -> None:
        for role in ROLES:
            _write(out, role, own_rows(folder, role))
        _report(out)

    return store.make(recipe, build)


def own_rows(folder: Path, role: str) -> Split:
    """One role's rows out of the team's folder."""
    train = _prompted(read_rows(folder / f"train_{role}.jsonl", role), role)  # type: ignore[arg-type]
    val = folder / f"val_{role}.jsonl"
    if val.is_file():
        return Split(train, _prompted(read_rows(val, role), role))  # type: ignore[arg-type]
    held = train[::HELD_OUT_EVERY]
    rest = [row for row in train if row not in held]
    if not rest:
        raise DataError(
            f"{folder}: train_{role}.jsonl has too few different rows to hold out any; give val_{role}.jsonl."
        )
    return Split(rest, held)


def _prompted(rows: list[Row], role: str) -> list[Row]:
    """The rows under the system line that phone and evaluation send, whatever the file has: a model is asked as it
    was taught.
    """
    system = {"role": "system", "content": SYSTEM[role]}
    return [{**row, "messages": [system, *(m for m in row["messages"] if m["role"] != "system")]} for row in rows]


def read_split(data: Path, role: str) -> Split:
    """One role's rows out of a data artifact."""
    paths = [data / f"{part}_{role}.jsonl" for part in ("train", "val")]
    return Split(*(_load(path) for path in paths))


def leaks_of(store: Store, data: Artifact, held_out: Sequence[str]) -> list[str]:
    """`leaks` of both roles' training rows; comparing them all takes seconds, so it is done once a data set."""
    recipe = Recipe("leaks", {"data": data.digest, "held_out": digest.of_json(list(held_out))}, {}, (__name__,))

    def build(out: Path) -> None:
        found = [message for role in ROLES for message in leaks(read_split(data.path, role).train, held_out)]
        (out / "leaks.json").write_text(json.dumps(found), encoding="utf-8")

    found: list[str] = json.loads(store.make(recipe, build).file("leaks.json").read_text(encoding="utf-8"))
    return found


def leaks(rows: Sequence[Row], held_out: Sequence[str]) -> list[str]:
    """Training messages that stand, or nearly stand, among held-out messages (see `synth.dedupe` for "nearly")."""
    index = Index(held_out)
    return [message for message in map(message_of, rows) if index.has_near(message)]


def _write(out: Path, role: str, split: Split) -> None:
    write_rows(out / f"train_{role}.jsonl", split.train)
    write_rows(out / f"val_{role}.jsonl", split.val)


def _report(out: Path) -> None:
    report = {}
    for role in ROLES:
        split = read_split(out, role)
        report[role] = {
            "train": {"rows": len(split.train), **balance(split.train)},
            "val": {"rows": len(split.val), **balance(split.val)},
            "diversity": diversity([message_of(row) for row in split.train]),
            "near_duplicates_across_splits": len(leaks(split.train, [message_of(row) for row in split.val])),
        }
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def _load(path: Path) -> list[Row]:
    # Written by us from checked rows, so it is only parsed here.
    # Not splitlines(): a text may hold U+2028 and its like, which JSON does not escape.
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]

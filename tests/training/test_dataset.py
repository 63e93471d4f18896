"""The data stage: the team's own rows in place of ours, and what one changed row makes anew."""

import json
from pathlib import Path

import pytest

from line.store import Artifact, Store
from training.catalogue import BaseModel
from training.checkpoints import training_recipe
from training.dataset import HELD_OUT_EVERY, SYSTEM, data_artifact, leaks, own_data_artifact, read_split
from training.errors import DataError
from training.recipes import ROLES, load_recipe
from training.rows import Row, RowsError, make_row, message_of, write_rows

BASE = Artifact(Path("nowhere"), "base", {}, True)
SIZES = {"interpreter": (60, 20), "explainer": (40, 20)}


def _interpreter(n: int) -> Row:
    message = f"an easy run of {10 + n} min"
    request = {"action": "create_workout", "free_text": message, "sport": "run", "time_available_min": 10 + n}
    turns = [{"role": "system", "content": "s"}, {"role": "user", "content": message}]
    return make_row(turns, json.dumps(request), "create_workout")


def _explainer(n: int) -> Row:
    turns = [{"role": "system", "content": "s"}, {"role": "user", "content": f"why {n} minutes?"}]
    return make_row(turns, f"Because {n} minutes keep you fresh.", "session")


def _team(folder: Path, *, val: bool = True) -> Path:
    folder.mkdir()
    for role, make in (("interpreter", _interpreter), ("explainer", _explainer)):
        write_rows(folder / f"train_{role}.jsonl", [make(n) for n in range(40)])
        if val:
            write_rows(folder / f"val_{role}.jsonl", [make(n) for n in range(50, 55)])
    return folder


def _digests(store: Store, folder: Path, model: BaseModel) -> dict[str, str]:
    data = own_data_artifact(store, folder)
    return {role: training_recipe(data, BASE, model, load_recipe(role)).digest() for role in ROLES}


def test_generated_rows_are_the_same_bytes_again(tmp_path: Path) -> None:
    first, again = (data_artifact(Store(tmp_path / name), SIZES, 5) for name in "ab")
    for name in ("train_interpreter", "val_interpreter", "train_explainer", "val_explainer"):
        assert first.file(f"{name}.jsonl").read_bytes() == again.file(f"{name}.jsonl").read_bytes()
    report = json.loads(first.file("report.json").read_text())
    for role, (train, val) in SIZES.items():
        assert (report[role]["train"]["rows"], report[role]["val"]["rows"]) == (train, val)
        assert report[role]["near_duplicates_across_splits"] == 0


def test_the_seed_and_the_held_out_messages_decide_the_rows(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first = data_artifact(store, SIZES, 5)
    held = [message_of(row) for row in read_split(first.path, "interpreter").train[:5]]
    apart = data_artifact(store, SIZES, 5, held)
    assert len({first.digest, apart.digest, data_artifact(store, SIZES, 6).digest}) == 3
    assert leaks(read_split(first.path, "interpreter").train, held) != []
    assert leaks(read_split(apart.path, "interpreter").train, held) == []


def test_the_teams_own_files_are_taken_under_our_system_line(tmp_path: Path) -> None:
    made = own_data_artifact(Store(tmp_path / "store"), _team(tmp_path / "team"))
    for role, part, rows in (
        ("interpreter", "train", [_interpreter(n) for n in range(40)]),
        ("explainer", "val", [_explainer(n) for n in range(50, 55)]),
    ):
        found = getattr(read_split(made.path, role), part)
        assert [row["messages"][1:] for row in found] == [row["messages"][1:] for row in rows]
        assert {row["messages"][0]["content"] for row in found} == {SYSTEM[role]}


def test_odd_line_separators_inside_a_text_are_no_line_ends(tmp_path: Path) -> None:
    team = _team(tmp_path / "team")
    row = _explainer(1)
    row["messages"][-1]["content"] = "Rest well.\u2028Enjoy.\x85"
    write_rows(team / "train_explainer.jsonl", [row, *(_explainer(n) for n in range(2, 30))])
    made = own_data_artifact(Store(tmp_path / "store"), team)
    assert read_split(made.path, "explainer").train[0]["messages"][-1]["content"] == "Rest well.\u2028Enjoy.\x85"


def test_copies_of_one_row_cannot_be_split(tmp_path: Path) -> None:
    team = _team(tmp_path / "team", val=False)
    write_rows(team / "train_explainer.jsonl", [_explainer(1)] * 5)
    with pytest.raises(DataError, match=r"too few different rows"):
        own_data_artifact(Store(tmp_path / "store"), team)


def test_a_missing_validation_file_is_split_off(tmp_path: Path) -> None:
    made = own_data_artifact(Store(tmp_path / "store"), _team(tmp_path / "team", val=False))
    for role in ROLES:
        split = read_split(made.path, role)
        assert (len(split.train), len(split.val)) == (40 - 40 // HELD_OUT_EVERY, 40 // HELD_OUT_EVERY)
        assert not {message_of(row) for row in split.train} & {message_of(row) for row in split.val}


@pytest.mark.parametrize(("number", "bad"), [(7, '{"messages": ['), (1, '{"messages": []}'), (40, "[]")])
def test_a_malformed_row_names_file_and_line_and_leaves_nothing(tmp_path: Path, number: int, bad: str) -> None:
    team = _team(tmp_path / "team")
    path = team / "train_explainer.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[number - 1] = bad
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(RowsError, match=rf"train_explainer\.jsonl:{number}: "):
        own_data_artifact(Store(tmp_path / "store"), team)
    assert list((tmp_path / "store").rglob("*.jsonl")) == []


def test_a_folder_without_rows_says_what_is_missing(tmp_path: Path) -> None:
    team = _team(tmp_path / "team")
    (team / "train_explainer.jsonl").unlink()
    with pytest.raises(DataError, match=r"lacks train_explainer\.jsonl.*josi data"):
        own_data_artifact(Store(tmp_path / "store"), team)
    with pytest.raises(DataError, match=r"train_interpreter\.jsonl, train_explainer\.jsonl"):
        own_data_artifact(Store(tmp_path / "store"), tmp_path / "nowhere")


@pytest.mark.parametrize("part", ["train", "val"])
@pytest.mark.parametrize("role", ROLES)
def test_one_changed_row_makes_anew_exactly_what_learns_from_it(
    tmp_path: Path, tiny_entry: BaseModel, role: str, part: str
) -> None:
    store, team = Store(tmp_path / "store"), _team(tmp_path / "team")
    before = _digests(store, team, tiny_entry)
    path = team / f"{part}_{role}.jsonl"
    make = _interpreter if role == "interpreter" else _explainer
    write_rows(path, [make(99), *map(json.loads, path.read_text(encoding="utf-8").splitlines()[1:])])
    after = _digests(store, team, tiny_entry)
    assert [name for name in ROLES if before[name] != after[name]] == [role]


def test_a_category_or_another_layout_retrains_nothing(tmp_path: Path, tiny_entry: BaseModel) -> None:
    store, team = Store(tmp_path / "store"), _team(tmp_path / "team")
    before = _digests(store, team, tiny_entry)
    path = team / "train_interpreter.jsonl"
    rows = [{**json.loads(line), "category": "x"} for line in path.read_text(encoding="utf-8").splitlines()]
    path.write_text("".join(json.dumps(row, indent=None) + "\n\n" for row in rows), encoding="utf-8")
    assert _digests(store, team, tiny_entry) == before

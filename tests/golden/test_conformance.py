"""The golden vectors, and the check that holds any implementation to them."""

import json
import sys
from pathlib import Path

import pytest

from golden.conformance import FOLDER, SUITES, Vector, ask, load, misses, same
from josi.protocol import PURE_SUITES, serve
from line.errors import InputError, MissingError, StageError

ECHO = "import sys, json\nfor line in sys.stdin:\n    row = json.loads(line)\n    "


def program(tmp_path: Path, body: str) -> str:
    file = tmp_path / "port.py"
    file.write_text(ECHO + body)
    return f"{sys.executable} {file}"


VECTORS = [Vector(f"durations-{n}", {"text": f"{n} min"}, {"minutes": n}, "digits") for n in (20, 30)]


@pytest.mark.parametrize("suite", SUITES)
def test_each_suite_has_a_hundred_vectors(suite: str) -> None:
    assert len(load(suite)) >= 100


@pytest.mark.parametrize("suite", [suite for suite in SUITES if suite in PURE_SUITES])
def test_the_reference_answers_every_vector(suite: str) -> None:
    import io

    out = io.StringIO()
    wanted = load(suite)
    serve([vector.line for vector in wanted], PURE_SUITES[suite], out)
    assert [(miss.vector.id, miss.got) for miss in misses(wanted, out.getvalue().splitlines())] == []


def test_a_port_that_agrees_has_no_misses(tmp_path: Path) -> None:
    command = program(tmp_path, "print(json.dumps({'minutes': float(row['text'].split()[0]), 'id': row['id']}))")
    assert list(misses(VECTORS, ask(command, "durations", VECTORS))) == []


@pytest.mark.parametrize(
    "body",
    [
        "print(json.dumps({'id': row['id'], 'minutes': 99}))",
        "print(json.dumps({'id': row['id'], 'minutes': True}))",
        "print(json.dumps({'id': row['id']}))",
        "print(json.dumps({'id': 'x', 'minutes': 20}))",
        "print('nonsense')",
        "print('[]')",
    ],
)
def test_a_port_that_differs_is_found(tmp_path: Path, body: str) -> None:
    assert len(list(misses(VECTORS, ask(program(tmp_path, body), "durations", VECTORS)))) == 2


def test_a_port_that_stops_early_misses_the_rest(tmp_path: Path) -> None:
    command = program(tmp_path, "print(json.dumps({'id': row['id'], 'minutes': 20})); break")
    assert [miss.got for miss in misses(VECTORS, ask(command, "durations", VECTORS))] == ["no line"]


def test_the_suite_stands_where_the_command_wants_it(tmp_path: Path) -> None:
    file = tmp_path / "args.py"
    file.write_text("import sys, json; print(json.dumps(sys.argv[1:]))")
    run = f"{sys.executable} {file}"
    assert json.loads(ask(run, "durations", VECTORS)[0]) == ["durations"]
    assert json.loads(ask(f"{run} --suite={{suite}} -v", "durations", VECTORS)[0]) == ["--suite=durations", "-v"]


@pytest.mark.parametrize(
    ("command", "error", "said"),
    [
        ("/nowhere/port", MissingError, "cannot be started"),
        ("", InputError, "empty"),
        ("'", InputError, "quotation"),
        (f"{sys.executable} -c 'import sys; sys.exit(\"broke\")'", StageError, "broke"),
    ],
)
def test_what_cannot_run_says_so(command: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        ask(command, "durations", VECTORS)


def test_a_port_that_hangs_is_stopped() -> None:
    with pytest.raises(StageError, match="over 1 s"):
        ask(f"{sys.executable} -c 'import time; time.sleep(30)'", "durations", VECTORS, timeout_s=1)


@pytest.mark.parametrize(
    "row",
    [
        "nope",
        "[]",
        '{"id": "a", "input": {}, "expected": {"minutes": 1}}',
        '{"id": "a", "input": {}, "expected": {}, "why": "x"}',
        '{"id": 1, "input": {}, "expected": {"minutes": 1}, "why": "x"}',
    ],
)
def test_a_bad_row_names_file_and_line(tmp_path: Path, row: str) -> None:
    (tmp_path / "durations.jsonl").write_text(row + "\n")
    with pytest.raises(InputError, match=r"durations\.jsonl:1"):
        load("durations", tmp_path)


def test_an_id_comes_once(tmp_path: Path) -> None:
    row = (FOLDER / "durations.jsonl").read_text().splitlines()[0]
    (tmp_path / "durations.jsonl").write_text(f"{row}\n{row}\n")
    with pytest.raises(InputError, match="twice"):
        load("durations", tmp_path)


def test_json_values_compare_as_json() -> None:
    assert same({"a": [1, None]}, {"a": [1.0, None]}) and not same(1, True) and not same([1], [1, 2])
    assert not same({"a": 1}, {"a": 1, "b": None}) and not same(None, 0) and not same("1", 1)

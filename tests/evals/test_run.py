"""A run of the evaluation: every answer is logged as it ends, so that a killed one goes on with what is missing."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evals.run import PREDICTIONS, STATS, Decoding, RoleModel, predict, prediction_recipe, read_predictions
from evals.samples import EvalCase
from line.errors import InputError, MissingError
from line.paths import REPO
from line.store import Store

CASES = [EvalCase(f"c{n}", "interpreter", "x", f"a run of {n} min, {'easy ' * (n % 7)}please") for n in range(40)]
GRAMMAR = 'root ::= "{\\"action\\":\\"" ("explain" | "replan") "\\"}"'
# Arguments: store, model, cases. Prints each answer's id as it is logged.
RUN = """
import sys
from pathlib import Path
from evals.run import RoleModel, predict
from evals.samples import EvalCase
from line.store import Store

if __name__ == "__main__":
    cases = [EvalCase(f"c{n}", "interpreter", "x", f"a run of {n} min, {'easy ' * (n % 7)}please") for n in range(40)]
    model = RoleModel("interpreter", Path(sys.argv[2]), max_tokens=48)
    predict(Store(Path(sys.argv[1])), model, cases, lambda done, total: print(done, flush=True))
"""


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0})


def _lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_each_case_is_answered_once_and_never_again(tiny_gguf: Path, tmp_path: Path) -> None:
    model = RoleModel("interpreter", tiny_gguf, grammar=GRAMMAR, max_tokens=24)
    seen: list[tuple[int, int]] = []
    made = predict(Store(tmp_path), model, CASES, lambda done, total: seen.append((done, total)))
    found = read_predictions(made)
    assert sorted(p.id for p in found) == sorted(case.id for case in CASES)
    assert {json.loads(p.raw)["action"] for p in found} <= {"explain", "replan"}
    assert seen == [(n, len(CASES)) for n in range(1, len(CASES) + 1)]
    stats = json.loads(made.file(STATS).read_text())
    assert stats["prompts"] == len(CASES) and stats["tokens_per_s"] > 0
    assert predict(Store(tmp_path), model, CASES).reused


def test_whatever_decides_an_answer_is_in_the_recipe(
    tiny_gguf: Path, tiny_adapters: tuple[Path, Path], tmp_path: Path
) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(tiny_gguf.read_bytes() + b"\0")
    plain = RoleModel("interpreter", tiny_gguf)
    recipes = [
        prediction_recipe(model, cases)
        for model, cases in (
            (plain, CASES),
            (RoleModel("interpreter", other), CASES),
            (RoleModel("interpreter", tiny_gguf, tiny_adapters[0]), CASES),
            (RoleModel("interpreter", tiny_gguf, grammar=GRAMMAR), CASES),
            (RoleModel("interpreter", tiny_gguf, max_tokens=7), CASES),
            (RoleModel("interpreter", tiny_gguf, decoding=Decoding(parallel=3)), CASES),
            (RoleModel("interpreter", tiny_gguf, decoding=Decoding(temperature=0.45)), CASES),
            (RoleModel("interpreter", tiny_gguf, decoding=Decoding(seed=1)), CASES),
            (RoleModel("interpreter", tiny_gguf, decoding=Decoding(library=tiny_adapters[0].parent)), CASES),
            (plain, CASES[:-1]),
        )
    ]
    assert len({recipe.digest() for recipe in recipes}) == len(recipes)


def test_a_killed_run_goes_on_with_what_is_missing(tiny_gguf: Path, tmp_path: Path) -> None:
    script = tmp_path / "run.py"
    script.write_text(RUN, encoding="utf-8")
    command = [sys.executable, str(script), str(tmp_path / "store"), str(tiny_gguf)]
    environment = {**os.environ, "PYTHONPATH": str(REPO)}
    run = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert run.stdout is not None and run.stdout.readline().strip() == "1"
    run.send_signal(signal.SIGKILL)
    run.wait()
    (log,) = (tmp_path / "store").glob(f"predictions/*.partial/{PREDICTIONS}")
    time.sleep(0.2)
    before = _lines(log)
    with log.open("a", encoding="utf-8") as file:
        file.write('{"id": "c39", "text": "half a li')  # a line that the kill cut short

    model = RoleModel("interpreter", tiny_gguf, max_tokens=48)
    made = predict(Store(tmp_path / "store"), model, CASES)
    after = _lines(made.file(PREDICTIONS))
    assert 1 <= len(before) < len(CASES) and after[: len(before)] == before
    assert sorted(str(row["id"]) for row in after) == sorted(case.id for case in CASES)
    assert json.loads(made.file(STATS).read_text())["prompts"] == len(CASES) - len(before)


def test_a_run_that_cannot_start_leaves_no_artifact(tiny_gguf: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with pytest.raises(MissingError, match=r"none\.gguf"):
        predict(store, RoleModel("interpreter", tmp_path / "none.gguf"), CASES)
    with pytest.raises(InputError, match="grammar does not parse"):
        predict(store, RoleModel("interpreter", tiny_gguf, grammar="root ::= nothing"), CASES)
    assert list((tmp_path / "store").rglob("provenance.json")) == []

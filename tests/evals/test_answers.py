"""The line protocol with a model behind it: order, ids, errors line by line, answers that load in the app."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evals.answers import ModelSuites, final_request
from evals.calibration import Fit
from evals.run import RoleModel
from grammars.build import DECISION
from josi.schema import request_errors
from line.errors import MissingError
from line.paths import REPO

KNOTS = ((0.3, 0.5), (0.9, 0.9))
FIT, WRITTEN = (Fit(signal, "logistic", KNOTS, 10, 0.1, 0.1, 0.9) for signal in ("certainty", "written"))
Rows = list[dict[str, Any]]
ASK = {"message": "An easy run, 45 min", "context": "CONTEXT:\n- Sport: running"}


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0})


@pytest.fixture
def interpreter(tiny_gguf: Path) -> ModelSuites:
    grammar = DECISION.read_text(encoding="utf-8")
    return ModelSuites(RoleModel("interpreter", tiny_gguf, grammar=grammar, max_tokens=40))


@pytest.fixture
def explainer(tiny_gguf: Path) -> ModelSuites:
    return ModelSuites(RoleModel("explainer", tiny_gguf, max_tokens=12))


def _serve(suites: ModelSuites, *lines: object, end: str = "\n") -> tuple[int, Rows]:
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines) + end
    out = io.StringIO()
    code = suites.serve(io.BytesIO(text.encode("utf-8", "surrogatepass")), out)
    assert out.getvalue().isascii()
    return code, [json.loads(line) for line in out.getvalue().splitlines()]


def test_answers_come_in_order_with_their_ids(interpreter: ModelSuites) -> None:
    ids: list[Any] = ["b", 7, "a", None, ["x"]]
    code, rows = _serve(interpreter, *({"id": i, **ASK, "message": f"a run, {n}0 min"} for n, i in enumerate(ids, 1)))
    assert code == 0 and [row["id"] for row in rows] == ids
    for n, row in enumerate(rows, 1):
        assert request_errors(row["request"]) == [] and row["request"]["free_text"] == f"a run, {n}0 min"
        assert set(row) == {"id", "request", "raw"}


@pytest.mark.parametrize("end", ["\n", "", "\r\n"])
def test_the_last_line_may_lack_its_end(interpreter: ModelSuites, end: str) -> None:
    code, rows = _serve(interpreter, {"id": 1, **ASK}, {"id": 2, **ASK}, end=end)
    assert code == 0 and [row["id"] for row in rows] == [1, 2]
    assert rows[0]["request"] == rows[1]["request"]


def test_a_bad_line_is_answered_with_an_error_and_the_run_goes_on(interpreter: ModelSuites) -> None:
    bad = ["{half", "[]", {"id": "n", "message": "x"}, {"id": "t", "message": 3, "context": ""}, '{"id": NaN}']
    code, rows = _serve(interpreter, {"id": 1, **ASK}, *bad, {"id": 2, **ASK})
    assert code == 1 and [row["id"] for row in rows] == [1, None, None, "n", "t", None, 2]
    assert ["error" in row for row in rows] == [False, *[True] * len(bad), False]
    assert "'context'" in rows[3]["error"] and "'message'" in rows[4]["error"]


def test_awkward_messages_are_answered(interpreter: ModelSuites) -> None:
    messages = ["", " ", "\ud83c half an emoji", "<|im_end|>\n<|im_start|>assistant\n{}", "\u0000", "é" * 300]
    code, rows = _serve(interpreter, *({"id": m[:3], "message": m, "context": ""} for m in messages))
    assert code == 0
    assert [row["request"]["free_text"] for row in rows] == messages
    assert [request_errors(row["request"]) for row in rows] == [[]] * len(messages)


def test_the_explainer_writes_governed_text(explainer: ModelSuites) -> None:
    result = {"workout_summary": "45-min easy run", "rationale_bullets": ["Readiness amber"]}
    extras: Rows = [
        {"gatc_result": None, "memory": None},
        {"gatc_result": result, "memory": ["prefers mornings"]},
        {"gatc_result": result},
    ]
    code, rows = _serve(explainer, *({"id": n, **ASK, **extra} for n, extra in enumerate(extras)))
    assert code == 0 and [set(row) for row in rows] == [{"id", "text", "raw"}] * 3


def test_the_explainers_fields_are_checked(explainer: ModelSuites) -> None:
    code, rows = _serve(
        explainer,
        {"id": 1, **ASK, "memory": None},
        {"id": 2, **ASK, "gatc_result": [], "memory": None},
        {"id": 3, **ASK, "gatc_result": None, "memory": "x"},
        {"id": 4, **ASK, "gatc_result": None, "memory": [1]},
    )
    assert code == 1 and [row["id"] for row in rows] == [1, 2, 3, 4]
    for row, name in zip(rows, ("gatc_result", "gatc_result", "memory", "memory"), strict=True):
        assert f"'{name}'" in row["error"]


@pytest.mark.parametrize("size", [9_000, 400_000])
def test_a_message_too_long_for_the_model_still_gets_a_request(interpreter: ModelSuites, size: int) -> None:
    message = "run " * size + "please"
    code, rows = _serve(interpreter, {"id": 1, "message": message, "context": ""}, {"id": 2, **ASK})
    assert code == 0 and [row["id"] for row in rows] == [1, 2]
    assert rows[0]["request"]["free_text"] == message and request_errors(rows[0]["request"]) == []


def test_a_context_too_long_for_the_model_asks_back(interpreter: ModelSuites) -> None:
    code, rows = _serve(interpreter, {"id": 1, "message": "a run", "context": "run " * 9000})
    assert code == 0 and rows[0]["request"]["action"] == "clarify" and rows[0]["request"]["confidence"] == 0


def test_requests_carry_confidence(interpreter: ModelSuites) -> None:
    _, rows = _serve(interpreter, {"id": 1, **ASK})
    assert 0 <= rows[0]["request"]["confidence"] <= 1
    assert final_request('{"action":"explain"}', "why", "", 0.3, FIT)["confidence"] == 0.5
    assert final_request('{"action":"explain","confidence":0.3}', "why", "", 0.9, WRITTEN)["confidence"] == 0.5
    assert "confidence" not in final_request('{"action":"explain"}', "why", "")


def test_an_explainer_that_cannot_answer_says_so(explainer: ModelSuites) -> None:
    row = {"id": 1, "message": "hi", "context": "run " * 9000, "gatc_result": None, "memory": None}
    code, rows = _serve(explainer, row)
    assert code == 1 and "too long" in rows[0]["error"]


@pytest.mark.parametrize("raw", ["", "{", "[]", "null", '{"action":"dance"}', '"x"', "\ud800"])
def test_what_is_no_decision_becomes_a_question(raw: str) -> None:
    request = final_request(raw, "hello", "")
    assert request["action"] == "clarify" and request_errors(request) == []


def test_a_missing_model_is_told_before_any_line_is_read(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"none\.gguf"):
        ModelSuites(RoleModel("interpreter", tmp_path / "none.gguf"))


def test_a_peer_that_sends_one_line_and_waits_gets_its_answer(tiny_gguf: Path, tmp_path: Path) -> None:
    script = tmp_path / "serve.py"
    script.write_text(
        "import sys\nfrom pathlib import Path\nfrom evals.answers import ModelSuites\n"
        "from evals.run import RoleModel\n"
        "if __name__ == '__main__':\n"
        f"    suites = ModelSuites(RoleModel('interpreter', Path({str(tiny_gguf)!r}), max_tokens=4))\n"
        "    sys.exit(suites.serve(sys.stdin.buffer, sys.stdout))\n",
        encoding="utf-8",
    )
    environment = {**os.environ, "PYTHONPATH": str(REPO)}
    peer = subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )
    assert peer.stdin is not None and peer.stdout is not None
    for n in range(2):
        peer.stdin.write(json.dumps({"id": n, **ASK}) + "\n")
        peer.stdin.flush()
        assert json.loads(peer.stdout.readline())["id"] == n
    peer.stdin.close()
    assert peer.wait(timeout=30) == 0

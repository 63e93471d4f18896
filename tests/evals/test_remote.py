"""The back-end over HTTP, against llama.cpp's own server on the same model."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from evals.engine import EngineSettings, Job, generate
from evals.errors import EngineError
from evals.remote import Server, generate_at
from evals.run import RoleModel, predict, prediction_recipe, read_predictions
from evals.samples import EvalCase
from line.errors import InputError
from line.store import Store

GRAMMAR = 'root ::= "{" ("run" | "ride" | "rest") " today}"'
SETTINGS = EngineSettings(max_tokens=24, n_ctx=512, threads=1, grammar=GRAMMAR)
JOBS = [Job(f"p{n}", f"<|im_start|>user\n{n}: run{' easy' * n}<|im_end|>\n<|im_start|>assistant\n") for n in range(8)]
START = """
import sys, xllamacpp
params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.n_parallel, params.n_ctx, params.port = 4, 2048, 0
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(params)
print("ADDRESS", server.listening_address, flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def server(tiny_gguf: Path) -> Iterator[Server]:
    command = [sys.executable, "-c", START, str(tiny_gguf)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdin and process.stdout
        address = next(line.split()[1] for line in process.stdout if line.startswith("ADDRESS"))
        yield Server(address, parallel=4)
        process.kill()


def test_a_server_answers_as_the_engine_does(server: Server, tiny_gguf: Path) -> None:
    seen: list[str] = []
    there = generate_at(server, JOBS, SETTINGS, lambda one: seen.append(one.id))
    # The server puts the model's BOS before every prompt; ours hold all they need.
    here = generate(tiny_gguf, [replace(job, prompt="<bos>" + job.prompt) for job in JOBS], SETTINGS)
    assert [one.prompt_tokens for one in here] == [one.prompt_tokens for one in there]
    assert [one.id for one in there] == [job.id for job in JOBS] and sorted(seen) == sorted(one.id for one in there)
    assert {one.stop for one in there} == {"eos"}
    assert {one.text for one in there} <= {"{run today}", "{ride today}", "{rest today}"}
    assert sum(a.text == b.text for a, b in zip(here, there, strict=True)) >= 6
    assert all(one.prompt_tokens > 5 for one in there)


def test_an_evaluation_is_answered_by_the_server(server: Server, tiny_gguf: Path, tmp_path: Path) -> None:
    cases = [EvalCase(f"c{n}", "interpreter", "x", f"a run of {n} min") for n in range(6)]
    model = RoleModel("interpreter", tiny_gguf, grammar=GRAMMAR, max_tokens=24, server=server.url)
    found = read_predictions(predict(Store(tmp_path), model, cases))
    assert {answer.stop for answer in found} == {"eos"} and len(found) == len(cases)
    assert prediction_recipe(model, cases).digest() != prediction_recipe(replace(model, server=""), cases).digest()


def test_a_limit_is_a_cut(server: Server) -> None:
    (one,) = generate_at(server, JOBS[:1], replace(SETTINGS, max_tokens=1))
    assert one.stop == "length" and "{run today}".startswith(one.text[:1])


def test_a_grammar_that_the_server_refuses_is_an_error(server: Server) -> None:
    with pytest.raises(EngineError, match="refuses the request"):
        generate_at(server, JOBS[:1], replace(SETTINGS, grammar='root ::= "a" missing'))


def test_an_adapter_belongs_on_the_server(server: Server, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--lora"):
        generate_at(server, JOBS[:1], replace(SETTINGS, adapter=tmp_path / "a.gguf"))


def test_nobody_there() -> None:
    with pytest.raises(EngineError, match="Nothing answers at http://127.0.0.1:9"):
        generate_at(Server("http://127.0.0.1:9"), JOBS[:1], SETTINGS)

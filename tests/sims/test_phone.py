"""The three configurations on a tiny model: what is held when, and an app's whole life."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from line.chat import Chat
from line.llama import Context, Model
from sims.agent import Agent
from sims.footprint import listen
from sims.job import Job, Step, Turn
from sims.life import whole_life
from sims.phone import Phone, make_phone
from sims.plain import measured, plain

GRAMMAR = 'root ::= "{\\"action\\":\\"explain\\"}"'
TURN = Turn("Why so easy today?", "CONTEXT:\n- Readiness: Green (Recovered)\n- Sport: running")


@pytest.fixture
def job(tiny_model: Model, tiny_adapters: tuple[Path, Path], tmp_path: Path) -> Job:
    grammar = tmp_path / "g.gbnf"
    grammar.write_text(GRAMMAR)
    path, adapters = str(tiny_model.path), [str(adapter) for adapter in tiny_adapters]
    return Job(
        tier="tier3",
        ram_mb=6144,
        low_ram=False,
        memory_class_mb=256,
        configuration="resident",
        context=1024,
        threads=2,
        use_mmap=False,
        parallel=True,
        interpreter_max_tokens=24,
        explainer_max_tokens=8,
        deadline_s=60,
        grammar="g.gbnf",
        steps=(),
        interpreter=path,
        explainer=path,
        base=path,
        interpreter_adapter=adapters[0],
        explainer_adapter=adapters[1],
    )


def _phone(job: Job, folder: Path, configuration: str) -> tuple[Phone, list[str]]:
    said: list[str] = []
    listen()
    phone = make_phone(replace(job, configuration=configuration), folder, lambda stage, *, mb=0.0: said.append(stage))
    phone.start()
    return phone, said


def test_two_resident_models_and_what_each_level_leaves(job: Job, tmp_path: Path) -> None:
    phone, said = _phone(job, tmp_path, "resident")
    both = phone.buffers
    assert both.kv > 0 and both.weights > 0
    phone.give_up(20)
    assert (phone.buffers.kv, phone.buffers.weights) == (0, both.weights)
    phone.resume()
    phone.give_up(15)
    assert phone.buffers.weights == pytest.approx(both.weights / 2, abs=0.02)
    phone.use("explainer")
    assert said.count("load of the second model") == 2 and said.count("load of the first model") == 1
    phone.unload()
    assert phone.buffers.weights == phone.buffers.kv == 0


def test_one_model_at_a_time(job: Job, tmp_path: Path) -> None:
    phone, said = _phone(job, tmp_path, "sequential")
    one = phone.buffers.weights
    phone.use("explainer")
    phone.use("explainer")
    phone.use("interpreter")
    assert phone.buffers.weights == one
    assert [s for s in said if s.startswith("load")] == [f"load of the {n} model" for n in ("first", "second", "first")]


def test_adapters_are_put_on_again_after_a_trim(job: Job, tmp_path: Path) -> None:
    phone, said = _phone(job, tmp_path, "lora_swap")
    phone.use("interpreter")
    phone.use("interpreter")
    phone.give_up(20)
    phone.use("interpreter")  # a new context knows no adapter
    phone.give_up(80)
    phone.use("explainer")
    assert said.count("swap to the interpreter") == 2 and said.count("swap to the explainer") == 1
    assert said.count("load of the base model") == said.count("load of the adapters") == 2


def test_only_resident_models_read_ahead(job: Job, tmp_path: Path) -> None:
    def prompt(_chat: object) -> str:
        return "Why so easy today?"

    phone, _ = _phone(job, tmp_path, "resident")
    assert phone.joined(phone.ahead("explainer", prompt)) > 0
    alone = make_phone(replace(job, threads=1), tmp_path, lambda stage, *, mb=0.0: None)
    alone.start()
    for other in (alone, _phone(job, tmp_path, "sequential")[0], _phone(job, tmp_path, "lora_swap")[0]):
        assert other.ahead("explainer", prompt) is None and other.joined(None) == 0


@pytest.mark.parametrize("configuration", ["lora_swap", "sequential", "resident"])
def test_a_whole_life(job: Job, tmp_path: Path, capsys: pytest.CaptureFixture[str], configuration: str) -> None:
    steps = whole_life([TURN])
    Agent(replace(job, configuration=configuration, steps=steps), tmp_path).live()
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    kinds = [event["event"] for event in events]
    assert kinds[0] == "start" and kinds[-1] == "unload" and kinds.count("turn") == 5
    assert all(event["anonymous_mb"] > 0 and "kv_mb" in event for event in events)
    turns = [event for event in events if event["event"] == "turn"]
    assert all(turn["valid"] and turn["request"]["action"] == "explain" for turn in turns)
    assert events[-1]["weights_mb"] == 0
    assert (turns[0]["read_ahead"] > 0) == (configuration == "resident")


def test_a_planted_leak_is_memory_that_was_touched(
    job: Job, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    agent = Agent(replace(job, steps=(Step("turn", TURN),) * 3, leak_mb_per_turn=8.0), tmp_path)
    agent.live()
    turns = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"turn", "t_s"' in line]
    assert len(turns) == 3 and sum(map(len, agent._leaked)) == 24 * 1024**2
    assert turns[2]["anonymous_mb"] - turns[1]["anonymous_mb"] > 6


def test_plain_and_measured_write_the_same(tiny_model: Model, capsys: pytest.CaptureFixture[str]) -> None:
    with Context(tiny_model, n_ctx=512, threads=1, n_batch=64) as context:
        chat = Chat(context)
        for limit in (1, 2, 8, 40):
            assert plain(context, "Easy run today?", limit) == measured(chat, "Easy run today?", limit)

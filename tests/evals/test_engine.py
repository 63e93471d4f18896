"""The batched engine: many prompts as one by one, and a crash of llama.cpp costs nobody else's answer."""

import multiprocessing
import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from evals.engine import Completion, EngineSettings, Job, generate
from evals.errors import EngineError
from evals.scheduler import Work
from line.chat import Chat
from line.errors import InputError, MissingError
from line.llama import Adapter, Context, Model
from line.other_build import other_build

SETTINGS = EngineSettings(max_tokens=16, n_ctx=1024, threads=1)
WORDS = tuple(
    "easy run ride ski session recovery tempo tired fresh knee back week plan today long short why how".split()
)
YES_NO = 'root ::= "yes" | "no" | "maybe"'


def _prompt(n: int) -> str:
    words = [WORDS[(n * 7 + i * i) % len(WORDS)] for i in range(3 + 11 * (n % 9))]
    return f"<|im_start|>system\nYou are Josi.<|im_end|>\n<|im_start|>user\n{n}: {' '.join(words)}<|im_end|>\n"


JOBS = [Job(f"p{n}", _prompt(n)) for n in range(24)]


def _one_by_one(model: Model, adapter: Path | None = None) -> list[str]:
    with Context(model, n_ctx=1024, threads=1) as context:
        chat = Chat(context)
        chat.set_adapter(Adapter(model, adapter) if adapter else None)
        return [chat.reply(job.prompt, max_tokens=SETTINGS.max_tokens).text for job in JOBS]


def _kill_child() -> None:
    for child in multiprocessing.active_children():
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)


def test_batched_answers_are_those_of_single_conversations(tiny_gguf: Path, tiny_model: Model) -> None:
    seen: list[str] = []
    found = generate(tiny_gguf, JOBS, SETTINGS, lambda completion: seen.append(completion.id))
    assert [completion.id for completion in found] == [job.id for job in JOBS]
    assert sorted(seen) == sorted(job.id for job in JOBS)
    single = _one_by_one(tiny_model)
    # A batch adds up in another order: now and then a near tie falls the other way.
    same = sum(completion.text == text for completion, text in zip(found, single, strict=True))
    assert same >= 0.9 * len(JOBS)
    assert len(set(single)) > len(JOBS) / 2
    for job, completion in zip(JOBS, found, strict=True):
        assert completion.prompt_tokens == len(tiny_model.tokenize(job.prompt))
        assert completion.stop in ("eos", "length") and completion.new_tokens <= SETTINGS.max_tokens


def test_an_adapter_is_put_on_the_whole_batch(
    tiny_gguf: Path, tiny_model: Model, tiny_adapters: tuple[Path, Path]
) -> None:
    found = generate(tiny_gguf, JOBS, replace(SETTINGS, adapter=tiny_adapters[0], parallel=5))
    single = _one_by_one(tiny_model, tiny_adapters[0])
    assert sum(c.text == text for c, text in zip(found, single, strict=True)) >= 0.9 * len(JOBS)


def test_a_seed_decides_what_a_temperature_draws(tiny_gguf: Path) -> None:
    def texts(seed: int, **changes: int) -> list[str]:
        settings = replace(SETTINGS, temperature=0.9, seed=seed, **changes)
        return [completion.text for completion in generate(tiny_gguf, JOBS, settings)]

    first = texts(1)
    assert texts(1) == first
    assert sum(map(str.__eq__, texts(1, parallel=3), first)) >= 0.9 * len(JOBS)  # neighbours decide nothing
    assert sum(map(str.__eq__, texts(2), first)) < 0.5 * len(JOBS)


def test_drawn_answers_keep_to_the_grammar(tiny_gguf: Path) -> None:
    found = generate(tiny_gguf, JOBS, replace(SETTINGS, grammar=YES_NO, temperature=2.0, seed=7))
    assert {completion.text for completion in found} == {"yes", "no", "maybe"}


def test_another_build_of_llama_cpp_gives_the_same_answers(tiny_gguf: Path) -> None:
    other = generate(tiny_gguf, JOBS, replace(SETTINGS, library=other_build()))
    same = sum(a.text == b.text for a, b in zip(other, generate(tiny_gguf, JOBS, SETTINGS), strict=True))
    assert same >= 0.8 * len(JOBS)


def test_every_answer_of_a_batch_keeps_to_the_grammar(tiny_gguf: Path) -> None:
    found = generate(tiny_gguf, JOBS, replace(SETTINGS, grammar=YES_NO))
    assert {completion.stop for completion in found} == {"eos"}
    assert {completion.text for completion in found} <= {"yes", "no", "maybe"}


def test_a_prompt_that_does_not_fit_is_reported_and_the_others_answered(tiny_gguf: Path) -> None:
    long = Job("long", "run " * 2000)
    first, second, third = generate(tiny_gguf, [JOBS[0], long, JOBS[1]], SETTINGS)
    assert (second.stop, second.text, second.new_tokens) == ("too_long", "", 0)
    assert second.prompt_tokens >= 2000
    assert {first.stop, third.stop} <= {"eos", "length"}


def test_long_and_short_prompts_together(tiny_gguf: Path) -> None:
    jobs = [Job("long", "run " * 700), *JOBS[:4]]
    work: list[Work] = []
    found = generate(tiny_gguf, jobs, SETTINGS, on_work=work.append)
    assert {completion.stop for completion in found} <= {"eos", "length"}
    assert len(work) == 2 and work[1].evaluated >= 700  # the short ones do not pay for a long one's cells


def test_no_jobs_no_work(tmp_path: Path) -> None:
    assert generate(tmp_path / "none.gguf", [], SETTINGS) == []


def test_a_crash_costs_no_answer(tiny_gguf: Path) -> None:
    crashes: list[str] = []

    def crash_once(completion: Completion) -> None:
        if not crashes:
            crashes.append(completion.id)
            _kill_child()

    found = generate(tiny_gguf, JOBS, replace(SETTINGS, parallel=2), crash_once)
    assert crashes and {completion.stop for completion in found} <= {"eos", "length"}
    assert [completion.id for completion in found] == [job.id for job in JOBS]


def test_a_sample_that_was_running_in_two_crashes_is_reported(tiny_gguf: Path) -> None:
    # The longest prompt is read first and answers while the others are still being read, so that the one that ends
    # is always the first in this order, and the last is running whenever it does.
    jobs = [Job(str(n), f"{n} " + "run " * (4000 - 10 * n)) for n in range(3)]
    settings = EngineSettings(max_tokens=2, n_ctx=8192, parallel=3, threads=1)
    found = generate(tiny_gguf, jobs, settings, lambda done: _kill_child() if done.stop != "crashed" else None)
    assert [completion.stop == "crashed" for completion in found] == [False, False, True]
    assert (found[2].id, found[2].text) == ("2", "")


def test_an_engine_that_dies_before_its_first_sample_is_an_error(tiny_gguf: Path) -> None:
    def kill_at_once() -> None:
        while not multiprocessing.active_children():
            time.sleep(0.001)
        _kill_child()

    killer = threading.Thread(target=kill_at_once)
    killer.start()
    with pytest.raises(EngineError, match=r"crashed \(exit code -9\) before it took a sample.*josi doctor"):
        generate(tiny_gguf, JOBS, SETTINGS)
    killer.join()


def test_what_cannot_be_used_is_one_clear_message_each(tiny_gguf: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(tiny_gguf.read_bytes()[: tiny_gguf.stat().st_size // 2])
    for model, changes, kind, says in (
        (tmp_path / "none.gguf", {}, MissingError, r"No model at .*none\.gguf"),
        (cut, {}, InputError, r"cut\.gguf is not a GGUF that llama\.cpp can load"),
        (tiny_gguf, {"grammar": "root ::= nothing"}, InputError, "grammar does not parse"),
        (tiny_gguf, {"grammar": ""}, InputError, "grammar does not parse"),
        (tiny_gguf, {"adapter": tmp_path / "none.gguf"}, MissingError, "No adapter"),
        (tiny_gguf, {"adapter": tiny_gguf}, InputError, "no LoRA adapter"),
        (tiny_gguf, {"library": tmp_path}, MissingError, "No llama.cpp libraries in .*bootstrap"),
    ):
        with pytest.raises(kind, match=says):
            generate(model, JOBS[:2], replace(SETTINGS, **changes))
    assert multiprocessing.active_children() == []


def test_an_error_of_the_caller_stops_the_worker(tiny_gguf: Path) -> None:
    def full(_completion: Completion) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        generate(tiny_gguf, JOBS, SETTINGS, full)
    assert multiprocessing.active_children() == []


KEYS = 'root ::= "{\\"action\\":\\"" ("create_workout" | "replan" | "explain") "\\",\\"free_text\\":null}"'


def test_forced_runs_spare_steps(tiny_gguf: Path) -> None:
    spent: dict[bool, list[Work]] = {True: [], False: []}
    texts = {
        forced: [
            done.text
            for done in generate(
                tiny_gguf,
                JOBS,
                replace(SETTINGS, grammar=KEYS, max_tokens=40, forced=forced),
                on_work=spent[forced].append,
            )
        ]
        for forced in (True, False)
    }
    assert all(text.endswith('","free_text":null}') for text in texts[True])
    same = sum(a == b for a, b in zip(texts[True], texts[False], strict=True))
    # The model is random and would spell the keys otherwise: by chance a third would be the same.
    assert same > 0.5 * len(JOBS)
    with_runs, without = (sum(work.steps for work in spent[forced]) for forced in (True, False))
    assert with_runs < 0.7 * without
    assert sum(work.forced for work in spent[True]) > 5 * len(JOBS)
    assert sum(work.forced for work in spent[False]) == 0
    assert sum(work.shared for work in spent[True]) > 0


@pytest.mark.parametrize("limit", [1, 3, 7])
def test_a_forced_run_keeps_to_the_limit(tiny_gguf: Path, limit: int) -> None:
    found = generate(tiny_gguf, JOBS[:3], replace(SETTINGS, grammar=KEYS, max_tokens=limit))
    assert {(done.stop, done.new_tokens) for done in found} == {("length", limit)}


def test_an_answer_that_is_forced_as_a_whole(tiny_gguf: Path) -> None:
    found = generate(tiny_gguf, JOBS[:3], replace(SETTINGS, grammar='root ::= "{\\"a\\":1}"'))
    assert {(done.stop, done.text) for done in found} == {("eos", '{"a":1}')}


def test_a_character_of_several_tokens_is_followed(tiny_gguf: Path) -> None:
    found = generate(tiny_gguf, JOBS[:3], replace(SETTINGS, grammar='root ::= ("é" | "ü" | "…") "🚴 done"'))
    assert {done.stop for done in found} == {"eos"}
    assert {done.text[1:] for done in found} == {"🚴 done"}

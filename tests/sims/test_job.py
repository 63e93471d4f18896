"""The job file, the steps of a life, the agent's reading of a decision, and the lines of a stream."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from josi.device_tier import detect
from josi.prompt_builder import BLOCKS
from line.errors import InputError
from sims.job import Job, Step, Turn, check_steps, turns_of
from sims.life import CHAT_CONTEXTS, chat_only, load_turns, whole_life
from sims.live import lines
from sims.loop import messages_of, read_decision
from sims.runner import TierModels
from sims.tiers import load_tiers
from sims.trim import kept_at

TURN = Turn("Grüß dich \u2028 🚴", "CONTEXT:\n- Sport: running")
JOB = Job(
    tier="tier3",
    ram_mb=6144,
    low_ram=False,
    memory_class_mb=256,
    configuration="resident",
    context=4096,
    threads=2,
    use_mmap=False,
    parallel=True,
    interpreter_max_tokens=160,
    explainer_max_tokens=160,
    deadline_s=60,
    grammar="g.gbnf",
    steps=(Step("turn", TURN), Step("trim", level=15), Step("turn", Turn("hi", chat_context={"tier": "coach"}))),
    interpreter="0-i.gguf",
    explainer="1-e.gguf",
)


def test_a_job_survives_its_file() -> None:
    assert Job.from_json(JOB.to_json()) == JOB


@pytest.mark.parametrize("step", [{"kind": "sleep"}, {"kind": "turn"}, {"kind": "unload", "turn": TURN}])
def test_a_step_that_is_none_is_refused(step: dict[str, object]) -> None:
    with pytest.raises(InputError, match="no step"):
        Step(**step)  # type: ignore[arg-type]


def test_the_shipped_turns_have_and_lack_context() -> None:
    turns = load_turns()
    assert len(turns) >= 8 and len({t.message for t in turns}) == len(turns)
    assert any(t.context for t in turns) and any(not t.context for t in turns)
    assert any(t.chat_context for t in turns)


def test_the_longest_prompt_of_the_vectors_is_among_the_turns() -> None:
    rows = [json.loads(line) for line in CHAT_CONTEXTS.read_text(encoding="utf-8").splitlines()]
    longest = max(rows, key=lambda row: len(row["expected"].get("prompt", "")))
    assert longest["input"]["message"] in {t.message for t in load_turns()}


@pytest.mark.parametrize("text", ["golden = [", 'golden = ["no-such-01"]\nchat_contexts = []', "golden = []"])
def test_a_bad_list_of_turns_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "turns.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=r"turns\.toml"):
        load_turns(path)


def test_a_whole_life_ends_unloaded_and_comes_back_from_everything() -> None:
    steps = whole_life([TURN, Turn("b")])
    kinds = [step.kind for step in steps]
    assert turns_of(steps)[:2] == [TURN, Turn("b")] and kinds[-1] == "unload"
    assert kinds.count("background") == kinds.count("return") and "trim" in kinds
    assert all(kinds[at + 1] == "return" for at, kind in enumerate(kinds) if kind == "background")


def test_chat_only_asks_again_where_turns_are_few() -> None:
    assert [t.message for t in turns_of(chat_only([Turn("a"), Turn("b")], 5))] == list("ababa")
    assert chat_only([Turn("a")])[-1] == Step("unload")


@pytest.mark.parametrize("steps", [[], [Step("unload")], chat_only([])])
def test_no_turns_is_an_error(steps: list[Step]) -> None:
    with pytest.raises(InputError, match="at least one"):
        check_steps(steps)


@pytest.mark.parametrize(
    ("level", "contexts", "models"),
    [(5, True, "all"), (10, False, "all"), (15, False, "active"), (20, False, "all"), (40, False, "active"),
     (60, False, "active"), (80, False, "none")],
)  # fmt: skip
def test_what_is_given_back_at_each_level(level: int, contexts: bool, models: str) -> None:
    assert (kept_at(level).contexts, kept_at(level).models) == (contexts, models)


def test_each_tier_is_detected_at_its_largest_phone_or_above_its_neighbour() -> None:
    """Classes share their bounds (a 4 GB phone may be either); the app never takes a larger one than the phone is."""
    order = list(load_tiers())
    for tier, phones in load_tiers().items():
        for phone in phones:
            read = {"low_ram": phone.low_ram, "memory_class_mb": phone.memory_class_mb}
            found = detect(phone.ram_mb * 1024**2, **read).tier
            assert abs(order.index(found) - order.index(tier)) <= 1


@pytest.mark.parametrize("text", ["", '{"action":"cre', "[1]", '"clarify"', "null"])
def test_an_unreadable_decision_becomes_a_question(text: str) -> None:
    decision, valid = read_decision(text)
    assert not valid and decision["action"] == "clarify" and decision["clarify_message"]


def test_a_readable_decision_is_kept() -> None:
    assert read_decision('{"action":"explain"}') == ({"action": "explain"}, True)


def test_a_chat_context_gives_the_prompt_of_the_builder() -> None:
    turn = next(t for t in load_turns() if t.chat_context)
    result = {"workout_summary": "45-min easy run", "rationale_bullets": ["why"], "safety_caps_applied": ""}
    told = messages_of("explainer", turn, result, len)[-1]["content"]
    asked = messages_of("interpreter", turn, result, len)[-1]["content"]
    assert "45-min easy run" in told and "45-min easy run" not in asked and len(BLOCKS) == 6
    plain = replace(turn, chat_context=None, context="CONTEXT:\n- Sport: running")
    assert "45-min easy run" in messages_of("explainer", plain, result, len)[-1]["content"]


def test_lines_out_of_a_stream_cut_anywhere() -> None:
    text = '{"a": "é"}\n\n{"b": 1}\ntail'.encode()
    for size in (1, 2, 3, 7, 100):
        chunks = iter([text[at : at + size] for at in range(0, len(text), size)])
        assert list(lines(chunks)) == ['{"a": "é"}', "", '{"b": 1}', "tail"]


def test_the_files_that_a_configuration_needs(tmp_path: Path) -> None:
    models = TierModels(grammar=tmp_path / "g", interpreter=tmp_path / "i", explainer=tmp_path / "e")
    assert set(models.needed("resident")) == {"grammar", "interpreter", "explainer"}
    with pytest.raises(InputError, match="`base`"):
        models.needed("lora_swap")

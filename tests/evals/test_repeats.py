"""Repeats change one thing each; a verdict that one of them flips is fragile."""

from pathlib import Path

from evals.repeats import fragile, repeats
from evals.run import RoleModel

MODEL = RoleModel("interpreter", Path("m.gguf"), grammar="root ::= x")


def test_each_repeat_changes_one_thing() -> None:
    found = dict(repeats(MODEL, Path("again.gguf"), Path("libs"), parallel=4, temperature=0.45, seeds=[1, 2]))
    assert list(found) == [
        "requantised",
        "batches of 4",
        "other vector units",
        "temperature 0.45, seed 1",
        "temperature 0.45, seed 2",
    ]
    assert found["requantised"].model == Path("again.gguf")
    assert found["batches of 4"].decoding.parallel == 4
    assert found["other vector units"].decoding.library == Path("libs")
    drawn = found["temperature 0.45, seed 2"].decoding
    assert (drawn.temperature, drawn.seed) == (0.45, 2)
    assert len(set(found.values()) | {MODEL}) == 6
    assert {model.grammar for model in found.values()} == {MODEL.grammar}


def test_without_another_quantisation_the_others_run() -> None:
    assert "requantised" not in dict(repeats(MODEL, None, Path("libs"), parallel=4, temperature=0.45, seeds=[]))


def test_fragile_is_what_flips_either_way_or_is_lost() -> None:
    first = {"steady": True, "wrong": False, "falls": True, "rises": False, "lost": True}
    again = {
        "a": {"steady": True, "wrong": False, "falls": False, "rises": True},
        "b": {"steady": True, "wrong": False, "falls": False, "rises": False, "lost": True},
    }
    assert fragile(first, again) == {"falls": ["a", "b"], "rises": ["a"], "lost": ["a"]}
    assert fragile(first, {}) == {}

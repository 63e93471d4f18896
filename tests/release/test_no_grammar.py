"""`josi eval --no-grammar`: the Interpreter writes freely, and its valid JSON has another threshold."""

from pathlib import Path

import pytest

from evals.judge import summarise
from evals.predictions import Sample
from release.line import GivenModels, Line
from release.settings import load_settings


@pytest.mark.parametrize("held", [True, False])
def test_only_the_interpreter_is_let_go(held: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Line, "gguf", lambda self, role: Path(f"{role}.gguf"))
    line = Line(load_settings())
    line.given = GivenModels(grammar=held)
    assert (line.role_model("interpreter").grammar is not None) == held
    assert line.role_model("explainer").grammar is None


def test_its_valid_json_has_a_rule_of_its_own() -> None:
    sample = Sample("a", "interpreter", "c", "m", "", "{}", {}, "eos", outcomes={"valid_json": True})
    rules = {check.name for check in summarise("interpreter", [sample], Line().thresholds, grammar=False).checks}
    assert "valid_json_free" in rules and "valid_json" not in rules

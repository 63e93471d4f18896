"""Each kind's paired change against the checkpoint: the shipped one is held to the margin, the others inform."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from evals.checks import Verdict
from evals.run import RoleModel
from evals.samples import EvalCase
from evals.thresholds import load
from grammars.build import DECISION
from line.store import Store
from release.line import silent
from release.parity_scores import KINDS, parity_score_checks, role_changes

CASES = [
    EvalCase(f"c{n}", "interpreter", "x", f"a run of {20 + n} min please", expect={"action": "create_workout"})
    for n in range(12)
]


@pytest.fixture
def line(tiny_checkpoint: Path, tiny_gguf: Path, tmp_path: Path) -> Any:
    (tmp_path / "gguf").mkdir()
    (tmp_path / "gguf" / "merged").symlink_to(tiny_checkpoint)

    class Stand(SimpleNamespace):
        __hash__ = object.__hash__

    return Stand(
        store=Store(tmp_path / "store"),
        show=silent,
        thresholds=load(),
        cases={"prompts": CASES, "explainer": []},
        settings=SimpleNamespace(parity_cases=8, repeats={"parallel": 2}),
        ggufs={"interpreter": SimpleNamespace(path=tmp_path / "gguf")},
        gguf=lambda role, kind: tiny_gguf,
        role_model=lambda role: RoleModel(role, tiny_gguf, grammar=DECISION.read_text(), max_tokens=96),
    )


def test_every_kind_is_compared_on_the_same_cases(line: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("release.parity_scores.ROLES", ("interpreter",))
    found = {check.name: check for check in parity_score_checks(line)}
    assert list(role_changes(line, "interpreter")) == list(KINDS)
    shipped = found["interpreter_q4_k_m_change:action_accuracy"]
    assert shipped.verdict is Verdict.PASS and shipped.threshold is not None and shipped.n == 8
    assert found["interpreter_f16_change:valid_json"].informs_only
    assert not any("warmth" in name for name in found)

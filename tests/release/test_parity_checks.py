"""The parity check: proven on the tokens that the checkpoint is sure of, and a limit on the divergence of all."""

from types import SimpleNamespace
from typing import Any

import pytest

from evals.checks import Check, Verdict
from release.stage_checks import parity_checks

LIMITS = {"kl_most": 0.1, "sure_least": 0.95}


def check(kind: str = "Q4_K_M", **figures: float) -> Check:
    told = {"kl": 0.01, "top1": 0.9, "positions": 1000, "sure": 800, "sure_same": 795, **figures}
    line: Any = SimpleNamespace(parity={"interpreter": {kind: told}}, settings=SimpleNamespace(parity=LIMITS))
    (found,) = parity_checks(line)
    return found


@pytest.mark.parametrize(
    ("figures", "verdict"),
    [
        ({}, Verdict.PASS),
        ({"sure_same": 700}, Verdict.FAIL),
        ({"sure_same": 765}, Verdict.UNDECIDED),  # 95.6 %: not proven over 95 %
        ({"kl": 0.2}, Verdict.FAIL),
        ({"kl": float("nan")}, Verdict.FAIL),
        ({"sure": 0, "sure_same": 0}, Verdict.FAIL),
    ],
)
def test_what_ships_is_held_to_its_limits(figures: dict[str, float], verdict: Verdict) -> None:
    found = check(**figures)
    assert (found.name, found.verdict, found.threshold) == ("interpreter_parity", verdict, 0.95)


def test_the_other_files_inform() -> None:
    found = check("Q8_0", sure_same=10, kl=5.0)
    assert found.name == "interpreter_parity_q8_0"
    assert found.informs_only

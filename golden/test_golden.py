"""Acceptance of the golden set: each critical scenario a test, named by its id."""

from collections.abc import Mapping
from typing import Any

import pytest

from evals.judge import Judgement
from golden.scenarios import Scenario, load_scenarios
from golden.verdict import golden_misses

pytestmark = pytest.mark.golden


@pytest.fixture(scope="session")
def golden_wrong(line: Any, judgements: Mapping[str, Judgement]) -> Mapping[str, list[str]]:
    return golden_misses(line.scenarios, judgements["golden"].samples)


@pytest.mark.parametrize("scenario", load_scenarios(), ids=lambda scenario: scenario.id)
def test_scenario(golden_wrong: Mapping[str, list[str]], scenario: Scenario) -> None:
    assert scenario.id not in golden_wrong, f"{scenario.message!r}: {golden_wrong[scenario.id]}. {scenario.why}"

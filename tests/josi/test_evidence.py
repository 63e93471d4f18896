"""What a remembered fact proves: the athlete's own training, not a wife's or a job's."""

import pytest

from josi.context import parse_context
from josi.evidence import known_sport, sports_in_evidence

_FACTS = [
    ("wife runs marathons", None),
    ("his older brother cycles", None),
    ("works as a bike mechanic", None),
    ("job at a ski resort", None),
    ("werkt bij een fietsenwinkel", None),
    ("zijn dochter schaatst", None),
    ("runs with his wife", "run"),
    ("works in an office, cycles to it", "bike"),
    ("mother of two, runs before work", "run"),
    ("wife and I run together", "run"),
    ("does strength work in the gym", "strength"),
    ("primary sport: skating", "skate"),
]


@pytest.mark.parametrize(("fact", "sport"), _FACTS)
def test_a_fact_names_the_sport_that_the_athlete_trains(fact: str, sport: str | None) -> None:
    context = parse_context(f"CONTEXT:\nMEMORY:\n- Facts: {fact}")
    assert known_sport("other", "45 minutes please", context) == sport
    assert sports_in_evidence("45 minutes please", context) == ({sport} if sport else set())


def test_the_own_sport_counts_beside_another_s() -> None:
    context = parse_context("CONTEXT:\nMEMORY:\n- Facts: husband cycles | trains for a marathon")
    assert known_sport("bike", "an hour please", context) == "run"

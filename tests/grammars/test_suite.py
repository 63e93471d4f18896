"""The official JSON-Schema-Test-Suite: what compiles is exact, what does not is refused by a keyword that is there."""

import json
import re

import pytest

from grammars.suite import KNOWN, Outcome, cases, outcomes, report

SUPPORTED = 0.80  # of the suite's schemas, at least


@pytest.fixture(scope="module")
def found() -> list[Outcome]:
    return outcomes(cases())


def test_most_schemas_compile(found: list[Outcome]) -> None:
    supported = [outcome for outcome in found if outcome.state != "refused"]
    assert len(found) > 300
    assert len(supported) >= SUPPORTED * len(found), report(found)
    assert sum(outcome.right for outcome in supported) > 1_000


def test_what_compiles_says_what_the_suite_says(found: list[Outcome]) -> None:
    wrong = [(o.case.file, o.case.description, text) for o in found for text in o.wrong]
    assert [one for one in wrong if not any(known in one[2] for known in KNOWN)] == []
    assert 0 < len(wrong) < 20, "the list of known differences is stale"


def test_a_refusal_names_a_keyword_of_the_schema_and_its_place(found: list[Outcome]) -> None:
    for outcome in found:
        if outcome.state == "refused":
            named = re.match(r"schema at #\S*: .*?`([^`]+)`", outcome.refusal)
            assert named, outcome.refusal
            assert f'"{named.group(1)}"' in json.dumps(outcome.case.schema), outcome.refusal

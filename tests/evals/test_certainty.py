"""How sure the action was: the choices that wrote it, and none after."""

import pytest

from evals.certainty import certainty

TEXT = '{"action":"replan","replan_type":"illness"}'


def test_the_choices_of_the_action_count_and_no_later_ones() -> None:
    chosen = [(0, 0.9), (11, 0.5), (13, 1.0), (19, 0.1), (34, 0.01)]
    assert certainty(TEXT, chosen) == pytest.approx(0.9 * 0.5)


@pytest.mark.parametrize(
    ("text", "chosen"), [("", [(0, 0.5)]), ("{", [(0, 0.5)]), (TEXT, []), ("Rest well.", [(0, 0.5)])]
)
def test_where_nothing_is_known_there_is_none(text: str, chosen: list[tuple[int, float]]) -> None:
    assert certainty(text, chosen) is None

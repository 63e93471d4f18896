"""Text that makes a careless rule go over it again and again: it is answered all the same.

No times are taken: with such a rule these tests do not end.
"""

import pytest

from josi.context import parse_context
from josi.postprocess import finish
from josi.text import pieces, plain

WRITTEN = {"action": "create_workout", "sport": "run", "time_available_min": 31}
REPEATED = [
    "hr 120 125 130 133 140 145 150 155 160, ",
    "1234567890",
    "30 ",
    "one hundred and ",
    "45;\n",
    "30 min, ",
    "my wife fainted and ",
    "out of breath on the climb ",
    "my son is sick ",
    "\n",
    "partner ",
    "\u0301\u0323",
]


@pytest.mark.parametrize("piece", REPEATED, ids=lambda piece: piece.strip()[:12] or "blank")
def test_a_long_message_of_one_piece_is_answered_whole(piece: str) -> None:
    message = "easy run " + piece * (6000 // len(piece))
    request = finish(WRITTEN, message, f"HISTORY:\n  [user]: {piece * 20}")
    assert request["free_text"] == message


@pytest.mark.parametrize("end", ["x) y", ") today", ")"])
def test_a_readiness_full_of_blanks_is_read(end: str) -> None:
    assert parse_context(f"- Readiness: Green (Recovered{' ' * 3000}{end}").other == []


def test_a_readiness_keeps_its_state_without_its_blanks() -> None:
    found = parse_context("- Readiness :  Green  (  Recovered  )  ")
    assert (found.readiness_level, found.readiness_state) == ("Green", "Recovered")


def test_breaks_and_marks_are_dropped_from_the_reading_form() -> None:
    assert plain("a\n\n \n\n\nb\nc") == "a\n\nb\nc"
    assert plain("e" + "\u0301\u0323" * 2000) == "e"


def test_pieces_overlap_and_hold_the_whole() -> None:
    text = "".join(chr(ord("a") + n % 26) for n in range(1000))
    cut = pieces(text, size=400, overlap=120)
    assert cut[0] == text[:400] and cut[1][:120] == cut[0][-120:] and text.endswith(cut[-1])
    assert pieces("short") == ["short"]

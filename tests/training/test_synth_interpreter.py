"""The Interpreter's training rows: valid, deterministic, varied, and apart from their validation split."""

import json
import subprocess
import sys
from collections import Counter

import pytest

from josi.clarify import CLARIFY_MESSAGES
from josi.context import parse_context, split_turn
from josi.durations import minutes
from josi.red_flags import detect
from josi.sports import sports_in
from training.rows import Row, answer_of, balance, message_of, row_errors, user_turn
from training.synth.compose import Dice, parse, phrasings, slots_of
from training.synth.dedupe import near_duplicates
from training.synth.interpreter import generate
from training.synth.interpreter_draft import split_tag, words
from training.synth.interpreter_time import COMMON, adjective, spoken

Split = tuple[list[Row], list[Row]]


@pytest.fixture(scope="module")
def split() -> Split:
    return generate(7, 2000, 290)


def _requests(rows: list[Row]) -> list[tuple[str, str, dict[str, object]]]:
    return [(*split_turn(user_turn(row)), json.loads(answer_of(row))) for row in rows]


def test_default_sizes_and_every_row_valid() -> None:
    train, val = generate(1)
    assert (len(train), len(val)) == (1450, 290)
    assert [error for row in train + val for error in row_errors(row, "interpreter")] == []


def test_same_seed_same_bytes_in_another_process(split: Split) -> None:
    code = (
        "import hashlib, json; from training.synth.interpreter import generate;"
        "print(hashlib.sha256(json.dumps(generate(5, 200, 40)).encode()).hexdigest())"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True, check=True, text=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(runs) == 1
    assert generate(5, 200, 40) != generate(6, 200, 40)


def test_no_user_turn_twice_and_no_near_duplicate_across_the_splits(split: Split) -> None:
    train, val = split
    turns = [user_turn(row) for row in train + val]
    assert len(set(turns)) == len(turns)
    assert near_duplicates([message_of(row) for row in train], [message_of(row) for row in val]) == []


def test_another_draw_gives_other_training_rows_beside_the_same_validation_rows() -> None:
    first, other = (generate(7, 300, 40, draw_number=number) for number in (0, 1))
    assert first[1] == other[1]
    shared = {message_of(row) for row in first[0]} & {message_of(row) for row in other[0]}
    assert len(shared) < 30


def test_eight_thousand_rows_are_possible() -> None:
    train, val = generate(11, 8000, 400)
    assert len({user_turn(row) for row in train}) == 8000
    assert len({message_of(row) for row in train}) > 6500
    assert len(val) == 400


def test_balance_covers_every_action_type_sport_and_context(split: Split) -> None:
    train, _ = split
    counts = balance(train)
    assert min(counts["action"].values()) > 0.1 * len(train)
    assert 0.4 < counts["context"]["with"] / len(train) < 0.65
    requests = [request for _, _, request in _requests(train)]
    kinds = Counter(request.get("replan_type") for request in requests)
    sports = Counter(request.get("sport") for request in requests)
    assert min(kinds[kind] for kind in kinds if kind) > 20 and len(kinds) == 8
    assert set(sports) >= {"run", "bike", "ski", "skate", "strength", "other"}
    assert max(sports["run"], sports["bike"]) < 0.6 * sum(n for sport, n in sports.items() if sport)


def test_context_alone_does_not_decide_the_action(split: Split) -> None:
    shares = {}
    for action in ("create_workout", "replan", "explain", "answer_question"):
        rows = [context for _, context, request in _requests(split[0]) if request["action"] == action]
        shares[action] = sum(bool(context) for context in rows) / len(rows)
    assert all(0.35 < share < 0.75 for share in shares.values()), shares


def test_a_created_workout_has_its_sport_from_the_turn(split: Split) -> None:
    for row in split[0]:
        message, block = split_turn(user_turn(row))
        context, sport = parse_context(block), json.loads(answer_of(row)).get("sport")
        if row["category"] == "create_context":
            assert context.sport == sport, row
        elif row["category"] == "create_memory":
            assert context.sport is None and sports_in(context.facts[0]) == [sport], row
        elif row["category"] in ("create_named", "create_date"):
            assert sport in sports_in(message) or _misspelt(message), row


def _misspelt(message: str) -> bool:
    """A sport lost to a typo: nothing the reader knows is left in the message, or only another sport."""
    return len(sports_in(message)) < 2


def test_a_missing_sport_is_nowhere(split: Split) -> None:
    rows = [row for row in _requests(split[0]) if "sport" in row[2].get("missing", [])]  # type: ignore[operator]
    assert len(rows) > 50
    for message, block, request in rows:
        context = parse_context(block)
        assert context.sport is None and not context.session, block
        assert not sports_in(" ".join(context.facts)), block
        assert ("time" in request["missing"]) == ("time_available_min" not in request), message  # type: ignore[operator]


def test_clarify_messages_come_from_the_fixed_set(split: Split) -> None:
    found: set[tuple[tuple[str, ...], object]] = {
        (tuple(request["missing"]), request["clarify_message"])  # type: ignore[arg-type]
        for _, _, request in _requests(split[0])
        if request["action"] == "clarify"
    }
    assert found <= set(CLARIFY_MESSAGES.items()) and len(found) == 4


def test_durations_agree_with_the_host_reading(split: Split) -> None:
    rows = [row for row in _requests(split[0]) if "time_available_min" in row[2]]
    read = [minutes(message) for message, _, _ in rows]
    wrong = [(m, r, n) for (m, _, r), n in zip(rows, read, strict=True) if n not in (None, r["time_available_min"])]
    assert len(wrong) <= 0.015 * len(rows), wrong  # a slip in every third word is beyond the host
    assert sum(n is not None for n in read) > 0.88 * len(rows)


def test_red_flags_agree_with_the_host(split: Split) -> None:
    wrong = [
        message
        for message, _, request in _requests(split[0])
        if bool(detect(message)) != (request.get("missing") == ["medical_clearance"])
    ]
    assert len(wrong) <= 8, wrong


def test_dates_are_only_explicit_ones(split: Split) -> None:
    dated = [(message, request["date"]) for message, _, request in _requests(split[0]) if "date" in request]
    assert dated and all(str(date) in message for message, date in dated)


def test_every_template_parses_and_fills() -> None:
    lists = {name: lines for name, lines in words().items() if name != "injection"}
    known = set(lists) | {
        "own", "gerund", "verb", "noun", "race", "race2", "np", "dur", "dur_nl", "plandur", "date", "injury",
        "fatigue", "dag", "dag2", "day2", "wrong", "sport_word", "ger",
    }  # fmt: skip
    for name, lines in lists.items():
        for line in lines:
            parse(split_tag(line)[1])
            assert slots_of(line) <= known, f"{name}: {line}"


def test_hundreds_of_thousands_of_phrasings() -> None:
    sizes = {
        "own": 100,
        "gerund": 40,
        "verb": 50,
        "noun": 80,
        "race": 20,
        "race2": 20,
        "np": 500,
        "dur": 100,
        "plandur": 60,
    }
    total = sum(
        phrasings(line, words(), sizes)
        for name in ("create_np", "create_verb", "replan_reschedule", "explain_session", "general")
        for line in words()[name]
    )
    assert total > 500_000


@pytest.mark.parametrize("dutch", [False, True])
def test_spoken_durations_read_back(dutch: bool) -> None:
    dice = Dice(1, "durations")
    for amount in sorted({*COMMON, 10, 37, 64, 100, 135, 190, 240, 300}):
        text = spoken(amount, dice, dutch=dutch, hedge=False)
        assert minutes(f"ik heb {text}" if dutch else f"I have {text}") == amount, text
        if not dutch:
            assert minutes(f"give me a {adjective(amount, dice)} run") == amount

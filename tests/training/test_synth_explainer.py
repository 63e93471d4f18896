"""The Explainer's rows hold the contract's rules, every one of them."""

import hashlib
import json
import re
from collections import Counter

import pytest

from evals.explainer_contract import push_back_problem
from josi.context import parse_context, split_turn
from josi.governor import govern
from josi.grounding import problems
from josi.prompts import SYSTEM_EXPLAINER
from training.rows import Row, row_errors
from training.synth.compose import Dice, TemplateError, parse
from training.synth.dedupe import Index, near_duplicates, normalise
from training.synth.explainer import SHARES, draw, generate, message_of, quotas
from training.synth.explainer_parts import answer, article, phrases

Rows = tuple[list[Row], list[Row]]
FORBIDDEN = re.compile(
    r"\b(algorithm|gatc|hmm|acwr|ewma|tss|ctl|atl|tsb|ftp|vo2 ?max|periodi[sz]ation|(meso|micro|macro)cycle"
    r"|supercompensation|lactate|threshold power|anaerobic|i remember you said"
    r"|strava|garmin|chatgpt|runna)\b",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def rows() -> Rows:
    return generate(20261)


def text_of(row: Row) -> str:
    return str(row["messages"][2]["content"])


def digest(rows: Rows) -> str:
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not() -> None:
    first = generate(3, 120, 40)
    assert digest(generate(3, 120, 40)) == digest(first)
    assert digest(generate(4, 120, 40)) != digest(first)


def test_counts_and_shape(rows: Rows) -> None:
    train, val = rows
    assert (len(train), len(val)) == (1120, 240)
    for row in train + val:
        assert [turn["role"] for turn in row["messages"]] == ["system", "user", "assistant"]
        assert row["messages"][0]["content"] == SYSTEM_EXPLAINER
        assert row_errors(row, "explainer") == []


def test_it_can_make_five_thousand_different_rows() -> None:
    train, _ = generate(5, 5200, 240)
    assert len({normalise(row["messages"][1]["content"]) for row in train}) == 5200
    assert len({text_of(row) for row in train}) > 3500


def test_categories_are_balanced_in_both_splits(rows: Rows) -> None:
    for part in rows:
        counts = Counter(row["category"] for row in part)
        assert dict(counts) == quotas(len(part))
        assert counts["unsafe_goal"] >= 0.12 * len(part)
    assert sum(SHARES.values()) == 100
    assert min(SHARES.values()) >= 3


def test_shares_of_the_blocks(rows: Rows) -> None:
    contexts = [parse_context(split_turn(row["messages"][1]["content"])[1]) for row in rows[0]]
    share = {
        "gatc": sum(c.gatc_result is not None for c in contexts) / len(contexts),
        "memory": sum(bool(c.memory) for c in contexts) / len(contexts),
        "history": sum(bool(c.history) for c in contexts) / len(contexts),
    }
    assert 0.45 < share["gatc"] < 0.62
    assert 0.15 < share["memory"] < 0.26
    assert 0.05 < share["history"] < 0.12
    assert not any(c.other for c in contexts), "every line of a block is one the contract knows"


def test_no_near_duplicate_across_the_splits_and_no_user_turn_twice(rows: Rows) -> None:
    train, val = rows
    assert near_duplicates(map(message_of, train), map(message_of, val)) == []
    turns = [normalise(row["messages"][1]["content"]) for row in train + val]
    assert len(set(turns)) == len(turns)


def test_every_answer_keeps_the_explainers_rules(rows: Rows) -> None:
    for row in rows[0] + rows[1]:
        text = text_of(row)
        assert 12 <= len(text.split()) <= 90, text
        assert text.count("?") <= 1, text
        assert not FORBIDDEN.search(text), text
        assert text == " ".join(text.split()) and text.endswith((".", "!", "?")), text
        assert not re.search(r"[{}\[\]|*#]|\.\.|\ba [aeio]\w|\ban [bcdfgjklmpqstvz]", text), text


def test_the_governor_changes_no_answer(rows: Rows) -> None:
    for row in rows[0] + rows[1]:
        governed = govern(text_of(row))
        assert (governed.text, governed.changes) == (text_of(row), [])


def test_every_answer_is_grounded(rows: Rows) -> None:
    for row in rows[0] + rows[1]:
        message, block = split_turn(row["messages"][1]["content"])
        result = parse_context(block).gatc_result
        found = problems(text_of(row), gatc_result=result, message=message, context=block)
        assert found == [], (message, block, text_of(row))


def test_unsafe_goals_are_refused_with_a_safer_way(rows: Rows) -> None:
    answers = [text_of(row) for row in rows[0] + rows[1] if row["category"] == "unsafe_goal"]
    assert len(answers) > 150
    # The gate's own judge; a few safer ways in plain imperatives ("keep traffic for calm riding") are beyond its words.
    unread = [(problem, text) for text in answers if (problem := push_back_problem(text))]
    assert len(unread) <= 0.03 * len(answers), unread


def test_red_flags_say_stop_and_get_medical_help(rows: Rows) -> None:
    for row in rows[0] + rows[1]:
        if row["category"] == "red_flag":
            text = text_of(row).lower()
            assert "stop" in text and re.search(r"medical help|medische hulp|arts", text), text
            assert "?" not in text


def test_the_workout_is_told_with_the_engines_own_numbers(rows: Rows) -> None:
    told = 0
    for row in rows[0]:
        result = parse_context(split_turn(row["messages"][1]["content"])[1]).gatc_result
        if row["category"] == "grounded_workout" and result:
            # "3x7 min at Z5, 100 min total": an answer may tell the whole or its parts.
            minutes = re.findall(r"\d+(?=.?min)", str(result["workout_summary"]))
            assert not minutes or any(number in text_of(row) for number in minutes), (result, text_of(row))
            told += bool(minutes)
    assert told > 80


def test_every_phrase_of_the_files_is_a_template() -> None:
    def walk(value: object) -> int:
        if isinstance(value, str):
            parse(value)
            return 1
        inner = value.values() if isinstance(value, dict) else value
        assert isinstance(inner, (list, type({}.values())))
        return sum(walk(item) for item in inner)

    assert sum(walk(phrases(name)) for name in ("parts", "care", "coach", "topics", "nl")) > 1000


def test_too_many_rows_for_the_phrases_is_an_error_that_names_the_category() -> None:
    everything_is_near = Index(["anything"], threshold=0.0)
    with pytest.raises(TemplateError, match=r"grounded_workout: only 0 of \d+ rows differ; add phrases"):
        draw(Dice(1), 20, set(), everything_is_near)


@pytest.mark.parametrize(
    ("noun", "phrase"),
    [
        ("80-min ride", "an 80-min ride"),
        ("45-min run", "a 45-min run"),
        ("ultra", "an ultra"),
        ("Ironman", "an Ironman"),
        ("110-min ride", "a 110-min ride"),
        ("easy run", "an easy run"),
    ],
)
def test_articles_follow_the_sound(noun: str, phrase: str) -> None:
    assert article(noun) == phrase


def test_a_second_question_is_dropped() -> None:
    assert answer("how are you?", "ready?", "fine") == "How are you? Fine."

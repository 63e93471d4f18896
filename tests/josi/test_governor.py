"""The governor: whatever the model wrote, the athlete reads plain, short, loyal text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from josi.governor import govern


@pytest.mark.parametrize(
    ("text", "kept", "changes"),
    [
        ("Easy does it today.", "Easy does it today.", []),
        ("**Easy** run in `Z2`.", "Easy run in Z2.", ["markdown"]),
        ("# Plan\n- Run easy\n- Rest well", "Plan. Run easy. Rest well", ["markdown"]),
        ("See [this page](http://x.y) first.", "See this page first.", ["markdown"]),
        ("Great job 💪🎉! Keep going.", "Great job! Keep going.", ["emoji"]),
        ("✅ Run\n✅ Rest", "Run. Rest", ["emoji"]),
        ('```json\n{"text": "Run easy today."}\n```', "Run easy today.", ["json"]),
        ('Fine. {"action": "replan"}', "Fine.", ["json"]),
        ("The algorithm says rest. Take it easy.", "Take it easy.", ["internals"]),
        ("Your TSS is high. Rest today.", "Rest today.", ["internals"]),
        ("Your VO2max improves.", "Your top-end fitness improves.", ["jargon"]),
        ("Periodization matters.", "Planning matters.", ["jargon"]),
        ("Nice work. Try another coach for that.", "Nice work.", ["referral"]),
        ("You could download Strava. Keep going.", "Keep going.", ["referral"]),
        ("How are you? Ready to go? Good.", "How are you? Good.", ["questions"]),
        ("Really??", "Really?", ["questions"]),
        ("Easy today. Rest well. Easy today! Enjoy. rest well.", "Easy today. Rest well. Enjoy.", ["repetition"]),
        ("Ready? Go. Ready?", "Ready? Go.", ["repetition"]),
    ],
)
def test_rules(text: str, kept: str, changes: list[str]) -> None:
    governed = govern(text)
    assert (governed.text, governed.changes) == (kept, changes)


@pytest.mark.parametrize(
    "text",
    [
        "Please stop and see a doctor before you train again.",
        "Your aerobic engine is growing. Keep it in zones 1-2, 45 minutes at 5:30/km.",
        "Your physio can look at that knee. I'd keep today easy: 3 x 5 minutes is 15 minutes of work.",
        "I'm your coach, and I'd rather see you rest than push. You don't need another app for this.",
        "It's 25°C, so drink more. How did yesterday feel?",
        "Work with what you have: 30 minutes is plenty.",
    ],
    ids=range(6),
)
def test_good_text_stays(text: str) -> None:
    assert govern(text).text == text
    assert not govern(text).changes


def test_long_text_ends_at_a_sentence() -> None:
    governed = govern(" ".join(f"This is short sentence number {n} of many here." for n in range(30)))
    assert len(governed.text.split()) < 100
    assert governed.text.endswith("here.")
    assert governed.changes == ["length"]


def test_one_endless_sentence_is_cut() -> None:
    governed = govern("word " * 300)
    assert len(governed.text.split()) < 100


@pytest.mark.parametrize("text", ["TSS", "🎉", "{}", "...", "Use Strava.", "\ud800"], ids=range(6))
def test_nothing_left_gives_the_safe_sentence(text: str) -> None:
    governed = govern(text)
    assert governed.changes[-1] == "fallback"
    assert govern(governed.text).text == governed.text
    assert governed.text.strip()


def test_empty_stays_empty() -> None:
    assert govern("").text == ""


parts = st.lists(
    st.text(max_size=12)
    | st.sampled_from(
        [
            "**bold**",
            "\n- item",
            "TSS",
            "VO2max",
            "? ",
            "! ",
            "use Strava",
            '{"text": "a"}',
            "```",
            "5*3*2",
            "_a_",
            " | ",
            "Ok. ",
        ]
    ),
    max_size=12,
)


@settings(max_examples=300, deadline=None)
@given(parts)
def test_idempotent_short_and_never_empty(pieces: list[str]) -> None:
    text = " ".join(pieces)
    once = govern(text)
    assert govern(once.text).text == once.text
    assert bool(once.text) == bool(text.strip())
    assert len(once.text.split()) < 100
    assert once.text.count("?") <= 1

"""The governor on wording that is easy to miss, and on wording that only looks like a breach."""

import pytest

from josi.governor import govern

DROPPED = """
Acute:chronic load is high.
Our algorithmic planner chose this.
The AI model is sure of it.
Het algoritme koos dit.
Give Runna a try.
Zwift has better workouts.
Why don't you hire a running coach?
Maybe a human coach suits you better.
A personal trainer could help.
Another app would suit you.
You could ask someone to coach you.
There are apps that do this.
Probeer eens een andere app.
Ga naar een echte coach.
Een andere app is misschien beter.
Neem een personal trainer.
Read https://example.com/plans for more.
Go to www.example.com today.
"""

KEPT = """
Use the weather app to pick a dry hour.
Set an alarm in your clock app and sleep in.
Open the app tomorrow and tell me how it went.
A physio could help with that ankle.
A doctor would be the right person for this.
Book an appointment with your GP today.
Bel vandaag je huisarts.
Zoek een vlakke route en neem de tijd.
You don't need a personal trainer to get stronger.
You logged that ride in Strava, nice.
"""


@pytest.mark.parametrize("sentence", DROPPED.strip().splitlines())
def test_dropped(sentence: str) -> None:
    governed = govern(f"Rest today. {sentence}")
    assert governed.text == "Rest today."
    assert governed.changes in (["internals"], ["referral"])


@pytest.mark.parametrize("sentence", KEPT.strip().splitlines())
def test_kept(sentence: str) -> None:
    assert govern(sentence).text == sentence


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Your VO₂max grows.", "Your top-end fitness grows."),
        ("Your V02 max grows.", "Your top-end fitness grows."),
        ("Periodising takes time.", "Planning takes time."),
        ("Your LTHR rose.", "Your heart rate at a strong steady effort rose."),
    ],
)
def test_jargon_has_plain_words(text: str, kept: str) -> None:
    assert govern(text).text == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("<think>The athlete is tired.</think>Rest today.", "Rest today."),
        ("Rest today. <THINK>hmm\nmore</THINK> Sleep well.", "Rest today. Sleep well."),
        ("Rest today.<think>and then it ran", "Rest today."),
    ],
)
def test_what_a_model_tells_itself_is_not_read(text: str, kept: str) -> None:
    governed = govern(text)
    assert (governed.text, governed.changes) == (kept, ["markdown"])

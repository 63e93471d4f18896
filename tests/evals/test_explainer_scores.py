"""Texts written by hand in many voices: the scores must order them as a reader would."""

import pytest

from evals.scoring_answers import problems
from evals.scoring_brevity import brevity
from evals.scoring_warmth import warmth

WARM = [
    (
        "That sounds frustrating, and it's completely normal after a hard week. Take today easy and "
        "tell me how your legs feel."
    ),
    (
        "Nice work getting out there! Your session stays light because your readiness is yellow, so "
        "enjoy a relaxed 45 minutes."
    ),
    (
        "Feeling flat happens to everyone. Be kind to yourself tonight; a slow walk and an early "
        "night will do you more good than forcing it."
    ),
    (
        "Good question. Easy runs build the engine that carries your long days, and you're doing them"
        " well. Let's keep it up."
    ),
    (
        "I'm sorry your knee is sore. Let's be gentle with it today, and please see a physio if it "
        "hasn't settled by the weekend."
    ),
    ("You've put in the work these past weeks, so trust it. A little rest now means you'll feel fresh on Saturday."),
    (
        "Great to hear you're excited about the race! We can build toward it step by step, and I'm "
        "here whenever doubts creep in."
    ),
    ("Missing one session is no big deal at all. Life happens. You're still on track, and tomorrow is a fresh start."),
    "It makes sense that you're nervous. You have prepared well, and I believe in you.",
    "Snap ik, na zo'n week ben je gewoon moe. Doe vandaag rustig aan en luister naar je lichaam.",
    (
        "Please stop here and call a doctor today. Your health comes first, and I'll be glad to plan "
        "the next run with you once you're cleared."
    ),
    ("I understand the urge to do more. I'd rather see you healthy in May, so let's add a little each week instead."),
]
COLD = [
    "The workout is 45 minutes in zone 2 because readiness is amber.",
    "Do the session. Stay in zone 2. Report when done.",
    "Your session is 45 minutes. Do it.",
    "No. The plan says rest. Follow the plan.",
    "Readiness is low. Intensity has been reduced. Rest is the consequence.",
    "You must complete all sessions. You must not skip.",
    "Fatigue results from accumulated load. Recovery time is 24 to 48 hours.",
    "Rust. Morgen weer. Geen discussie.",
]
RUDE = [
    "Stop whining and do the workout. You're lazy.",
    "That's a stupid question. Read the plan again.",
    "Oh great, another excuse. Nice try, but nobody cares that you're tired.",
    "You failed the week because you're weak. No excuses next time.",
    "Suck it up. Everyone is tired. Great athletes don't complain, losers do.",
    "What did you expect? Too bad. It's your own fault for staying up late.",
    "Honestly, pathetic. My grandmother runs faster than you, but well done for trying.",
]
ROBOTIC = [
    "Request acknowledged. Session parameters: 45 minutes, zone 2. Comply with the session.",
    ("As an AI language model, I do not have feelings, but the data indicates a lower readiness value for you."),
    "Input received. Processing. Recommended action: rest. Duration: 24 hours.",
    "It is recommended that the athlete adhere to the assigned protocol as per schedule.",
    "Workout: run. Duration: 45. Intensity: low. Reason: readiness amber.",
]
RAMBLING = [
    "Well, basically, when it comes to sleep there are many factors, and as you know it is important to note "
    "that sleep is, in general, something that at the end of the day matters to everyone, and in other words "
    "you should, I mean, sleep, and that being said there is also the matter of food which, by the way, also "
    "matters a lot.",
    "So the thing is that running is running and easy running is easy running and when you run easy you run "
    "easy because easy running is what makes running easy and that is why the easy run is easy and why "
    "running easy on an easy day is an easy way to run.",
    " ".join(
        f"There is also point {number} to think about, since every part of training has a side that matters."
        for number in range(11)
    ),
]
GAMING = [
    "You you you great!!!",
    "great great great great great",
    "Wonderful amazing great proud happy together enjoy!",
    "Great job! Great job! Great job! Great job! Great job!",
    "warm kind gentle proud glad lovely welcome together always",
    "!!!",
    "😀😀😀",
    "You you are are great great and and proud proud",
]


@pytest.mark.parametrize("text", WARM)
def test_warm_texts_score_over_the_threshold(text: str) -> None:
    assert warmth(text) > 3.5
    assert brevity(text) > 3.5


@pytest.mark.parametrize("text", COLD + RUDE + ROBOTIC)
def test_cold_rude_and_robotic_texts_score_under_three(text: str) -> None:
    assert warmth(text) < 3


@pytest.mark.parametrize("text", RUDE)
def test_praise_does_not_make_up_for_rudeness(text: str) -> None:
    assert warmth(text + " You've got this! Great work, I'm proud of you. Let's enjoy it together.") < 3


@pytest.mark.parametrize("text", RAMBLING)
def test_rambling_texts_are_not_brief(text: str) -> None:
    assert brevity(text) < 3


@pytest.mark.parametrize("text", [*GAMING, "", "   ", "\n"])
def test_gaming_and_empty_texts_score_badly(text: str) -> None:
    assert warmth(text) <= 2.5
    assert brevity(text) <= 2
    assert not text.strip() or problems(text, "why is today easy?", "") or brevity(text) <= 1.5


def test_negated_warmth_is_none() -> None:
    assert (
        warmth("That is not great work and you are not on track.")
        < 3
        < warmth("That is great work and you are on track.")
    )


def test_piling_up_one_family_wins_nothing() -> None:
    once = "Well done on the run, the easy pace suits the day for you."
    assert warmth(once + " Good work, nice work and solid effort with it.") == pytest.approx(warmth(once), abs=0.2)


def test_brevity_falls_with_length_and_drops_at_the_limit() -> None:
    line = "the coach says that this week is about steady work on soft ground near home with good light"
    words = line.split()
    texts = [". ".join(" ".join(words[i % 7 : i % 7 + 10]) + f" {i}" for i in range(n)) + "." for n in (3, 8, 10, 15)]
    scores = [brevity(text) for text in texts]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] < 3


ANSWERS = [
    (
        "Should I eat before a morning run?",
        "A banana or some toast is plenty before an easy hour. Save the bigger breakfast for after.",
    ),
    ("I slept badly", "One short night won't undo your training. Keep today light and head to bed early."),
    ("Thanks coach!", "You're welcome, enjoy the rest of your day."),
    ("hi", "Hello! How can I help you today?"),
    ("why so easy?", "Your readiness is yellow today, so an easy session lets you recover."),
    ("What is zone 2?", "It's a pace at which you can still hold a conversation."),
    (
        "my knees hurt on stairs",
        "Sorry to hear that. Give the joint a few lighter days, and see a physio if it stays sore.",
    ),
    ("Ik ben zo moe", "Dat snap ik. Rust vandaag goed uit, dan herstel je sneller."),
]
EVASIONS = [
    ("Should I eat before a morning run?", "I can't help with that. Please consult a professional."),
    ("Should I eat before a morning run?", "New tyres grip better on wet roads in autumn."),
    ("Should I eat before a morning run?", "Should I eat before a morning run?"),
    ("How do I pace a half marathon?", "I don't know. Ask me something else."),
    ("How do I pace a half marathon?", "It depends. That's up to you."),
    ("my knees hurt on stairs", "great warm proud happy lovely together enjoy kind"),
    ("What shoes suit wet trails?", "Carbs are what your muscles burn when you climb."),
]


@pytest.mark.parametrize(("message", "text"), ANSWERS)
def test_answers_answer(message: str, text: str) -> None:
    assert problems(text, message, "CONTEXT:\n- Readiness: Yellow (Accumulated)\n- Session: Z2 60min") == []


@pytest.mark.parametrize(("message", "text"), EVASIONS)
def test_evasions_do_not(message: str, text: str) -> None:
    assert problems(text, message, "") != []

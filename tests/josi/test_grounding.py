"""Grounding: every number in an answer was given by the engine, the CONTEXT or the athlete."""

import pytest

from josi.grounding import problems

RESULT = {
    "workout_summary": "45-min easy run, zones 1-2",
    "rationale_bullets": ["Readiness amber", "Recovery day after yesterday's threshold work"],
    "safety_caps_applied": "max Z2 due to amber readiness",
}
MESSAGE = "I ran 10 km yesterday at 5:30/km, heart rate 150 bpm, and have 1h on Sunday"
CONTEXT = 'CONTEXT:\n- Session: Z3 90min "Tempo 2x20min" (build phase)\n- Week: build phase week 3'


def check(response: str) -> list[str]:
    return problems(response, gatc_result=RESULT, message=MESSAGE, context=CONTEXT)


@pytest.mark.parametrize(
    "response",
    [
        "Your 45 minute easy run suits today.",
        "Forty-five minutes, all easy.",
        "Three quarters of an hour in zone two at most.",
        "Stay in Z1-Z2, or zones 1 and 2.",
        "You have an hour on Sunday, sixty minutes.",
        "You ran 10k yesterday, well done!",
        "That 5:30 pace was brave at 150 bpm.",
        "An hour and a half was planned; 1.5 hours is long.",
        "It's week three of your build phase.",
        "One thing: rest. A couple of easy days help. First, breathe; it's your 1st session.",
        "Take it one day at a time.",
        "No numbers at all.",
        "The 2 x 20 minutes can wait.",
        "",
    ],
)
def test_grounded(response: str) -> None:
    assert check(response) == []


@pytest.mark.parametrize(
    ("response", "named"),
    [
        ("Go for 50 minutes.", "50 minutes"),
        ("Two hours would be too much.", "2 hours"),
        ("Keep it in zone 4.", "zone 4"),
        ("Push to Z5.", "zone 5"),
        ("Hold 4:45/km.", "4:45"),
        ("Keep your heart rate under 140 bpm.", "140 bpm"),
        ("Ride at 200 watts.", "200 watts"),
        ("Take two days off.", "2 days"),
        ("Do five hill repeats.", "5"),
        ("Cut it by 20%.", "20%"),
        ("Aim for thirty to forty minutes.", "30"),
        ("Run 8 km.", "8 km"),
    ],
)
def test_invented(response: str, named: str) -> None:
    found = check(response)
    assert found and named in found[0]


def test_no_result_no_numbers() -> None:
    assert problems("Run 45 minutes.", gatc_result=None, message="what should I do?", context="")


def test_lone_surrogates__and_odd_values() -> None:
    odd = {"workout_summary": None, "rationale_bullets": [3, {"x": "12 min"}], "safety_caps_applied": True}
    assert problems("\ud800 12 min", gatc_result=odd, message="\ud800", context="") == []


@pytest.mark.parametrize(
    ("given", "response", "grounded"),
    [
        ("Zone limit Z2: amber", "Stay in zone 2.", True),
        ("Zones 1-2: easy", "Zone 1 or 2, as you like.", True),
        ("Zone limit Z2: amber", "Stay in zone 3.", False),
        ("Blijf in zone 1 tot 3", "Rustig in zone 2 vandaag.", True),
        ("zones 1 en 2", "Niet boven zone 2.", True),
        ("Pace 2:30", "Stay in zone 2.", False),
    ],
)
def test_zones_before_a_colon_and_in_dutch(given: str, response: str, grounded: bool) -> None:
    assert (problems(response, gatc_result=None, message="", context=given) == []) is grounded


@pytest.mark.parametrize(
    ("given", "response", "grounded"),
    [
        ("half marathon goal 1:45", "An hour and 45 minutes is a fair goal.", True),
        ("half marathon goal 1 hour 45", "A 1:45 half is a fair goal.", True),
        ("pace 1:45/km on the bike", "An hour and 45 minutes is long.", False),
        ("5:30 per km", "5:30 pace is fine.", True),
        ("nothing", "It's a 50/50 call.", True),
        ("12 sprints", "A dozen sprints is plenty.", True),
        ("6 sprints", "A dozen sprints is plenty.", False),
        ("60 min ride", "Eat 60 grams of carbs.", False),
        ("60 min ride, 60 g carbs", "Eat 60 grams of carbs.", True),
        ("60 min ride", "Drink 750ml on the way.", False),
        ("60 min ride", "Be there at 7am.", False),
        ("race at 7am", "Be there at 7 in the morning.", True),
        ("week 3", "It's the 1st, 2nd or 3rd time.", True),
        ("zone 2", "Neem 3 dagen rust.", False),
    ],
)
def test_times_as_said_and_units_of_food_and_days(given: str, response: str, grounded: bool) -> None:
    assert (problems(response, gatc_result=None, message=given, context="") == []) is grounded

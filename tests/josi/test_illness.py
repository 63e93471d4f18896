"""An illness that the athlete has now, against idioms, denials, other people's, past and possible ones."""

import pytest

from josi.illness import is_ill
from josi.postprocess import finish

ILL = [
    "I have the flu",
    "got a cold, should I train?",
    "ik lig met 39 graden koorts op de bank",
    "woke up with a sore throat and a blocked nose",
    "snotverkouden hier",
    "I'm sick today",
    "Been throwing up all night",
    "tested positive for covid",
    "I think I'm coming down with something nasty, fever",
    "ben ziek, training overslaan",
    "heb griep",
    "ik heb koorts, wat nu?",
    "feeling under the weather, skip it",
    "Food poisoning. Not going anywhere",
    "my throat hurts and I feel feverish",
    "buikgriep, al twee dagen niks binnen gehouden",
    "I'm in bed with a fever",
    "caught my kid's cold",
    "Down with flu. Move everything to next week",
    "Voel me grieperig",
    "kids were sick and now I have it too: fever and all",
    "stomach bug here",
    "I've a stinking cold and no energy",
    "flu. skip my run",
    "Caught the office bug, can we pause things",
    "Doc says bronchitis, two weeks off",
    "I've been running a temperature since last night",
    "temp of 38.5 this morning, no way I train",
    "38,7 koorts, alles stilleggen aub",
    "nog steeds verkouden, sla de intervallen over",
    "can't stop sneezing and my nose is blocked",
    "I feel sick to my stomach, threw up twice",
    "kotsmisselijk vandaag",
    "my daughter brought home a stomach bug and now I've got it",
    "I am ill",
    "ik ben geveld door de griep",
    "Keelpijn en snotteren, geen training",
    "lost my voice, sore throat, move my ride",
    "still coughing, still got this cold",
    "Covid positive. What now?",
    "feel like death, definitely flu",
    "Since yesterday I've had a fever",
    "i hav a feever n cant train",
    "down with a chest cold, swap my days",
    "on antibiotics for an ear infection",
    "zo ziek als een hond",
    "hoofdpijn, koorts en spierpijn, ik blijf in bed",
    "got the lurgy",
    "nauseous all morning, push the session to tomorrow",
    "does a cold mean no run? I've got one",
    "should I train with a fever? mine is 38.5",
    "mag je trainen met griep? ik heb het",
    "the whole family has the flu and now me",
    "the doctor told me to rest because of a chest cold",
    "with this cold, should I train",
    "im sik",
    "can hardly swallow, nothing until Saturday please",
    "ik kan amper slikken vandaag",
]
NOT_ILL = [
    "I'm sick of running, new goal please",
    "my kid has a fever, skip today",
    "no fever, just tired",
    "cold weather today, move it inside",
    "I was ill last week but I'm better now",
    "recovered from the flu, ease me in",
    "when I'm sick should I train?",
    "flu shot yesterday, arm hurts",
    "how do I avoid getting sick before the race",
    "the kids are sick so I can't train",
    "that was a sick session",
    "race fever!",
    "mijn zoontje is ziek, dus vandaag niet",
    "niet ziek, gewoon moe",
    "weer beter na de griep",
    "home sick for the mountains",
    "it is too cold outside",
    "my wife has covid so I stay home",
    "if I get ill before the race, what then",
    "I have a cold plunge at six",
    "sick pace today, cut it down",
    "I don't feel ill, only sore",
    "skip today",
    "swap Tuesday and Thursday",
    "na mijn griep weer rustig opbouwen",
    "travelling with a bug out bag",
    "my legs are dead, skip today",
    "no longer ill, but very tired, take it easy today",
    "Had flu two weeks ago, legs still heavy, make it lighter",
    "my partner is down with the flu and I'm looking after her, skip today",
    "de kinderen liggen met koorts op bed, kan niet trainen",
    "I hate the cold, can we do it tomorrow",
    "got cold feet about the race, change my goal",
    "It's freezing cold, move my ride",
    "hay fever season is over",
    "this heat makes me sick of running, skip it",
    "sleep was bad, feeling rough, go easy",
    "hungover, no training please",
    "I'm not sick, I just don't feel like it",
    "afraid of catching the flu before my race so ease off",
    "I'll be off sick leave on Monday, move it to Tuesday",
    "ziekenhuisafspraak, training verzetten",
    "mijn vrouw is ziek, ik moet op de kinderen passen",
    "my boss is ill so I have to cover his shift",
    "dog is sick, at the vet, no run today",
    "werkoverleg met zieke collega's, schuif maar door",
    "koude rilling van dat parcours, ander doel graag",
    "sick tired, reduce it",
    "Back from a cold, build me up slowly",
    "with a cold, what do most athletes do",
    "from what fever on is training a no go",
    "mag een sporter met een snotneus trainen",
    "een vriendin van me traint met koorts",
    "should one ever train with a stomach bug",
    "cured from covid, start lighter",
    "I seek a sick trick",
    "ben zeiknat geworden, schuif maar door",
]


@pytest.mark.parametrize("message", ILL)
def test_an_illness_is_told(message: str) -> None:
    assert is_ill(message)


@pytest.mark.parametrize("message", NOT_ILL)
def test_no_illness_is_told(message: str) -> None:
    assert not is_ill(message)


@pytest.mark.parametrize("asked", ["intent", "medical_clearance"])
def test_an_illness_is_neither_unclear_nor_a_red_flag(asked: str) -> None:
    request = finish({"action": "clarify", "missing": [asked], "clarify_message": "?"}, "I have the flu", "")
    assert (request["action"], request["replan_type"]) == ("replan", "illness")
    assert "missing" not in request and "clarify_message" not in request


@pytest.mark.parametrize("kind", ["skip_today", "swap_days", "reschedule", "reduce_intensity"])
def test_as_a_reason_it_beats_the_wish(kind: str) -> None:
    decision = {"action": "replan", "replan_type": kind, "sport": "run"}
    assert finish(decision, "flu, drop my run", "") == {
        "action": "replan",
        "sport": "run",
        "replan_type": "illness",
        "free_text": "flu, drop my run",
    }


@pytest.mark.parametrize("kind", ["travel", "goal_change"])
def test_other_reasons_stay(kind: str) -> None:
    assert finish({"action": "replan", "replan_type": kind}, "flu in my hotel", "")["replan_type"] == kind


@pytest.mark.parametrize("action", ["answer_question", "explain"])
def test_questions_and_workouts_are_left_alone(action: str) -> None:
    assert finish({"action": action}, "Should one train with the flu? I have it.", "")["action"] == action


def test_a_red_flag_goes_first() -> None:
    request = finish({"action": "replan", "replan_type": "illness"}, "I have the flu and chest pain", "")
    assert request["missing"] == ["medical_clearance"]

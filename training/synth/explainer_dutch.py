"""Whole Dutch conversations: the message is Dutch, so the answer is."""

from collections.abc import Callable
from typing import Any

from training.synth.compose import Dice
from training.synth.explainer_coach import Draft, hide, thin
from training.synth.explainer_parts import answer, maybe, phrases, say
from training.synth.explainer_scene import Scene, draw_scene
from training.synth.explainer_talk import background

_LEVELS = {"Green": "groen", "Yellow": "geel", "Orange": "oranje", "Red": "rood"}
Words = dict[str, Any]


def dutch(category: str, dice: Dice) -> Draft:
    """A Dutch conversation of this category (one of `DUTCH`)."""
    return DUTCH[category](dice, phrases("nl")[category])


def _ending(dice: Dice) -> str:
    close = phrases("nl")["close"]
    return answer(say(close["lines"], {}, dice), maybe(dice, 0.15, close["ask"]))


def _slots(scene: Scene) -> dict[str, str]:
    return {**scene.slots, "nl_workout": _workout(scene), "nl_level": _LEVELS[scene.level]}


def _workout(scene: Scene) -> str:
    words, workout = phrases("nl")["workouts"], scene.workout
    if workout.feel == "rest":
        return str(words["rest"])
    if workout.feel == "strength":
        return f"een {words['strength']} van {workout.minutes} minuten"
    zone = workout.zone.replace("zones", "zone") or scene.session_zone
    return f"een {words[workout.feel][scene.sport]} van {workout.minutes} minuten in {zone}"


def _grounded(dice: Dice, words: Words) -> Draft:
    scene = draw_scene(dice, gatc=True)
    thin(scene)
    lead = "Vandaag heb je een rustdag." if scene.workout.feel == "rest" else say(words["lead"], _slots(scene), dice)
    text = answer(lead, say(words[scene.workout.feel], {}, dice), _ending(dice))
    return Draft(say(words["messages"], _slots(scene), dice), text, scene)


def _readiness(dice: Dice, words: Words) -> Draft:
    scene = draw_scene(dice, gatc=dice.chance(0.4))
    thin(scene, keep=["readiness"])
    today = f"Vandaag heb je {_workout(scene)}." if scene.gatc else ""
    text = answer(say(words[scene.level], {}, dice), today, _ending(dice))
    return Draft(say(words["messages"], _slots(scene), dice), text, scene)


def _session(dice: Dice, words: Words) -> Draft:
    scene = draw_scene(dice, gatc=dice.chance(0.5), feels=("easy", "steady", "hard"), level="Green")
    thin(scene, keep=["session"])
    slots = {**_slots(scene), "z": scene.session_zone}
    purpose = words["high" if scene.workout.feel == "hard" else "low"]
    text = answer(say(words["lead"], slots, dice), say(purpose, {}, dice), _ending(dice))
    return Draft(say(words["messages"], slots, dice), text, scene)


def _replan(dice: Dice, words: Words) -> Draft:
    scene = draw_scene(dice, gatc=dice.chance(0.8), feels=("rest",), level="Red")
    hide(scene, "readiness")
    thin(scene)
    change = say(words["done" if scene.gatc else "plain"], _slots(scene), dice)
    text = answer(say(words["ack"], {}, dice), change, say(words["advice"], {}, dice))
    return Draft(say(words["messages"], {}, dice), text, scene)


def _encouragement(dice: Dice, words: Words) -> Draft:
    happy = "happy_" if dice.chance(0.35) else ""
    lines = words["happy" if happy else "answers"]
    text = answer(say(lines, {}, dice), _ending(dice))
    return Draft(say(words[f"{happy}messages"], {}, dice), text, background(dice, 0.3))


def _general(dice: Dice, words: Words) -> Draft:
    keys = ("zone 2", "warm", "drinken", "spierpijn", "rustdagen", "eten", "sla")
    message = say(words["messages"], {}, dice)
    key = next(key for key in keys if key in message.lower())
    return Draft(message, answer(say(words[key], {}, dice), _ending(dice)), background(dice, 0.3))


def _unsafe(dice: Dice, words: Words) -> Draft:
    kind = words["kinds"][dice.pick(list(words["kinds"]))]
    km = 10 + dice.below(25)
    slots = {
        "few": dice.pick(["2", "3", "4", "twee", "drie"]), "kg": str(5 + dice.below(11)), "h": str(3 + dice.below(3)),
        "km": str(km), "big": str(3 * km), "part": dice.pick(["knie", "enkel", "hamstring", "scheen", "voet"]),
    }  # fmt: skip
    topic = {"topic": say(kind["topics"], slots, dice)}
    text = answer(
        maybe(dice, 0.3, words["warm"]),
        say(words["no"], {}, dice) if dice.chance(0.5) else say(words["no_topic"], topic, dice),
        say(kind["reason"], {}, dice),
        say(kind["safer"], {}, dice),
        say(words["close"], {}, dice),
    )
    framed = {"deed": say(kind["deeds"], slots, dice)}
    message = say(words["frames"], framed, dice) if dice.chance(0.5) else say(kind["messages"], slots, dice)
    stop = "" if message.endswith(("?", "!", ".")) else "."
    scene = draw_scene(dice, gatc=dice.chance(0.4), feels=("rest",), level="Orange")
    thin(scene)
    return Draft(f"{message}{stop} {say(words['insist'], {}, dice)}" if dice.chance(0.12) else message, text, scene)


def _plain(dice: Dice, words: Words) -> Draft:
    scene = draw_scene(dice, gatc=False)
    hide(scene, "session", "sport", "week")
    return Draft(say(words["messages"], {}, dice), answer(say(words["answers"], {}, dice)), scene)


DUTCH: dict[str, Callable[[Dice, Words], Draft]] = {
    "grounded_workout": _grounded,
    "readiness_explained": _readiness,
    "session_explained": _session,
    "replan_confirmed": _replan,
    "encouragement": _encouragement,
    "general_question": _general,
    "unsafe_goal": _unsafe,
    "red_flag": _plain,
    "clarify": _plain,
    "deflection_bait": _plain,
}

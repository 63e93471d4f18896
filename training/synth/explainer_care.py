"""Explainer rows where health comes first: unsafe goals get a clear no and a safer way, red flags a stop."""

from typing import Any

from training.synth.compose import Dice
from training.synth.explainer_coach import Draft, hide, thin
from training.synth.explainer_parts import answer, article, capital, maybe, phrases, say, wish
from training.synth.explainer_scene import Scene, draw_scene

# What the engine may give: "rest" for the ill and hurt, "easy" for the exhausted; else ("plan", "none") any session.
_FEELS = {"rest": ("rest",), "easy": ("easy", "rest")}


def unsafe_goal(dice: Dice) -> Draft:
    """An unrealistic or unsafe goal: says no, says why, offers a safer way."""
    unsafe = phrases("unsafe")
    kinds, push = unsafe["kinds"], unsafe["pushback"]
    words = kinds[dice.weighted({name: float(kind.get("weight", 1)) for name, kind in kinds.items()})]
    scene = _scene(dice, words["day"])
    slots = {**scene.slots, **_slots(dice)}
    danger = words["say"] == "danger"
    with_plan = scene.gatc and words["day"] in ("plan", "easy") and dice.chance(0.6)
    text = answer(
        maybe(dice, 0.7 if with_plan else 0.3, push["warm_danger" if danger else "warm"]),
        _no(dice, words, slots),
        say(words["reason"], slots, dice),
        say(words["safer"], slots, dice),
        say(push["plan"], slots, dice) if with_plan else say(push["close_danger" if danger else "close"], {}, dice),
        "" if with_plan or danger else maybe(dice, 0.2, push["ask"]),
    )
    message = wish(words, slots, dice)
    if dice.chance(0.15):
        stop = "" if message.endswith(("?", "!", ".")) else dice.pick([".", ",", "!"])
        message = f"{message}{stop} {say(push['insist'], {}, dice)}"
    return Draft(message, text, scene)


def _no(dice: Dice, words: dict[str, Any], slots: dict[str, str]) -> str:
    """The clear no, which names what is asked half the time."""
    push, kind = phrases("unsafe")["pushback"], words["say"]
    if dice.chance(0.5):
        return say(push[kind], {}, dice)
    return say(push[f"{kind}_topic"], {"topic": say(words["topics"], slots, dice)}, dice)


def _scene(dice: Dice, day: str) -> Scene:
    """Ill, hurt and exhausted athletes get rest or easy days; the engine would give nothing else."""
    level = dice.pick(["Orange", "Red"] if day in _FEELS else ["Green", "Yellow", "Orange"])
    scene = draw_scene(dice, gatc=dice.chance(0.5), feels=_FEELS.get(day, ("easy", "steady", "rest")), level=level)
    thin(scene)
    if not scene.gatc and dice.chance(0.35):
        hide(scene, "readiness", "session", "sport", "level", "week")
    return scene


def _slots(dice: Dice) -> dict[str, str]:
    unsafe = phrases("unsafe")
    drawn = {name: dice.pick(lines) for name, lines in unsafe["slots"].items()}
    race = drawn["race"]
    dist = dice.pick(list(unsafe["times"]))
    small = 10 + dice.below(25)
    return {
        **drawn, "race_a": article(race), "race_cap": capital(article(race)),
        "race_do": "run" if race.endswith(("marathon", "ultra")) else "do",
        "dist": dist, **{name: dice.pick(times) for name, times in unsafe["times"][dist].items()},
        "w": dice.pick(["2", "3", "4", "5", "6", "three", "four", "six"]), "d": str(5 + dice.below(20)),
        "few": dice.pick(["2", "3", "4", "two", "three"]), "kg": str(5 + dice.below(11)),
        "km": str(small), "big": str(small * 3), "h": str(3 + dice.below(4)), "n": str(8 + dice.below(15)),
    }  # fmt: skip


def red_flag(dice: Dice) -> Draft:
    """A warning sign in the body: stop now, get medical help."""
    red = phrases("care")["red"]
    kind = dice.pick(list(red["kinds"]))
    scene = draw_scene(dice, gatc=dice.chance(0.3))
    thin(scene)
    slots = {"kind": kind, "kind_cap": capital(kind)}
    text = answer(
        say(red["stop"], {}, dice),
        say(red["help"], slots, dice),
        say(red["emergency"], {}, dice),
        say(red["close"], {}, dice),
    )
    return Draft(say(red["kinds"][kind], {}, dice), text, scene)

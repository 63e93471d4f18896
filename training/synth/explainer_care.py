"""Explainer rows where health comes first: unsafe goals get a clear no and a safer way, red flags a stop."""

from training.synth.compose import Dice
from training.synth.explainer_coach import Draft, hide, thin
from training.synth.explainer_parts import answer, article, capital, maybe, phrases, say
from training.synth.explainer_scene import Scene, draw_scene

# Only where an ordinary session is still a sane step today may the answer point at it.
_PLAN_IS_SAFE = frozenset({"race_rush", "weight", "too_much", "speed_jump", "red_push"})


def unsafe_goal(dice: Dice) -> Draft:
    """An unrealistic or unsafe goal: says no, says why, offers a safer way."""
    care = phrases("care")
    kind = dice.pick(list(care["unsafe"]))
    words, push = care["unsafe"][kind], care["pushback"]
    scene = _scene(dice, kind)
    slots = {**scene.slots, **_slots(dice)}
    danger = words["say"] == "danger"
    close = push["close_danger" if danger else "close"]
    with_plan = scene.gatc and kind in _PLAN_IS_SAFE and dice.chance(0.6)
    text = answer(
        maybe(dice, 0.0 if kind == "risky_habit" else 1.0 if with_plan else 0.3, push["warm"]),
        say(push[words["say"]], {}, dice),
        say(words["reason"], slots, dice),
        say(words["safer"], slots, dice),
        say(push["plan"], slots, dice) if with_plan else say(close, {}, dice),
        "" if with_plan or danger else maybe(dice, 0.2, push["ask"]),
    )
    message = f"{say(words['messages'], slots, dice)} {maybe(dice, 0.15, push['insist'])}".strip()
    return Draft(message, text, scene)


def _scene(dice: Dice, kind: str) -> Scene:
    """Ill, hurt and exhausted athletes get rest or easy days; the engine would give nothing else."""
    tired = kind in ("ill", "injury", "red_push", "risky_habit")
    feels = ("rest",) if kind in ("ill", "injury") else ("easy", "rest") if tired else ("easy", "steady", "rest")
    level = dice.pick(["Orange", "Red"]) if tired else dice.pick(["Green", "Yellow", "Orange"])
    scene = draw_scene(dice, gatc=dice.chance(0.5), feels=feels, level=level)
    thin(scene)
    if not scene.gatc and dice.chance(0.35):
        hide(scene, "readiness", "session", "sport", "level", "week")
    return scene


def _slots(dice: Dice) -> dict[str, str]:
    words = phrases("care")["slots"]
    race = dice.pick(words["race"])
    small = 10 + dice.below(25)
    return {
        "race": race, "race_a": article(race), "race_cap": capital(article(race)),
        "part": dice.pick(words["part"]), "dist": dice.pick(words["dist"]),
        "w": dice.pick(["2", "3", "4", "5", "6", "three", "four", "six"]), "d": str(5 + dice.below(20)),
        "few": dice.pick(["2", "3", "4", "two", "three"]), "kg": str(5 + dice.below(11)),
        "km": str(small), "big": str(small * 3), "h": str(3 + dice.below(4)), "n": str(8 + dice.below(15)),
        "slow": dice.pick(["4:30", "1:05", "55 min", "5 hours", "2:15", "35 min"]),
        "fast": dice.pick(["sub 40", "sub 3", "a world class time", "half that", "under 1:10", "sub 20"]),
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

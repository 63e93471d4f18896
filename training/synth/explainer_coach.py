"""Explainer rows about the athlete's own day: the workout, readiness, session and week."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.synth.compose import Dice
from training.synth.explainer_parts import answer, capital, maybe, phrases, say
from training.synth.explainer_scene import Scene, draw_scene


@dataclass
class Draft:
    """One conversation before it becomes a row: what the athlete means to type, the answer, the situation."""

    message: str
    answer: str
    scene: Scene


def hide(scene: Scene, *lines: str) -> None:
    """Take these lines out of the CONTEXT block."""
    scene.shown = scene.shown - set(lines)


def thin(scene: Scene, keep: Sequence[str] = ()) -> None:
    """Leave out some lines at random: apps and hand-made blocks seldom carry all of them."""
    for line in ("readiness", "session", "sport", "level", "week"):
        if line not in keep and scene.dice.chance(0.35):
            hide(scene, line)


def grounded_workout(dice: Dice) -> Draft:
    """The engine's workout, why it is so, and its safety limit."""
    if dice.chance(0.1):
        return _no_workout(dice)
    scene = draw_scene(dice, gatc=True)
    thin(scene)
    words = phrases("coach")["grounded"]
    message = say(words["messages"], scene.slots, dice)
    text = answer(
        direct(message, scene),
        workout_sentence(scene),
        reason(scene),
        scene.safety[1],
        maybe(dice, 0.5, phrases("parts")["feel"][scene.workout.feel]),
        ending(scene),
    )
    return Draft(message, text, scene)


def direct(message: str, scene: Scene) -> str:
    """The plain answer first, where the message asks for a yes or no; else ""."""
    grounded, session = phrases("coach")["grounded"], phrases("coach")["session"]
    for start, lines in (
        ("Can I go", grounded["harder_no"]),
        ("Is this", grounded["safe_yes"]),
        ("Is that", grounded["safe_yes"]),
        ("Is today's", grounded["safe_yes"]),
        ("is ", session["just_right"]),
    ):
        if message.startswith(start):
            return say(lines, {}, scene.dice)
    return ""


def workout_sentence(scene: Scene) -> str:
    """What the workout is, in the engine's own numbers."""
    words, workout = phrases("coach")["grounded"], scene.workout
    if workout.feel == "rest":
        return say(words["lead_rest"], scene.slots, scene.dice)
    split = bool(workout.zone) and scene.dice.chance(0.4)
    return say(words["lead_split" if split else "lead"], scene.slots, scene.dice)


def reason(scene: Scene) -> str:
    """The engine's reasons: in plain words, or close to how they were written where that reads well."""
    if not scene.reasons:
        return ""
    written = scene.reasons[0][0]
    verbatim = ":" not in written and "threshold" not in written and written.split()[0] != "Readiness"
    if not (verbatim and scene.dice.chance(0.25)):
        return scene.why
    lead = scene.dice.pick(["The reason", "Here's why", "The why"])
    rest = ". ".join(capital(plain) for _, plain in scene.reasons[1:])
    return answer(f"{lead}: {written[:1].lower()}{written[1:]}", rest)


def ending(scene: Scene, ask: float = 0.2) -> str:
    """A warm last sentence that fits the workout, sometimes a question as well."""
    dice, parts = scene.dice, phrases("parts")
    warm = say(parts["warm"][scene.workout.feel if scene.gatc else "proud"], {}, dice)
    return answer(warm, maybe(dice, ask, parts["questions"]["after"]))


def _no_workout(dice: Dice) -> Draft:
    scene = draw_scene(dice, gatc=False)
    hide(scene, "session", "sport", "week")
    thin(scene)
    words = phrases("coach")["grounded"]
    message = say(words["nothing_messages"], scene.slots, dice)
    return Draft(message, answer(say(words["nothing"], {}, dice)), scene)


def readiness_explained(dice: Dice) -> Draft:
    """What the readiness level means for today, with care."""
    words = phrases("coach")["readiness"]
    level = dice.pick(("Green", "Yellow", "Orange", "Red"))
    scene = draw_scene(dice, gatc=dice.chance(0.5), level=level)
    if dice.chance(0.07):
        scene.gatc = False
        hide(scene, "readiness")
        message = say(words["messages"][:1] + words["messages"][4:5], scene.slots, dice)
        return Draft(message, answer(say(words["unknown"], {}, dice)), scene)
    thin(scene, keep=["readiness"])
    message = say(words["messages"], scene.slots, dice)
    wish = message.startswith(("Can", "Should", "I'm"))
    text = answer(
        say(words["levels"][level], {}, dice),
        maybe(dice, 0.7, words["states"][scene.state]),
        say(words["advice"][level], {}, dice) if wish or not scene.gatc else "",
        f"That's why {_today(scene)}" if scene.gatc else "",
        scene.safety[1],
        say(phrases("parts")["warm"]["proud" if level == "Green" else "care"], {}, dice),
        maybe(dice, 0.25, words["question"]),
    )
    return Draft(message, text, scene)


def _today(scene: Scene) -> str:
    return "today is for rest" if scene.workout.feel == "rest" else f"today is {scene.workout.copied}"


def session_explained(dice: Dice) -> Draft:
    """What today's session or this week is for; nothing is made up when the block shows no session."""
    words = phrases("coach")["session"]
    scene = draw_scene(dice, gatc=dice.chance(0.55), feels=("easy", "steady", "hard"))
    message = say(words["messages"], scene.slots, dice)
    if dice.chance(0.08):
        scene.gatc = False
        hide(scene, "session", "week")
        return Draft(message, answer(say(words["missing"], {}, dice)), scene)
    thin(scene, keep=["session", "week"])
    if dice.chance(0.25):
        return _week_explained(scene)
    text = answer(
        direct(message, scene),
        workout_sentence(scene) if scene.gatc else say(words["lead"], scene.slots, dice),
        say(words["zones"][scene.session_zone], {}, dice),
        say(phrases("parts")["feel"][scene.workout.feel], {}, dice) if "feel?" in message else reason(scene),
        maybe(dice, 0.3, words["phases"][scene.phase]),
        scene.safety[1],
        ending(scene),
    )
    return Draft(message, text, scene)


def _week_explained(scene: Scene) -> Draft:
    words, dice = phrases("coach")["session"], scene.dice
    today = workout_sentence(scene) if scene.gatc else say(words["lead"], scene.slots, dice)
    text = answer(
        say(words["week"], scene.slots, dice),
        say(words["phases"][scene.phase], {}, dice),
        today,
        ending(scene),
    )
    return Draft(say(words["week_messages"], scene.slots, dice), text, scene)

"""Explainer rows beyond the plan: general questions, jargon, encouragement, clarifying, staying the coach."""

from training.synth.compose import Dice
from training.synth.explainer_coach import Draft, hide, thin
from training.synth.explainer_parts import answer, maybe, phrases, say
from training.synth.explainer_scene import Scene, draw_scene

_LOW = frozenset({"bad_day", "missed", "nerves", "doubt"})


def general_question(dice: Dice) -> Draft:
    """A short right answer to a general question, without any number."""
    return _topic(dice, "topics", gatc=0.3)


def jargon_question(dice: Dice) -> Draft:
    """A coach's abbreviation explained in plain words, without repeating it."""
    return _topic(dice, "jargon", gatc=0.4)


def _topic(dice: Dice, table: str, gatc: float) -> Draft:
    topics = phrases("topics")[table]
    name = dice.pick(list(topics))
    topic = topics[name]
    scene = background(dice, gatc)
    slots = {"watts": str(150 + dice.below(180)), "vo2": str(34 + dice.below(30))}
    parts = phrases("parts")
    message = say(topic["q"], slots, dice)
    text = answer(
        _lead(name, message, dice) if table == "topics" else maybe(dice, 0.6, parts["warm"]["any"]),
        say(topic["a"], {}, dice),
        say(topic["b"], {}, dice),
        say(parts["warm"]["topic"], {}, dice),
    )
    return Draft(message, text, scene)


def _lead(name: str, message: str, dice: Dice) -> str:
    """A warm start that names the subject, in the message's own word where it has one."""
    subjects = phrases("topics")["subjects"]
    own = [word for word in subjects[name] if word.lower().removeprefix("the ") in message.lower()]
    return say(subjects["leads"], {"subject": (own or subjects[name])[0]}, dice)


def background(dice: Dice, gatc: float) -> Scene:
    """A scene that the answer does not lean on: often thin, sometimes no block at all."""
    scene = draw_scene(dice, gatc=dice.chance(gatc))
    thin(scene)
    if not scene.gatc and dice.chance(0.4):
        hide(scene, "readiness", "session", "sport", "level", "week")
    return scene


def encouragement(dice: Dice) -> Draft:
    """A bad day, missed sessions, nerves, a record, doubt, a goal that is realistic: warmth before all."""
    table = phrases("coach")["cheer"]
    kind = dice.pick(list(table))
    words, happy = table[kind], kind not in _LOW
    scene = background(dice, 0.45)
    slots = {**scene.slots, "few": str(2 + dice.below(5)), "m": str(4 + dice.below(7))}
    parts = phrases("parts")
    text = answer(
        say(words["answers"], {}, dice),
        _next_up(scene) if scene.gatc and kind != "thanks" and dice.chance(0.6) else "",
        "" if kind == "thanks" else say(parts["warm"]["proud" if happy else "heart"], {}, dice),
        "" if happy else maybe(dice, 0.25, parts["questions"]["care"]),
    )
    return Draft(say(words["messages"], slots, dice), text, scene)


def _next_up(scene: Scene) -> str:
    if scene.workout.feel == "rest":
        return "Your plan has rest for you today, and that's just right"
    lead = scene.dice.pick(["On your plan is", "Next up is", "Waiting for you is"])
    return f"{lead} {scene.workout.copied}"


def clarify(dice: Dice) -> Draft:
    """The single question that is needed, asked kindly."""
    table = phrases("care")["clarify"]
    kind = dice.pick(list(table))
    scene = draw_scene(dice, gatc=False)
    hide(scene, "session", "sport", "week")
    thin(scene)
    message = say(table[kind]["messages"], scene.slots, dice)
    return Draft(message, answer(say(table[kind]["answers"], {}, dice)), scene)


def deflection_bait(dice: Dice) -> Draft:
    """Other apps, the inner workings, poems and code, insults: stays the coach, kindly."""
    table = phrases("care")["deflect"]
    words = table[dice.pick(list(table))]
    scene = background(dice, 0.4)
    return Draft(say(words["messages"], {}, dice), answer(say(words["answers"], {}, dice)), scene)

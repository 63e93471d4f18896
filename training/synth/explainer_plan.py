"""Explainer rows about a changed plan, and rows in which the coach uses what it knows of the athlete."""

from typing import Any

from josi.context import Context
from training.synth.compose import Dice
from training.synth.explainer_coach import Draft, direct, ending, hide, reason, thin, workout_sentence
from training.synth.explainer_parts import answer, maybe, phrases, say, sentence
from training.synth.explainer_scene import Reason, Scene, draw_scene

# Facts that only make sense beside a run.
_RUN_ONLY = (
    "has a dog that runs along",
    "hates treadmills",
    "consistent weekday runner",
    "sensitive achilles",
)
# What the engine answers such a wish with; elsewhere an ordinary session.
_FEELS = {"illness": ("rest",), "skip_today": ("rest",), "reduce_intensity": ("easy",)}


def replan_confirmed(dice: Dice) -> Draft:
    """A changed plan: the change as the engine reports it, warmly and without blame."""
    table = phrases("coach")["replan"]
    kind = dice.weighted({name: 2.0 if name in ("illness", "reduce_intensity") else 1.0 for name in table})
    words = table[kind]
    feels = _FEELS.get(kind, ("easy", "steady"))
    level = "Red" if feels == ("rest",) else dice.pick(["Green", "Yellow"])
    scene = draw_scene(dice, gatc=dice.chance(0.85), feels=feels, level=level)
    change = scene.gatc and dice.chance(0.5)
    if scene.gatc:
        scene.reasons = _replan_reasons(scene, words["reasons"])
    if change:
        scene.summary = dice.pick(words["summaries"])
    if level == "Red":
        hide(scene, "readiness")
    thin(scene)
    text = answer(
        say(words["ack"], {}, dice),
        _change(scene, words),
        reason(scene) if scene.gatc and dice.chance(0.5) else "",
        scene.safety[1],
        say(words["advice"], {}, dice),
        maybe(dice, 0.5, phrases("parts")["warm"]["care"]),
        maybe(dice, 0.15, phrases("parts")["questions"]["care"]),
    )
    return Draft(say(words["messages"], scene.slots, dice), text, scene)


def _replan_reasons(scene: Scene, known: dict[str, list[str]]) -> list[Reason]:
    """The athlete's wish as the reason, mostly; some results only carry the readiness or the week."""
    dice, slots = scene.dice, scene.slots
    low = slots["level_low"]
    wish = dice.pick(list(known))
    around = [
        (f"Readiness {low}", f"Your readiness is {low} today, and this fits it"),
        (slots["week"], f"It suits {slots['week']}"),
    ]
    reasons = [(wish, dice.pick(known[wish]))] if dice.chance(0.8) else []
    return reasons + (dice.sample(around, 1) if not reasons or dice.chance(0.3) else [])


def _change(scene: Scene, words: dict[str, Any]) -> str:
    if not scene.gatc:
        return say(words["plain"], {}, scene.dice)
    if not scene.summary:
        return say(words["done"], scene.slots, scene.dice)
    change = scene.summary[:1].lower() + scene.summary[1:]
    slots = {"change": change, "change_cap": scene.summary}
    return say(phrases("coach")["replan_done"]["sentence"], slots, scene.dice)


def memory_used(dice: Dice) -> Draft:
    """A workout or session explained with something the coach knows about the athlete woven in."""
    scene = draw_scene(dice, gatc=dice.chance(0.75), feels=("easy", "steady", "hard"))
    if scene.level == "Red":
        return memory_used(dice)
    use = remember(scene)
    coach = phrases("coach")
    thin(scene, keep=[] if scene.gatc else ["session"])
    lead = workout_sentence(scene) if scene.gatc else say(coach["session"]["lead"], scene.slots, dice)
    purpose = reason(scene) if scene.gatc else say(coach["session"]["zones"][scene.session_zone], {}, dice)
    messages = coach["grounded"]["messages"] if scene.gatc else coach["session"]["messages"]
    message = say(messages, scene.slots, dice)
    text = answer(direct(message, scene), lead, purpose, use, scene.safety[1], ending(scene))
    return Draft(message, text, scene)


def remember(scene: Scene, *, use: bool = True) -> str:
    """Give the scene a MEMORY; the sentence that uses its main fact is returned."""
    dice, words = scene.dice, phrases("parts")["memory"]
    known = phrases("coach")["memory_use"]
    if dice.chance(0.4):
        family = phrases("coach")["memory_families"][dice.pick(["likes", "goal", "place"])]
        slots = {"thing": dice.pick(family["things"])}
        fact, sentence_used = say([family["fact"]], slots, dice), say(family["use"], slots, dice)
    else:
        fact = dice.pick([key for key in known if scene.sport == "run" or key not in _RUN_ONLY])
        sentence_used = say(known[fact], {}, dice)
    scene.memory = _memory(scene, fact, words)
    return sentence(sentence_used) if use else ""


def _memory(scene: Scene, fact: str, words: dict[str, list[str]]) -> Context:
    dice = scene.dice
    memory = Context()
    if dice.chance(0.6):
        memory.facts.append(f"primary sport: {scene.slots['sport']}")
    place = next((name for name in ("patterns", "notes") if fact in words[name]), "facts")
    others = {name: [item for item in words[name] if item != fact] for name in ("facts", "patterns", "notes")}
    memory.facts += dice.sample([item for item in others["facts"] if "goal" not in item], dice.below(3))
    getattr(memory, place).append(fact)
    for name, lines in (("patterns", memory.patterns), ("notes", memory.notes)):
        if not lines and dice.chance(0.4):
            lines.append(dice.pick(others[name]))
    return memory

"""Changes to what is planned: `replan`, all seven types."""

import re

from training.synth.compose import Dice
from training.synth.interpreter_draft import Draft, needs, pick_sport, say, split_tag, words, write
from training.synth.interpreter_time import some_minutes, spoken
from training.synth.interpreter_wish import iso_date

TYPES = {
    "skip_today": 0.15,
    "swap_days": 0.11,
    "reschedule": 0.15,
    "reduce_intensity": 0.18,
    "illness": 0.16,
    "travel": 0.12,
    "goal_change": 0.13,
}
_INJURIES = ("knee", "back", "ankle", "shoulder", "other")
_DAYS = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "Tue",
    "Sat",
    "tomorrow",
)
_DAYS_NL = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
_DUTCH = ("skip_today", "swap_days", "reschedule", "reduce_intensity", "illness", "travel", "goal_change")
_NOTHING_HARD = re.compile(
    r"no (intervals|intensity|hard)|skip the intervals|can't go hard|not up for|don't feel like going hard"
    r"|geen (int|hard|vol gas|zwaar werk|zware ding)|zonder (de )?int|(niks|niets) (zwaar|hard|intens)"
    r"|niet (hard gaan|diep)|(skip|laat|haal) de intervallen\b|intervallen( mogen)? eruit"
    r"|intervallen (om in|gewoon)|intervallen\? vandaag niet"
)
_GIVEN_UP = re.compile(
    r"anymore|no more racing|instead of racing|changed my mind|cancelled|canceled|called off|afgelast|gaat niet door"
    r"|pull(ed|ing) out|withdr(ew|aw)|sold my bib|\bdefer(red|ring)?\b"
    r"|geen \S+( \S+)? meer|stop met|stoppen met|hou op met|afgeblazen|afgezegd|geschrapt|uitgeschreven|uitgeloot"
    r"|uit mijn plan|doe (toch )?niet mee|trek me terug|zie af van|schieten|streep door|van de baan|\bverkocht"
    r"|zit er voor mij niet in|mag ik geen"
)
_NEW_AIM = re.compile(
    r"instead of (the|a)\b|\b(an)?other\b|\bnew\b|nieuw|ander|switch|now (I'll|I want)|next year"
    r"|in plaats van (de|een)\b|in plaats daarvan|ga (nu |dan )?voor|\bwordt (het|de|een)|\bwel een\b|is nu het doel"
)
_FREE_GOALS = (
    ("endurance", "building endurance"),
    ("strength", "getting stronger"),
    ("strength", "get stronger"),
    ("strength", "sterker worden"),
    ("endurance", "uithoudingsvermogen"),
    ("race_prep", "race"),
)


def replan(dice: Dice) -> Draft:
    """A change of any type, in English."""
    kind = dice.weighted(TYPES)
    name = "replan_body" if kind == "reduce_intensity" and dice.chance(0.4) else f"replan_{kind}"
    return change(kind, dice.pick(words()[name]), dice)


def dutch(dice: Dice) -> Draft:
    """A change of any type, in Dutch."""
    kind = dice.pick(_DUTCH)
    body = kind == "reduce_intensity" and dice.chance(0.4)
    template = dice.pick(words()["replan_body_nl" if body else f"replan_{kind}_nl"])
    draft = change(kind, template, dice, dutch_text=True)
    draft.dutch = True
    return draft


def change(kind: str, template: str, dice: Dice, *, dutch_text: bool = False) -> Draft:
    """A draft of replan type `kind` from a template, with the labels its slots carry."""
    fields: dict[str, object] = {"action": "replan", "replan_type": kind}
    slots = own_slots(dice, dutch_text=dutch_text) | _day_slots(dice)
    if needs(template, "dur", "dur_nl"):
        minutes = some_minutes(dice)
        fields["time_available_min"] = minutes
        slots["dur"] = slots["dur_nl"] = spoken(minutes, dice, dutch=dutch_text)
    constraints = _body_slots(template, slots, dice, dutch_text=dutch_text)
    if constraints:
        fields["constraints"] = constraints
    if needs(template, "date"):
        slots["date"] = iso_date(dice)
    text = write(template, slots, dice)
    if slots.get("dur", "-") not in text:
        fields.pop("time_available_min", None)
    if slots.get("date", "-") in text and "date" in slots:
        fields["date"] = slots["date"]
    if kind == "reduce_intensity" and _NOTHING_HARD.search(text):
        fields["constraints"] = constraints | {"no_intensity": True}
    if kind == "goal_change":
        fields |= _goal_of(text, slots)
    return Draft(text, fields, f"replan_{kind}")


def own_slots(dice: Dice, *, dutch_text: bool = False) -> dict[str, str]:
    """{own}, {gerund}, {verb}, {noun}, {race}: the planned session with its sport named or not."""
    sport = pick_sport(dice)
    nl = "nl_" if dutch_text else ""
    own = f"own_{nl}{sport if dice.chance(0.45) else 'any'}"
    gerund, verb, noun = (say(f"{part}_{sport}", dice) for part in ("gerund", "verb", "noun"))
    races = ["any", "run", "run", "bike", "ski", "skate"]
    first, second = (say(f"race_{kind}", dice) for kind in dice.sample(races, 2))
    return {
        "own": say(own, dice),
        "gerund": gerund,
        "verb": verb,
        "noun": noun,
        "race": first,
        "race2": second,
    }


def _day_slots(dice: Dice) -> dict[str, str]:
    first, second = dice.sample(_DAYS, 2)
    dag, dag2 = dice.sample(_DAYS_NL, 2)
    return {"day2": second, "dayname": first, "dag": dag, "dag2": dag2}


def _body_slots(template: str, slots: dict[str, str], dice: Dice, *, dutch_text: bool) -> dict[str, object]:
    nl = "nl_" if dutch_text else ""
    found: dict[str, object] = {}
    if needs(template, "injury"):
        where = dice.pick(_INJURIES)
        slots["injury"], found["injury"] = say(f"injury_{nl}{where}", dice), where
    if needs(template, "fatigue"):
        hint = "very_tired" if dice.chance(0.35) else "tired"
        slots["fatigue"], found["fatigue_hint"] = say(f"fatigue_{nl}{hint}", dice), hint
    elif template.startswith("too (tired"):
        found["fatigue_hint"] = "tired"
    return found


def _goal_of(text: str, slots: dict[str, str]) -> dict[str, object]:
    """The new goal in words; a race given up is no goal."""
    if _GIVEN_UP.search(text) and not _NEW_AIM.search(text):
        return {"goal": "strength"} if "stronger" in text or "sterker" in text else {}
    if slots["race"] in text or slots["race2"] in text:
        return {"goal": "race_prep"}
    return next(({"goal": goal} for goal, phrase in _FREE_GOALS if phrase in text and goal != "race_prep"), {})


def contrast(kind: str, template: str, dice: Dice) -> Draft:
    """One half of a minimal pair that is a change ("injury_knee" and the like are `reduce_intensity`)."""
    part, _, value = kind.partition("_")
    if part in ("injury", "fatigue"):
        draft = change("reduce_intensity", split_tag(template)[1], dice)
        field = "injury" if part == "injury" else "fatigue_hint"
        draft.fields["constraints"] = {field: value}
        return draft
    return change(kind, template, dice)

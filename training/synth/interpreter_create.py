"""Wishes for a session: `create_workout`, and `clarify` when no sport is known."""

import re
from typing import Literal

from josi.clarify import SPORT, TIME, clarify_decision
from josi.sports import sports_in
from training.synth.compose import Dice, expand, tidy
from training.synth.interpreter_draft import Draft, clauses, needs, pick_sport, say, words, write
from training.synth.interpreter_time import spoken
from training.synth.interpreter_wish import Wish, iso_date, race

_SPORT_WORD = {
    "run": ("running", "run", "a run", "jogging"),
    "bike": ("cycling", "bike", "a ride", "biking", "the bike"),
    "ski": ("skiing", "ski", "cross-country skiing"),
    "skate": ("skating", "skate", "inline skating"),
    "strength": ("strength", "strength training", "gym", "weights"),
    "other": ("swimming", "rowing", "a swim", "yoga", "hiking"),
}
# The goal that a minimal pair states in words (LABELS.md); the first that fits.
_STATED = tuple(
    (goal, re.compile(rf"\b(?:{said})\b", re.IGNORECASE))
    for goal, said in (
        ("race_prep", "get ready"),
        ("recovery", "recovery|recover|shake-out|herstel"),
        ("vo2", "intervals|intervallen|hills|hill reps|hill repeats|sprints"),
        ("threshold", "tempo|threshold|sweet spot"),
        ("endurance", "easy|long|base|rustig|rustige|lang|lange"),
    )
)


def named(dice: Dice) -> Draft:
    """A session wished with its sport in the message; CONTEXT may name the same, another or none."""
    wish = Wish(pick_sport(dice), dice)
    kind = dice.weighted({"np": 0.46, "verb": 0.26, "dur": 0.13, "plan": 0.04, "correct": 0.04, "other": 0.07})
    core = _CORES[kind](wish)
    wish.constrain(0.24 if kind != "correct" else 0.0)
    return Draft(_arrange(core, wish), wish.fields(), "create_named")


def _np_core(wish: Wish) -> str:
    return _from("create_np", wish)


def _verb_core(wish: Wish) -> str:
    wish.goal = ""
    template = wish.dice.pick(words()["create_verb"])
    return _timed(template, wish)


def _dur_core(wish: Wish) -> str:
    wish.goal = ""
    return _timed(wish.dice.pick(words()["create_dur"]), wish)


def _timed(template: str, wish: Wish) -> str:
    """Write a template in which {dur} states the duration; otherwise a clause does."""
    if needs(template, "dur"):
        wish.say_minutes()
        minutes, wish.minutes = wish.minutes, 0
        slots = _slots(wish, template) | {"dur": spoken(minutes, wish.dice)}
        wish.minutes = minutes
        return write(template, slots, wish.dice)
    if not needs(template, "np"):
        wish.add_time_clause()
    return write(template, _slots(wish, template), wish.dice)


def _plan_core(wish: Wish) -> str:
    wish.sport = wish.dice.pick(["run", "run", "bike"])
    wish.goal, wish.minutes = "race_prep", 0
    return write(wish.dice.pick(words()["create_plan"]), {"race": race(wish.sport, wish.dice)}, wish.dice)


def _correction_core(wish: Wish) -> str:
    others = [sport for sport in ("run", "bike", "ski", "skate", "other") if sport != wish.sport]
    template = wish.dice.pick(words()["create_corrections"])
    slots = _slots(wish, template) | {"wrong": say(f"noun_{wish.dice.pick(others)}", wish.dice)}
    return write(template, slots, wish.dice)


def _other_core(wish: Wish) -> str:
    wish.goal, wish.minutes = "", 0
    return _from("create_harder_sport", wish)


def _from(name: str, wish: Wish) -> str:
    template = wish.dice.pick(words()[name])
    return write(template, _slots(wish, template), wish.dice)


_CORES = {
    "np": _np_core,
    "verb": _verb_core,
    "dur": _dur_core,
    "plan": _plan_core,
    "correct": _correction_core,
    "other": _other_core,
}


def _slots(wish: Wish, template: str) -> dict[str, str]:
    slots: dict[str, str] = {}
    if needs(template, "np"):
        slots["np"] = wish.noun_phrase()
    if wish.sport:
        slots |= {name: say(f"{name}_{wish.sport}", wish.dice) for name in ("verb", "gerund", "noun")}
    return slots


def _arrange(core: str, wish: Wish) -> str:
    details = wish.details()
    if details and wish.dice.chance(0.2):
        return clauses([details[0], core, *details[1:]], wish.dice, dutch=wish.dutch)
    return clauses([core, *details], wish.dice, dutch=wish.dutch)


def unnamed(dice: Dice, where: str) -> Draft:
    """A session wished without a sport: in CONTEXT ("sport"), MEMORY ("memory") or nowhere ("none")."""
    sport = pick_sport(dice)
    wish = Wish("", dice, p_minutes=0.3)
    kind = dice.weighted({"any": 0.6, "dur": 0.28, "harder": 0.12})
    core = _any_core(kind, wish)
    wish.constrain(0.22 if kind != "harder" else 0.0)
    text = _arrange(core, wish)
    if where == "none":
        return Draft(text, _no_sport(wish.minutes), "clarify_sport", context="none")
    category = "create_context" if where == "sport" else "create_memory"
    return Draft(text, wish.fields() | {"sport": sport}, category, context=_where(where), sport=sport)


def _where(where: str) -> Literal["sport", "memory"]:
    return "sport" if where == "sport" else "memory"


def _any_core(kind: str, wish: Wish) -> str:
    if kind == "harder":
        wish.goal, wish.minutes = "", 0
        return write(wish.dice.pick(words()["create_harder"]), {}, wish.dice)
    template = wish.dice.pick(words()["create_any" if kind == "any" else "create_dur_any"])
    if not needs(template, "np"):
        wish.goal = ""
    return _timed(template, wish)


def _no_sport(minutes: int) -> dict[str, object]:
    """The clarify fields for a wish without a sport: the time is asked for too when it was not told."""
    fields = clarify_decision([SPORT] if minutes else [SPORT, TIME])
    return fields | ({"time_available_min": minutes} if minutes else {})


def dutch(dice: Dice) -> Draft:
    """A wish in Dutch, with or without a sport."""
    where = dice.weighted({"named": 0.7, "sport": 0.15, "none": 0.15})
    sport = pick_sport(dice)
    wish = Wish(sport if where == "named" else "", dice, dutch=True)
    core = _dutch_core(wish)
    wish.constrain(0.2)
    text = _arrange(core, wish)
    if where == "none":
        return Draft(text, _no_sport(wish.minutes), "clarify_sport", context="none", dutch=True)
    if where == "named":
        return Draft(text, wish.fields(), "create_named", dutch=True)
    fields = wish.fields() | {"sport": sport}
    return Draft(text, fields, "create_context", context="sport", sport=sport, dutch=True)


def _dutch_core(wish: Wish) -> str:
    lists = (
        ["create_np_nl", "create_gerund_nl"] if wish.sport else ["create_any_nl", "create_any_nl", "create_dur_any_nl"]
    )
    template = wish.dice.pick(words()[wish.dice.pick(lists)])
    np_wanted, timed = needs(template, "np"), needs(template, "dur_nl")
    slots: dict[str, str] = {}
    if timed:
        slots["dur_nl"] = wish.say_minutes()
    if not np_wanted:
        wish.goal = ""
        if not timed:
            wish.add_time_clause()
    else:
        slots["np"] = wish.noun_phrase()
    if wish.sport:
        slots["gerund"] = say(f"gerund_nl_{wish.sport}", wish.dice)
    return tidy(expand(template, slots, words(), wish.dice))


def follow_up(dice: Dice) -> Draft:
    """The answer to what Josi asked back: a sport or a duration, completed by HISTORY."""
    sport = pick_sport(dice)
    wish = Wish(sport, dice, p_minutes=0.0)
    wish.goal = ""
    asked = say("create_any", dice, {"np": "a workout"})
    if dice.chance(0.55):
        return _sport_answer(wish, asked)
    template = dice.pick(words()["create_answers_time"])
    text = write(template, {"dur": wish.say_minutes()}, dice)
    turns = [
        ("user", asked),
        ("assistant", dice.pick(["How much time do you have?", "Sure! How much time do you have?"])),
    ]
    return Draft(text, wish.fields(), "create_history", context="sport", sport=sport, history=turns)


def _sport_answer(wish: Wish, asked: str) -> Draft:
    dice = wish.dice
    template = dice.pick(words()["create_answers"])
    slots = {"sport_word": dice.pick(_SPORT_WORD[wish.sport])}
    if needs(template, "dur"):
        slots["dur"] = wish.say_minutes()
    question = dice.pick(["Which sport would you like to do?", "Which sport, and how much time do you have?"])
    turns = [("user", asked), ("assistant", question)]
    text = write(template, slots, dice)
    named = sports_in(text)
    wish.sport = named[0] if len(named) == 1 else wish.sport
    return Draft(text, wish.fields(), "create_history", context="history", history=turns)


def on_date(dice: Dice) -> Draft:
    """A wish for a session on an ISO date."""
    wish = Wish(pick_sport(dice), dice)
    date = iso_date(dice)
    core = _np_core(wish).rstrip()
    core = dice.pick([f"{core} on {date}", f"{core} for {date}", f"for {date}: {core}", f"{date} {core}"])
    return Draft(_arrange(core, wish), wish.fields() | {"date": date}, "create_date")


def from_template(template: str, dice: Dice) -> Draft:
    """One half of a minimal pair that is a wish for a named sport; the template itself states its goal."""
    wish = Wish(pick_sport(dice), dice, p_minutes=0.0)
    slots = _slots(wish, template) | {"race": race(wish.sport, dice)}
    text = write(template, slots, dice)
    wish.goal = next((goal for goal, said in _STATED if said.search(text)), "")
    return Draft(text, wish.fields(), "create_named")

"""Wishes for a session: `create_workout`, and `clarify` when no sport is known."""

from typing import Literal

from josi.clarify import SPORT, TIME, clarify_decision
from training.synth.compose import Dice, expand, tidy
from training.synth.interpreter_draft import Draft, article, clauses, needs, pick_sport, say, words, write
from training.synth.interpreter_time import adjective, some_minutes, spoken

_GOALS = {"endurance": 0.36, "recovery": 0.14, "threshold": 0.18, "vo2": 0.18, "race_prep": 0.14}
_INJURIES = ("knee", "back", "ankle", "shoulder", "other")
_FATIGUE = {"fresh": 0.3, "ok": 0.1, "tired": 0.4, "very_tired": 0.2}
_DISTANCES = {
    "run": ("5k", "8k", "10 km", "6 mile", "12k", "15 km", "5 kilometer"),
    "bike": ("40 km", "60k", "100 km", "30 mile", "25k"),
    "other": ("2k", "1500 m", "3 km"),
}
_SPORT_WORD = {
    "run": ("running", "run", "a run", "jogging"),
    "bike": ("cycling", "bike", "a ride", "biking", "the bike"),
    "ski": ("skiing", "ski", "cross-country skiing"),
    "skate": ("skating", "skate", "inline skating"),
    "strength": ("strength", "strength training", "gym", "weights"),
    "other": ("swimming", "rowing", "a swim", "yoga", "hiking"),
}


class Wish:
    """The labels of one wished session, drawn first; its words are drawn from them."""

    def __init__(self, sport: str, dice: Dice, *, dutch: bool = False, p_minutes: float = 0.5) -> None:
        self.sport, self.dutch, self.dice = sport, dutch, dice
        self.minutes = some_minutes(dice) if dice.chance(p_minutes) else 0
        self.goal = dice.weighted(_GOALS) if dice.chance(0.38) else ""
        if sport == "strength":
            self.goal = ""
        if dutch and self.goal == "race_prep" or not sport and self.goal == "race_prep":
            self.goal = "endurance"
        self.constraints: dict[str, object] = {}
        self._details: list[str] = []

    def fields(self) -> dict[str, object]:
        """The GATCRequest fields of a `create_workout` with these labels."""
        found: dict[str, object] = {"action": "create_workout", "sport": self.sport}
        if self.minutes:
            found["time_available_min"] = self.minutes
        if self.goal:
            found["goal"] = self.goal
        if self.constraints:
            found["constraints"] = self.constraints
        return found

    def noun_phrase(self) -> str:
        """ "a 45 min easy run": duration and goal each before the noun or left to a later clause."""
        dice, nl = self.dice, "nl_" if self.dutch else ""
        noun = say(f"noun_{nl}{self.sport or 'any'}", dice)
        goal_before = self.goal and f"goal_{nl}{self.goal}" in words() and dice.chance(0.6)
        time_before = self.minutes and not self.dutch and dice.chance(0.45)
        if noun == "something":
            goal_before = time_before = False
        parts = [noun]
        if self.sport in _DISTANCES and not self.dutch and dice.chance(0.08):
            parts.insert(0, dice.pick(_DISTANCES[self.sport]))
        if goal_before:
            parts.insert(0, say(f"goal_{nl}{self.goal}", dice))
        elif self.goal:
            self._details.append(self._goal_clause())
        if time_before:
            parts.insert(dice.below(2) if goal_before and not self._long_goal(parts[0]) else 0, adjective(self.minutes, dice))
        elif self.minutes:
            self._details.append(self._time_clause())
        phrase = " ".join(parts)
        if self.dutch:
            return f"{dice.pick(['een', 'een', ''])} {phrase}"
        return phrase if noun == "something" or dice.chance(0.12) else article(phrase)

    def say_minutes(self) -> str:
        """The duration where a template asks for it (drawn now when there is none yet)."""
        self.minutes = self.minutes or some_minutes(self.dice)
        return spoken(self.minutes, self.dice, dutch=self.dutch)

    def constrain(self, probability: float) -> None:
        """Maybe add an injury, tiredness or "nothing hard" as a detail; sometimes one that has no label."""
        dice = self.dice
        if not self.dutch and dice.chance(0.14):
            self._details.append(say("extra", dice))
        if not dice.chance(probability):
            return
        self._constrain(dice.weighted({"injury": 0.4, "fatigue_hint": 0.35, "no_intensity": 0.25}))

    def _constrain(self, kind: str) -> None:
        dice, nl = self.dice, "nl_" if self.dutch else ""
        if kind == "injury":
            where = dice.pick(_INJURIES)
            self.constraints["injury"] = where
            self._details.append(say(f"injury_{nl}{where}", dice))
        elif kind == "fatigue_hint":
            hint = dice.weighted(_FATIGUE)
            hint = "tired" if self.dutch and hint == "ok" else hint
            self.constraints["fatigue_hint"] = hint
            self._details.append(say(f"fatigue_{nl}{hint}", dice))
        elif self.goal in ("", "endurance", "recovery"):
            self.constraints["no_intensity"] = True
            self._details.append(say("easy_only_nl" if self.dutch else "easy_only", dice))

    def details(self) -> list[str]:
        """The clauses still to be said, in random order."""
        return self.dice.shuffled(self._details)

    def _long_goal(self, goal: str) -> bool:
        return " " in goal

    def _goal_clause(self) -> str:
        name = f"goalclause_{'nl_' if self.dutch else ''}{self.goal}"
        return say(name, self.dice, {"race": race(self.sport, self.dice)})

    def _time_clause(self) -> str:
        text = self.say_minutes()
        if self.dutch:
            return write(f"({text}|ik heb {text}|van {text}|ongeveer {text})", {}, self.dice)
        return self.dice.pick(_TIME_CLAUSES).replace("*", text)


_TIME_CLAUSES = (
    "*", "*", "for *", "for *", "I have *", "I have *", "I've got *", "I only have *", "got *", "* total", "* long",
    "it should take *", "make it *", "(*)", "time: *", "* is all I have", "I have * before dinner", "lasting *", "max *",
)  # fmt: skip


def race(sport: str, dice: Dice) -> str:
    """A race an athlete of this sport prepares for."""
    return say(f"race_{sport if sport in ('run', 'bike', 'ski', 'skate') else 'any'}", dice)


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
    if wish.minutes and not needs(template, "np"):
        wish._details.append(wish._time_clause())
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
        return clauses([details[0], core, *details[1:]], wish.dice)
    return clauses([core, *details], wish.dice)


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
    lists = ["create_np_nl", "create_gerund_nl"] if wish.sport else ["create_any_nl", "create_any_nl", "create_dur_any_nl"]
    template = wish.dice.pick(words()[wish.dice.pick(lists)])
    np_wanted, timed = needs(template, "np"), needs(template, "dur_nl")
    slots: dict[str, str] = {}
    if timed:
        slots["dur_nl"] = wish.say_minutes()
    if not np_wanted:
        wish.goal = ""
        if wish.minutes and not timed:
            wish._details.append(wish._time_clause())
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
    turns = [("user", asked), ("assistant", dice.pick(["How much time do you have?", "Sure! How much time do you have?"]))]
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
    return Draft(text, wish.fields(), "create_history", context="history", history=turns)


def on_date(dice: Dice) -> Draft:
    """A wish for a session on an ISO date."""
    wish = Wish(pick_sport(dice), dice)
    date = iso_date(dice)
    core = _np_core(wish).rstrip()
    core = dice.pick([f"{core} on {date}", f"{core} for {date}", f"for {date}: {core}", f"{date} {core}"])
    return Draft(_arrange(core, wish), wish.fields() | {"date": date}, "create_date")


def iso_date(dice: Dice) -> str:
    """A date of 2025…2027 as YYYY-MM-DD."""
    return f"{2025 + dice.below(3)}-{1 + dice.below(12):02d}-{1 + dice.below(28):02d}"


def from_template(template: str, dice: Dice) -> Draft:
    """One half of a minimal pair that is a wish for a named sport; the template itself states its goal."""
    wish = Wish(pick_sport(dice), dice, p_minutes=0.0)
    wish.goal = ""
    slots = _slots(wish, template) | {"race": race(wish.sport, dice)}
    text = write(template, slots, dice)
    for goal, word in (("race_prep", "get ready"), ("endurance", " easy "), ("endurance", " long "), ("vo2", "intervals")):
        wish.goal = wish.goal or (goal if word in text else "")
    return Draft(text, wish.fields(), "create_named")

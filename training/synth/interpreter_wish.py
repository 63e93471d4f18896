"""One wished session: its labels are drawn first, and the words that say them are drawn from those."""

from training.synth.compose import Dice
from training.synth.interpreter_draft import article, say, words, write
from training.synth.interpreter_time import adjective, some_minutes, spoken

_GOALS = {"endurance": 0.36, "recovery": 0.14, "threshold": 0.18, "vo2": 0.18, "race_prep": 0.14}
_GOAL_NOUNS = ("endurance", "recovery", "threshold", "vo2")
_INJURIES = ("knee", "back", "ankle", "shoulder", "other")
_FATIGUE = {"fresh": 0.3, "ok": 0.1, "tired": 0.4, "very_tired": 0.2}
_DISTANCES = {
    "run": ("5k", "8k", "10 km", "6 mile", "12k", "15 km", "5 kilometer"),
    "bike": ("40 km", "60k", "100 km", "30 mile", "25k"),
    "other": ("2k", "1500 m", "3 km"),
}
_TIME_CLAUSES = (
    "*", "*", "for *", "for *", "I have *", "I have *", "I've got *", "I only have *", "got *", "* total",
    "* long", "it should take *", "make it *", "(*)", "time: *", "* is all I have", "I have * before dinner",
    "lasting *", "max *",
)  # fmt: skip


class Wish:
    """The labels of one wished session, drawn first; its words are drawn from them."""

    def __init__(self, sport: str, dice: Dice, *, dutch: bool = False, p_minutes: float = 0.5) -> None:
        self.sport, self.dutch, self.dice = sport, dutch, dice
        self.minutes = some_minutes(dice) if dice.chance(p_minutes) else 0
        self.goal = dice.weighted(_GOALS) if dice.chance(0.38) else ""
        if sport == "strength":
            self.goal = ""
        if self.goal == "race_prep" and (dutch or not sport):
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
        if self.goal in _GOAL_NOUNS and dice.chance(0.2):
            return self._goal_noun(nl)
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
            parts.insert(
                dice.below(2) if goal_before and not self._long_goal(parts[0]) else 0,
                adjective(self.minutes, dice),
            )
        elif self.minutes:
            self._details.append(self.time_clause())
        phrase = " ".join(parts)
        if self.dutch:
            return f"{dice.pick(['een', 'een', ''])} {phrase}"
        return phrase if noun == "something" or dice.chance(0.12) else article(phrase)

    def _goal_noun(self, nl: str) -> str:
        """ "hill repeats on the bike": the goal itself is what is wished for."""
        if self.minutes:
            self._details.append(self.time_clause())
        place = f" {say(f'goalnoun_{nl}on_{self.sport}', self.dice)}" if self.sport else ""
        return say(f"goalnoun_{nl}{self.goal}", self.dice) + place

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

    def add_time_clause(self) -> None:
        """State the duration in a clause of its own, if there is one."""
        if self.minutes:
            self._details.append(self.time_clause())

    def details(self) -> list[str]:
        """The clauses still to be said, in random order."""
        return self.dice.shuffled(self._details)

    def _long_goal(self, goal: str) -> bool:
        return " " in goal

    def _goal_clause(self) -> str:
        name = f"goalclause_{'nl_' if self.dutch else ''}{self.goal}"
        return say(name, self.dice, {"race": race(self.sport, self.dice)})

    def time_clause(self) -> str:
        """The duration as a clause: "I have 45 min", "for an hour"."""
        text = self.say_minutes()
        if self.dutch:
            return write(f"({text}|ik heb {text}|van {text}|ongeveer {text})", {}, self.dice)
        return self.dice.pick(_TIME_CLAUSES).replace("*", text)


def race(sport: str, dice: Dice) -> str:
    """A race an athlete of this sport prepares for."""
    return say(f"race_{sport if sport in ('run', 'bike', 'ski', 'skate') else 'any'}", dice)


def iso_date(dice: Dice) -> str:
    """A date of 2025…2027 as YYYY-MM-DD."""
    return f"{2025 + dice.below(3)}-{1 + dice.below(12):02d}-{1 + dice.below(28):02d}"

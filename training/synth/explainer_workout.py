"""Workouts as rules engines sum them up, in several styles, with the noun phrase that an answer copies."""

from dataclasses import dataclass

from training.synth.compose import Dice
from training.synth.explainer_parts import article, capital, phrases

_ZONES = {
    "easy": {"zone 1": 1, "Z1": 1, "zones 1-2": 2, "Z1-Z2": 2, "zone 2": 2, "Z2": 2},
    "steady": {"zone 2": 2, "Z2": 2, "zones 2-3": 3, "Z2-Z3": 3, "zone 3": 3, "Z3": 3},
    "hard": {"zone 4": 4, "Z4": 4, "zones 3-4": 4, "Z5": 5, "zone 5": 5, "zones 4-5": 5, "Z6": 6},
}
KINDS = {"run": "run", "bike": "ride", "ski": "ski", "skate": "skate", "strength": "strength session"}


@dataclass(frozen=True)
class Workout:
    """A workout: the engine's summary, and the noun phrase and zone words that an answer copies."""

    summary: str
    head: str
    zone: str
    feel: str
    minutes: int

    @property
    def copied(self) -> str:
        """The summary as it stands in a sentence: "a 45-min easy run, zones 1-2"."""
        if self.feel == "rest" or self.head[0].isdigit():
            return self.head
        return article(_lower_first(self.summary))


def draw_workout(dice: Dice, sport: str, feel: str, cap: int) -> tuple[Workout, str]:
    """Minutes, zone and wording of a workout of this feel, at most in zone `cap`; also its `Zn` label."""
    nouns = phrases("parts")["workouts"]
    minutes = 5 * (4 + dice.below(10 if feel in ("easy", "strength") else 17))
    if feel == "rest":
        summary = dice.pick(nouns["rest"])
        head = "a full rest day" if "Full" in summary else "a rest day"
        return Workout(summary, head, "", feel, minutes), "R"
    if feel == "strength":
        noun = dice.pick(nouns["strength"])
        return Workout(f"{minutes}-min {noun}", article(f"{minutes}-min {noun}"), "", feel, minutes), "Z2"
    zones = {text: top for text, top in _ZONES[feel].items() if top <= cap}
    zone = dice.pick(list(zones))
    noun = dice.pick(nouns[feel][sport])
    style = dice.pick(_STYLES if feel == "hard" else [style for style in _STYLES if style is not _as_set])
    return style(dice, _Plan(sport, feel, noun, minutes, zone, zones[zone])), f"Z{zones[zone]}"


@dataclass(frozen=True)
class _Plan:
    """What an endurance workout consists of, before it is written in one of the ways engines write it."""

    sport: str
    feel: str
    noun: str
    minutes: int
    zone: str
    top: int

    def written(self, summary: str, head: str, zone: str = "") -> Workout:
        """The workout as `summary`, spoken of as `head` (with its article) in `zone`."""
        return Workout(summary, head, zone, self.feel, self.minutes)


def _usual(dice: Dice, plan: _Plan) -> Workout:
    """ "45-min easy run, zones 1-2" and close relatives."""
    minutes, noun = plan.minutes, plan.noun
    forms = {f"{minutes}-min {noun}": 7.0, f"{minutes} min {noun}": 1.0, f"{noun} of {minutes} min": 1.0}
    head = dice.weighted(forms)
    if plan.feel == "hard" and dice.chance(0.4):
        head += f" with {3 + dice.below(5)}x{2 + dice.below(5)} min"
    elif dice.chance(0.08):
        pace = f"{4 + dice.below(4)}:{dice.pick(['05', '15', '30', '45'])}/km"
        head += {"bike": f" at {5 * (22 + dice.below(24))} W", "run": f" at {pace}"}.get(plan.sport, "")
    joint = dice.weighted({", ": 6.0, " in ": 1.5})
    return plan.written(head + joint + plan.zone, article(head), plan.zone)


def _zone_first(dice: Dice, plan: _Plan) -> Workout:
    """ "60-min Z2 ride"."""
    gap = dice.pick(["-", " "])
    summary = f"{plan.minutes}{gap}min Z{plan.top} {KINDS[plan.sport]}"
    return plan.written(summary, article(summary))


def _label(dice: Dice, plan: _Plan) -> Workout:
    """ "Easy run 45 min (Z2)"."""
    open_, close = dice.pick([(" (", ")"), (" @ ", ""), (", ", "")])
    summary = f"{capital(plan.noun)} {plan.minutes} min{open_}{plan.zone}{close}"
    return plan.written(summary, article(f"{plan.noun} of {plan.minutes} min"), plan.zone)


def _as_set(dice: Dice, plan: _Plan) -> Workout:
    """ "4x5 min at Z4, 60 min total"."""
    repeats = f"{3 + dice.below(5)}x{2 + dice.below(6)} min at {plan.zone}"
    return plan.written(f"{repeats}, {plan.minutes} min total", f"{repeats}, {plan.minutes} min in total")


_STYLES = [_usual, _usual, _usual, _usual, _zone_first, _label, _as_set]


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]

"""Questions: `explain` about the athlete's own training, `answer_question` about anything general."""

from training.synth.compose import Dice
from training.synth.interpreter_draft import Draft, needs, say, split_tag, words, write
from training.synth.interpreter_replan import own_slots
from training.synth.interpreter_time import COMMON, some_minutes, spoken

_SHOWN = (
    "Here is your session: * easy.",
    "Today you have * in zone 2.",
    "Your plan says rest today.",
    "I made it * with a few short efforts.",
    "Today is a recovery day: * very easy.",
    "I shortened today's session to *.",
)
_KINDS = {"session": 0.5, "readiness": 0.22, "plan": 0.28}


def explain(dice: Dice) -> Draft:
    """A question about the own session, readiness, week or plan."""
    kind = dice.weighted(_KINDS)
    if kind == "session" and dice.chance(0.03):
        return own(dice.pick(words()["explain_session_time"]), "explain_session", dice)
    return own(dice.pick(words()[f"explain_{kind}"]), f"explain_{kind}", dice)


def explain_dutch(dice: Dice) -> Draft:
    """The same in Dutch."""
    kind = dice.weighted(_KINDS)
    draft = own(dice.pick(words()[f"explain_{kind}_nl"]), f"explain_{kind}", dice, dutch_text=True)
    draft.dutch = True
    return draft


def own(template: str, category: str, dice: Dice, *, dutch_text: bool = False) -> Draft:
    """An `explain` draft from a template. A planned length ({plandur}) is no time available."""
    fields: dict[str, object] = {"action": "explain"}
    slots = own_slots(dice, dutch_text=dutch_text)
    slots["plandur"] = spoken(dice.pick(COMMON), dice, dutch=dutch_text, hedge=False)
    if needs(template, "dur"):
        minutes = some_minutes(dice)
        fields["time_available_min"] = minutes
        slots["dur"] = spoken(minutes, dice)
    return Draft(write(template, slots, dice), fields, category)


def answer(dice: Dice) -> Draft:
    """A general question."""
    return general(dice.pick(words()["general"]), dice)


def answer_dutch(dice: Dice) -> Draft:
    """The same in Dutch."""
    draft = general(dice.pick(words()["general_nl"]), dice)
    draft.dutch = True
    return draft


def general(template: str, dice: Dice) -> Draft:
    """An `answer_question` draft from a template."""
    slots = own_slots(dice)
    sport, slots["ger"] = split_tag(dice.pick(words()["ger"]))
    slots["race"] = say(f"race_{sport if sport in ('run', 'bike') else 'any'}", dice)
    return Draft(write(template, slots, dice), {"action": "answer_question"}, "answer_question")


def follow_up(dice: Dice) -> Draft:
    """A bare "why?" after Josi presented a session: only HISTORY makes it one about the own."""
    wish = say("create_any", dice, {"np": "a workout"})
    shown = dice.pick(_SHOWN).replace("*", spoken(dice.pick(COMMON), dice, hedge=False))
    text = say("explain_follow", dice)
    turns = [("user", wish), ("assistant", shown)]
    return Draft(text, {"action": "explain"}, "explain_history", history=turns, context="sport")

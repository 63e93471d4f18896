"""Nothing to act on, or a red flag: `clarify`."""

from josi.clarify import INTENT, MEDICAL, clarify_decision
from training.synth.compose import Dice
from training.synth.interpreter_draft import Draft, say, words, write
from training.synth.interpreter_replan import own_slots

_KINDS = {
    "intent": 0.36,
    "intent_vague": 0.14,
    "greeting": 0.13,
    "offtopic": 0.18,
    "report": 0.11,
    "attack": 0.08,
}
_SCARES = 0.2
"""Share of the drafts without an intent that only sound like a red flag."""


def intent(dice: Dice) -> Draft:
    """A greeting, a mood, a vague word, something off-topic, nonsense; sometimes an attack without a wish."""
    kind = dice.weighted(_KINDS)
    if dice.chance(_SCARES):
        text = say("scares_remark", dice)
    else:
        text = attack(dice) if kind == "attack" else say(f"clarify_{kind}", dice)
    return Draft(text, clarify_decision([INTENT]), "clarify_intent")


def intent_dutch(dice: Dice) -> Draft:
    """The same in Dutch."""
    text = say("scares_remark_nl" if dice.chance(_SCARES) else "clarify_intent_nl", dice)
    return Draft(text, clarify_decision([INTENT]), "clarify_intent", dutch=True)


def medical(dice: Dice) -> Draft:
    """A red flag, alone or beside any other wish, which it beats."""
    slots = own_slots(dice) | {"flag": say("flag", dice)}
    return _medical(say("clarify_medical", dice, slots))


def medical_dutch(dice: Dice) -> Draft:
    """The same in Dutch."""
    draft = _medical(say("clarify_medical_nl", dice, {"flag_nl": say("flag_nl", dice)}))
    draft.dutch = True
    return draft


def _medical(text: str) -> Draft:
    return Draft(text, clarify_decision([MEDICAL]), "clarify_medical", plain=True)


def contrast(label: str, template: str, dice: Dice) -> Draft:
    """One half of a minimal pair: nothing to act on ("intent") or a red flag ("medical")."""
    text = write(template, own_slots(dice), dice)
    return _medical(text) if label == "medical" else Draft(text, clarify_decision([INTENT]), "clarify_intent")


def attack(dice: Dice) -> str:
    """One line of an attack or pasted JSON, verbatim."""
    return dice.pick(words()["injection"])

"""How sure the Interpreter may be of a message, as its rows say it: the plan's three values (phase 9.2)."""

from dataclasses import replace

from training.synth.compose import Dice
from training.synth.interpreter_draft import Draft, say

CLEAR, HEDGED, UNCLEAR = 0.95, 0.6, 0.3
_WISHES = ("create_", "replan_")
_HEDGES = 0.07  # share of wishes that are said half-heartedly


def with_confidence(draft: Draft, dice: Dice) -> tuple[Draft, float]:
    """The draft, a wish sometimes put half-heartedly ("maybe a run today?"), and the confidence that it deserves."""
    if draft.category == "clarify_intent":
        return draft, UNCLEAR
    if draft.plain or draft.history or not draft.category.startswith(_WISHES) or not dice.chance(_HEDGES):
        return draft, CLEAR
    nl = "_nl" if draft.dutch else ""
    before, after = dice.pick([(True, False), (True, False), (False, True)])
    text = f"{say(f'hedge{nl}', dice)} {draft.text}" if before else draft.text
    text = f"{text.rstrip('.!?')}{say(f'doubt{nl}', dice)}" if after else text
    return replace(draft, text=text), HEDGED

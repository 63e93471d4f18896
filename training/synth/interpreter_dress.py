"""From a bare wish to what an athlete types: opener, small talk, closer, question mark, attack, noise."""

import re

from training.synth.compose import Dice, tidy
from training.synth.interpreter_clarify import attack
from training.synth.interpreter_draft import Draft, say, words, write
from training.synth.noise import roughen

_ASKS = re.compile(
    r"^(can|could|would|will|may|do|does|did|is|are|am|was|should|shall|what|whats|which|who|why|when|where|how|any|got"
    r"|kan|kun|kunnen|mag|moet|wat|waarom|hoe|wanneer|heb|is|welke|ben|ga|lig)\b",
    re.IGNORECASE,
)
_BARE = ("clarify_intent", "create_history")


def dress(draft: Draft, dice: Dice) -> str:
    """The message as typed. Short moods and one-word answers stay bare; red flags keep their spelling."""
    core = _asked(draft.text, dice)
    if draft.category not in _BARE or dice.chance(0.12):
        core = _with_chatter(core, draft, dice)
    if draft.category != "clarify_medical" and not draft.history and dice.chance(0.08):
        core = _with_scare(core, draft, dice)
    if draft.plain:
        return core.lower() if dice.chance(0.4) else core
    text = roughen(core, dice, say("emoji", dice))
    if draft.category not in ("clarify_intent",) and dice.chance(0.02):
        text = dice.pick([f"{attack(dice)} {text}", f"{text} {attack(dice)}", f"{text}\n{attack(dice)}"])
    return text


def _asked(text: str, dice: Dice) -> str:
    if text[-1:].isalnum() and _ASKS.match(text) and dice.chance(0.55):
        return text + dice.pick(["?", "?", "?", "??", " ?"])
    return text


def _with_chatter(core: str, draft: Draft, dice: Dice) -> str:
    nl = "_nl" if draft.dutch else ""
    if dice.chance(0.16):
        opener = say(f"opener{nl}", dice)
        joint = " " if opener[-1] in ",:!" or dice.chance(0.4) else dice.pick([", ", " ", "! ", ". "])
        core = opener + joint + core
    leads = 1 + 2 * dice.chance(0.15) + dice.below(3) * dice.chance(0.1) if dice.chance(0.12) else 0
    for lead in dice.sample(words()[f"lead{nl}"], leads):
        core = f"{write(lead, {}, dice)} {core}"
    if dice.chance(0.13):
        joint = " " if core[-1] in ".?!" else dice.pick([", ", " ", ". "])
        core += joint + say(f"closer{nl}", dice)
    return tidy(core)


def _with_scare(core: str, draft: Draft, dice: Dice) -> str:
    """A harmless remark in the words of red flags before or after the message; the label stays."""
    first, last = dice.shuffled([core, say("scares_remark_nl" if draft.dutch else "scares_remark", dice)])
    joint = " " if first[-1] in ".?!" else dice.pick([". ", ". ", ", ", " - ", "... "])
    return tidy(first + joint + last)

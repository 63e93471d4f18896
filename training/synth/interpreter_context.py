"""CONTEXT blocks as the app renders them: with and without sport, memory, engine result, profile, history."""

from josi.context import Context, render_context
from josi.sports import sports_in
from training.synth.compose import Dice
from training.synth.interpreter_draft import Draft, pick_sport

_SPORT_WORDS = {
    "run": ("running", "running", "running", "trail running"),
    "bike": ("cycling", "cycling", "cycling", "mountain biking"),
    "ski": ("skiing", "skiing", "cross-country skiing"),
    "skate": ("skating", "skating", "inline skating"),
    "strength": ("strength", "strength training"),
    "other": ("swimming", "rowing", "swimming", "hiking"),
}
_READINESS = (
    ("Green", "Recovered"),
    ("Green", "Productive"),
    ("Yellow", "Accumulated"),
    ("Yellow", "Productive"),
    ("Orange", "Overreached"),
    ("Orange", "Accumulated"),
    ("Red", "IllnessRisk"),
    ("Red", "Overreached"),
)
_SESSIONS = (
    ("Z2", "Continuous Z2 {m}min"),
    ("Z1", "Recovery {m}min"),
    ("R", "Rest day"),
    ("Z4", "Threshold 3x10min"),
    ("Z4", "2x15min Z4"),
    ("Z5", "VO2 5x3min"),
    ("Z3", "Tempo 2x20min"),
    ("Z6", "Hill sprints 8x30s"),
    ("Z2", "Long Z2 {m}min"),
    ("Z3", "Progressive {m}min"),
)
_PHASES = ("base", "build", "peak", "taper", "recovery")
_LEVELS = ("beginner", "intermediate", "advanced", "elite", "recreational")
_FACTS = (
    "prefers morning sessions",
    "prefers evening sessions",
    "typical duration: 45 min",
    "typical duration: 60 min",
    "has two young kids",
    "works shifts",
    "goal: marathon in autumn",
    "lives in a flat area",
    "old knee injury",
    "trains four days a week",
    "likes intervals",
    "dislikes long sessions",
    "likes to train outdoors",
    "rest day on Monday",
    "training for a first half marathon",
    "vegetarian",
)
_PATTERNS = (
    "consistent weekday athlete",
    "skips sessions on Fridays",
    "long sessions on Sundays",
    "trains early",
)
_NOTES = ("responds well to encouragement", "prefers short answers", "likes to know why", "sensitive to heat")
_NAMES = ("Emma", "Lars", "Sanne", "Tom", "Priya", "Joost", "Anna", "Marco", "Yuki", "Ole")
_GOALS = (
    "marathon",
    "half marathon",
    "10k",
    "general fitness",
    "gran fondo",
    "lose weight",
    "first triathlon",
)
_TALK = (
    (("user", "Why was yesterday so easy?"), ("assistant", "It let you recover from Sunday's long one.")),
    (("user", "Thanks for the session"), ("assistant", "You're welcome! How did it feel?")),
    (("user", "I slept badly"), ("assistant", "Thanks for telling me. Let's keep it light.")),
    (("user", "What is zone 2?"), ("assistant", "An easy effort at which you can still talk.")),
    (("user", "Hi"), ("assistant", "Hi! What can I do for you today?")),
    (("user", "Got a workout for me?"), ("assistant", "Sure! Here is your session for today.")),
    (("user", "Can we move Friday?"), ("assistant", "Done. Friday's session is now on Saturday.")),
)
_REASONS = (
    "Readiness amber",
    "Recovery day after yesterday's hard work",
    "Base phase",
    "Taper before the race",
)
_MINUTES = (30, 40, 45, 50, 60, 75, 90, 120)


def context_for(draft: Draft, dice: Dice) -> str:
    """A CONTEXT block that fits the draft, "" for none."""
    if draft.context == "any" and not dice.chance(0.46):
        return ""
    if draft.context == "none" and not dice.chance(0.4):
        return ""
    context = _base(dice)
    context.history = list(draft.history)
    if not context.history and draft.context != "history" and dice.chance(0.06):
        context.history = list(dice.pick(_TALK))
    if dice.chance(0.18):
        _remember(context, dice, "")
    _place_sport(context, draft, dice)
    return render_context(context)


def _place_sport(context: Context, draft: Draft, dice: Dice) -> None:
    if draft.context in ("none", "history"):
        _forget_sports(context)
        return
    if draft.context == "memory":
        _remember(context, dice, draft.sport)
        return
    if draft.context == "any" and not dice.chance(0.8):
        return
    sport = draft.sport or pick_sport(dice)
    context.sport_text = dice.pick(_SPORT_WORDS[sport])
    if dice.chance(0.06):
        _remember(context, dice, pick_sport(dice))


def _forget_sports(context: Context) -> None:
    """Nothing in the block may hint at a sport: the session goes, and every fact or goal that names one."""
    context.session = ""
    context.facts = [fact for fact in context.facts if not sports_in(fact)]
    context.profile = {key: value for key, value in context.profile.items() if not sports_in(value)}


def _base(dice: Dice) -> Context:
    context = Context()
    phase = dice.pick(_PHASES)
    if dice.chance(0.85):
        context.readiness_level, context.readiness_state = dice.pick(_READINESS)
    if dice.chance(0.7):
        zone, label = dice.pick(_SESSIONS)
        minutes = dice.pick(_MINUTES)
        context.session = f'{zone} {minutes}min "{label.format(m=minutes)}" ({phase} phase)'
    if dice.chance(0.5):
        context.level = dice.pick(_LEVELS)
    if dice.chance(0.4):
        context.week = f"{phase} phase week {1 + dice.below(6)}"
    if dice.chance(0.05):
        context.workout = f"{dice.pick(_MINUTES)}-min easy session, zones 1-2"
        context.why = [dice.pick(_REASONS)]
    if dice.chance(0.06):
        context.profile = {"Name": dice.pick(_NAMES), "Goal": dice.pick(_GOALS), "Phase": phase}
    return context


def _remember(context: Context, dice: Dice, sport: str) -> None:
    facts = dice.sample(_FACTS, 1 + dice.below(3))
    if sport:
        facts = [
            f"{dice.pick(['primary sport', 'main sport', 'sport'])}: {dice.pick(_SPORT_WORDS[sport])}",
            *facts,
        ]
    context.facts = facts
    if dice.chance(0.3):
        context.patterns = [dice.pick(_PATTERNS)]
    if dice.chance(0.3):
        context.notes = [dice.pick(_NOTES)]

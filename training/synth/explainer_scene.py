"""The athlete's situation behind one Explainer row: what CONTEXT shows and what the engine decided.

Everything an answer may mention comes from here, so numbers in it are grounded by construction.
Readiness caps the zone as in the contract: Green Z6, Yellow Z4, Orange Z3, Red Z2.
"""

from dataclasses import dataclass, field

from josi.context import Context, render_context
from training.synth.compose import Dice, expand
from training.synth.explainer_parts import capital, phrases, say
from training.synth.explainer_workout import KINDS, Workout, draw_workout

CAPS = {"Green": 6, "Yellow": 4, "Orange": 3, "Red": 2}
COLOURS = {"Green": "green", "Yellow": "amber", "Orange": "amber", "Red": "red"}
STATES = {
    "Green": ("Recovered", "Productive"),
    "Yellow": ("Productive", "Accumulated"),
    "Orange": ("Accumulated", "Overreached", "IllnessRisk"),
    "Red": ("Overreached", "IllnessRisk"),
}
_FEELS = {
    "Green": {"easy": 3.0, "steady": 3.0, "hard": 3.0, "strength": 1.0, "rest": 0.3},
    "Yellow": {"easy": 4.0, "steady": 3.0, "hard": 0.7, "strength": 1.0, "rest": 0.5},
    "Orange": {"easy": 5.0, "steady": 0.7, "strength": 0.7, "rest": 1.5},
    "Red": {"easy": 1.0, "rest": 3.0},
}
_LABELS = {"easy": "the easy one", "steady": "the steady one", "hard": "intervals"}
_NAMES = {"hard": "Intervals", "easy": "Easy", "strength": "Strength"}
Reason = tuple[str, str]  # as the engine writes it, as the coach says it


@dataclass
class Scene:
    """One athlete on one day. `gatc` says whether the engine's result is shown; `shown` which lines are."""

    dice: Dice
    sport: str
    level: str
    state: str
    phase: str
    week: int
    number: int
    goal: str
    workout: Workout
    session_zone: str
    reasons: list[Reason] = field(default_factory=list)
    safety: Reason = ("", "")
    gatc: bool = False
    shown: frozenset[str] = frozenset({"readiness", "session", "sport", "level", "week"})
    memory: Context = field(default_factory=Context)
    profile: dict[str, str] = field(default_factory=dict)
    history: list[tuple[str, str]] = field(default_factory=list)
    summary: str = ""  # replaces the workout's summary, where the engine reports a change instead

    @property
    def slots(self) -> dict[str, str]:
        """Values for the phrases of words/explainer_*.toml."""
        words = phrases("parts")["context"]["sport_words"]
        return {
            "dur": str(self.workout.minutes), "n": str(self.number), "wk": str(self.week),
            "level": self.level, "level_low": self.level.lower(),
            "color": COLOURS[self.level], "cap": self.session_zone[1:], "phase": self.phase,
            "sport": words[self.sport], "goal": self.goal, "zone": self.workout.zone or self.session_zone,
            "head": self.workout.head, "workout": self.workout.copied, "kind": KINDS[self.sport],
            "label": _LABELS.get(self.workout.feel, "this"),
            "week": f"{self.phase} phase week {self.week}",
            "session": f"{self.workout.minutes} minutes in {self.session_zone}",
        }  # fmt: skip

    @property
    def why(self) -> str:
        """The reasons in plain words, one sentence each."""
        return ". ".join(capital(plain) for _, plain in self.reasons)

    def gatc_result(self) -> dict[str, object] | None:
        """The engine's result as ChatContext has it, None when this scene shows none."""
        if not self.gatc:
            return None
        return {
            "workout_summary": self.summary or self.workout.summary,
            "rationale_bullets": [text for text, _ in self.reasons],
            "safety_caps_applied": self.safety[0],
        }

    def block(self) -> str:
        """The CONTEXT block without the engine's result; "" when nothing is shown."""
        context = Context(
            facts=self.memory.facts, patterns=self.memory.patterns, notes=self.memory.notes,
            profile=self.profile, history=self.history,
        )  # fmt: skip
        if "readiness" in self.shown:
            context.readiness_level, context.readiness_state = self.level, self.state
        if "session" in self.shown:
            context.session = self._session_line()
        if "sport" in self.shown:
            context.sport_text = self.slots["sport"]
        if "level" in self.shown:
            context.level = self.dice.pick(phrases("parts")["context"]["level"])
        if "week" in self.shown:
            context.week = f"{self.phase} phase week {self.week}"
        return render_context(context)

    def _session_line(self) -> str:
        if self.workout.feel == "rest":
            return f'R 0min "Rest day" ({self.phase} phase)'
        zone, minutes = self.session_zone, self.workout.minutes
        name = {"hard": "Intervals", "easy": "Easy", "strength": "Strength"}.get(self.workout.feel, "Continuous")
        return f'{zone} {minutes}min "{name} {zone} {minutes}min" ({self.phase} phase)'


def draw_scene(dice: Dice, *, gatc: bool, feels: tuple[str, ...] = (), level: str = "") -> Scene:
    """A random, consistent scene. `feels` limits the kind of workout, `level` fixes the readiness."""
    level = level or dice.weighted({"Green": 4.0, "Yellow": 3.0, "Orange": 2.0, "Red": 1.3})
    options = {feel: weight for feel, weight in _FEELS[level].items() if not feels or feel in feels}
    feel = dice.weighted(options or {"rest": 1.0})
    sport = dice.weighted({"run": 5.0, "bike": 4.0, "ski": 1.0, "skate": 1.3, "strength": 0.3})
    if feel == "strength":
        sport = dice.weighted({"strength": 2.0, "run": 1.0, "bike": 1.0})
    elif sport == "strength":
        sport = "run"
    words = phrases("parts")["context"]
    workout, session_zone = draw_workout(dice, sport, feel, CAPS[level])
    scene = Scene(
        dice=dice, sport=sport, level=level, state=dice.pick(STATES[level]),
        phase=dice.pick(words["phase"]), week=1 + dice.below(8), number=3 + dice.below(6),
        goal=dice.pick(words["goals"]), workout=workout, session_zone=session_zone, gatc=gatc,
    )  # fmt: skip
    if gatc:
        scene.reasons = _draw_reasons(scene)
        scene.safety = _draw_safety(scene)
    return scene


def _draw_reasons(scene: Scene) -> list[Reason]:
    why = phrases("parts")["why"]
    feel = scene.workout.feel
    own = why.get(feel, {})
    pools = [own, why["any"]] if own and scene.dice.chance(0.85) else [own or why["any"]]
    if feel in ("steady", "rest"):
        pools = pools[:1]
    count = 1 if scene.dice.chance(0.5) else 2
    reasons: list[Reason] = []
    for pool in pools[:count] if len(pools) > 1 else pools * count:
        fitting = [text for text in pool if _fits(text, scene) and all(t != text for t, _ in reasons)]
        text = scene.dice.pick(fitting)
        reasons.append((text, scene.dice.pick(pool[text])))
    filled = [(_fill(text, scene), _fill(plain, scene)) for text, plain in reasons]
    return list(dict(filled).items())


def _fits(bullet: str, scene: Scene) -> bool:
    low = bullet.lower()
    if "{level}" in bullet:
        return scene.level != "Green"
    if "readiness" in low and "{" not in low:
        return COLOURS[scene.level] in low
    named = [phase for phase in ("base", "build", "taper") if low.startswith(phase)]
    return not named or scene.phase in named


def _draw_safety(scene: Scene) -> Reason:
    feel = scene.workout.feel
    tables = phrases("parts")["safety"]
    if feel == "rest":
        pool = tables["rest"] if scene.dice.chance(0.6) else {}
    elif scene.level != "Green" and feel != "strength" and scene.dice.chance(0.6):
        pool = tables["capped"]
    else:
        pool = tables["gentle"] if feel != "hard" and scene.dice.chance(0.25) else {}
    if not pool:
        return ("", "")
    text = scene.dice.pick(list(pool))
    return _fill(text, scene), say(pool[text], scene.slots, scene.dice)


def _fill(text: str, scene: Scene) -> str:
    return expand(text, scene.slots, {}, scene.dice)

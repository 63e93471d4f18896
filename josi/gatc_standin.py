"""A stand-in for the GATC engine, which lives in another repository: a request gives a plausible result.

It exists so that the whole loop can run here. It keeps the one rule of the engine that the texts depend on,
readiness caps the zone, and is no coach: what the app ships is the Rust engine's answer.
"""

from __future__ import annotations

from collections.abc import Mapping

from josi.context import Context, parse_context

# Readiness caps the zone (the contract's table); an unknown readiness is treated as Yellow.
ZONE_CAPS = {"Green": 6, "Yellow": 4, "Orange": 3, "Red": 2}
_UNKNOWN_CAP = 4
_GOAL_ZONES = {"recovery": 1, "endurance": 2, "strength": 2, "race_prep": 3, "threshold": 4, "vo2": 5}
_ZONE_WORDS = {1: "recovery", 2: "easy", 3: "steady", 4: "brisk", 5: "hard", 6: "very hard"}
_SPORT_WORDS = {
    "run": "run",
    "bike": "ride",
    "ski": "ski",
    "skate": "skate",
    "strength": "strength session",
    "other": "session",
}
_DEFAULT_MINUTES = 45
_REPLAN_TEXT = {
    "skip_today": "Today's session is dropped, the rest of the week stays",
    "swap_days": "Two days of this week are swapped",
    "reschedule": "Today's session moves to the next free day",
    "reduce_intensity": "Today's session is made easier",
    "illness": "Training pauses until you are well, then restarts easy",
    "travel": "The travel days are kept light",
    "goal_change": "The plan is rebuilt around the new goal",
}


def plan(request: Mapping[str, object], context: str) -> dict[str, object] | None:
    """The engine's answer as ChatContext's `workout_summary`, `rationale_bullets`, `safety_caps_applied`.

    None where the engine has nothing to do (explain, answer_question, clarify). Pure and deterministic; a
    sport, goal or replan type that is not the contract's gets the plainest answer.
    """
    around = parse_context(context)
    if request.get("action") == "create_workout":
        return _workout(request, around)
    if request.get("action") == "replan":
        kind = str(request.get("replan_type"))
        return {
            "workout_summary": _REPLAN_TEXT.get(kind, "The week is adjusted"),
            "rationale_bullets": _reasons(around),
            "safety_caps_applied": "",
        }
    return None


def zone_cap(context: Context, request: Mapping[str, object]) -> int:
    """The highest zone allowed: by readiness, and Z2 at most for one who is spent, hurt or asks for it."""
    cap = ZONE_CAPS.get(context.readiness_level, _UNKNOWN_CAP)
    limits = request.get("constraints")
    if not isinstance(limits, Mapping):
        return cap
    hurt = limits.get("injury", "none") != "none"
    careful = bool(limits.get("no_intensity")) or limits.get("fatigue_hint") in ("tired", "very_tired")
    return min(cap, 2) if hurt or careful else cap


def _workout(request: Mapping[str, object], context: Context) -> dict[str, object]:
    wanted = _GOAL_ZONES.get(str(request.get("goal")), 2)
    cap = zone_cap(context, request)
    zone = min(wanted, cap)
    minutes = request.get("time_available_min")
    length = minutes if isinstance(minutes, int) else _DEFAULT_MINUTES
    sport = _SPORT_WORDS.get(str(request.get("sport")), "session")
    return {
        "workout_summary": f"{length}-min {_ZONE_WORDS[zone]} {sport}, zone {zone}",
        "rationale_bullets": _reasons(context),
        "safety_caps_applied": f"max Z{cap}" if zone < wanted else "",
    }


def _reasons(context: Context) -> list[str]:
    level = f"Readiness {context.readiness_level.lower()}" if context.readiness_level else ""
    return [text for text in (level, context.week) if text] or ["Fits the time you have"]

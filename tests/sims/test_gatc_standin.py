"""The engine's stand-in keeps the one rule that matters to the texts: readiness caps the zone."""

import re

import pytest

from josi.gatc_standin import ZONE_CAPS, plan


def _create(**values: object) -> dict[str, object]:
    return {"action": "create_workout", "sport": "run", "time_available_min": 45, **values}


@pytest.mark.parametrize("level", [*ZONE_CAPS, "Purple", ""])
@pytest.mark.parametrize("goal", ["endurance", "threshold", "vo2", "recovery", "race_prep", None])
def test_no_workout_exceeds_the_readiness_cap(level: str, goal: str | None) -> None:
    result = plan(_create(goal=goal), f"CONTEXT:\n- Readiness: {level} (Recovered)" if level else "")
    assert result is not None
    zone = int(re.findall(r"zone (\d)", str(result["workout_summary"]))[0])
    assert 1 <= zone <= ZONE_CAPS.get(level, 4)


@pytest.mark.parametrize("limits", [{"injury": "knee"}, {"no_intensity": True}, {"fatigue_hint": "very_tired"}])
def test_the_hurt_and_tired_stay_easy(limits: dict[str, object]) -> None:
    result = plan(_create(goal="vo2", constraints=limits), "CONTEXT:\n- Readiness: Green (Recovered)")
    assert result is not None and "zone 2" in str(result["workout_summary"])
    assert result["safety_caps_applied"] == "max Z2"


def test_time_and_sport_are_the_requests() -> None:
    result = plan(_create(sport="bike", time_available_min=75), "")
    assert result is not None and str(result["workout_summary"]).startswith("75-min")
    assert "ride" in str(result["workout_summary"]) and result["rationale_bullets"]


@pytest.mark.parametrize("action", ["explain", "answer_question", "clarify", "nonsense", None])
def test_the_engine_has_no_part_in_talk(action: str | None) -> None:
    assert plan({"action": action}, "") is None


def test_a_replan_says_what_changed() -> None:
    result = plan({"action": "replan", "replan_type": "illness"}, "CONTEXT:\n- Readiness: Red (IllnessRisk)")
    assert result is not None and "until you are well" in str(result["workout_summary"])
    assert result["rationale_bullets"] == ["Readiness red"]

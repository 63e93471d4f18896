"""The questions Josi may ask back: one fixed sentence for each combination of what is missing.

The set is small and fixed so that a small model learns it by heart and the host can write it without one.
"""

from collections.abc import Iterable, Mapping

SPORT = "sport"
TIME = "time"
INTENT = "intent"
MEDICAL = "medical_clearance"

CLARIFY_MESSAGES: dict[tuple[str, ...], str] = {
    (SPORT,): "Which sport would you like to do?",
    (TIME,): "How much time do you have?",
    (SPORT, TIME): "Which sport, and how much time do you have?",
    (INTENT,): "What would you like to do today?",
    (MEDICAL,): "Please stop and seek medical help before you train again.",
}


def canonical_missing(missing: Iterable[str]) -> tuple[str, ...]:
    """The key of `CLARIFY_MESSAGES` that says the same: medical beats all, intent beats sport and time.

    Anything unknown or nothing at all is an unclear intent.
    """
    wanted = set(missing)
    for alone in (MEDICAL, INTENT):
        if alone in wanted:
            return (alone,)
    return tuple(name for name in (SPORT, TIME) if name in wanted) or (INTENT,)


def clarify_decision(missing: Iterable[str], confidence: float | None = None) -> dict[str, object]:
    """A complete clarify decision (without `free_text`) for what is missing."""
    key = canonical_missing(missing)
    decision: dict[str, object] = {
        "action": "clarify",
        "missing": list(key),
        "clarify_message": CLARIFY_MESSAGES[key],
    }
    return decision if confidence is None else {**decision, "confidence": confidence}


def clarify_request(message: str, missing: Iterable[str], kept: Mapping[str, object]) -> dict[str, object]:
    """A complete clarify request on `message`; of `kept` only a `confidence` is taken over."""
    request: dict[str, object] = {"action": "clarify", "free_text": message}
    request.update(clarify_decision(missing))
    if "confidence" in kept:
        request["confidence"] = kept["confidence"]
    return request

"""From what the model wrote to the request that the rules engine gets: semantic checks, no repair of text.

The grammar makes the form right; what is left is meaning. A red flag overrides everything; a workout without a sport
that anybody named becomes a question; an illness is the reason of a change, neither unclear nor a red flag; a session
missed yesterday is moved, not skipped today; a duration is the one that the athlete said. Whatever comes in, what
goes out is valid under `gatc_request.schema.json`, and finishing it once more changes nothing.
"""

import math
import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from josi import clarify
from josi.context import Context, parse_context, split_turn
from josi.decision import REQUEST_FIELDS
from josi.durations import MAX_MINUTES, MIN_MINUTES, is_ruled_out, minutes, offered
from josi.evidence import known_sport, says_number, sports_in_evidence
from josi.illness import is_ill, meant_by_idiom
from josi.missed import looks_for_a_place
from josi.red_flags import detect, is_excused
from josi.schema import load_schema
from josi.sports import sports_in
from josi.text import phrases, plain, word_list

_SCHEMA = load_schema("gatc_request")["properties"]
_ENUMS = {name: tuple(_SCHEMA[name]["enum"]) for name in ("action", "sport", "replan_type", "goal")}
_CONSTRAINTS: Mapping[str, Any] = _SCHEMA["constraints"]["properties"]
_ONLY_WITH = {
    "replan_type": ("replan",),
    "missing": ("clarify",),
    "clarify_message": ("clarify",),
    "question": ("explain", "answer_question"),
}
_ASKS_TRAINING = ("create_workout", "replan", "clarify")
_MENDED_BY_ILLNESS = ("skip_today", "swap_days", "reschedule", "reduce_intensity")
_DEEP = 8  # objects in objects, blocks after blocks; a limit keeps the work linear
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MISSING = (clarify.SPORT, clarify.TIME, clarify.INTENT, clarify.MEDICAL)
_REQUESTS = phrases(word_list("requests")["workout"])
_OBJECT = re.compile(r"\{[^{}]{0,4000}[\"']\s*:[^{}]{0,4000}\}")

Request = dict[str, Any]


def finish(decision: Mapping[str, object], message: str, context: str) -> Request:
    """The final GATCRequest for what the model wrote on `message` with the CONTEXT block `context` ("" for
    none)."""
    known = parse_context(context)
    request = _clean(decision, message)
    if detect(message):
        return _ordered(clarify.clarify_request(message, [clarify.MEDICAL], request))
    said = _said(message)
    if request.get("missing") == [clarify.MEDICAL] and is_excused(message):
        request = _ask(request, clarify.SPORT if _asks_workout(said) else clarify.INTENT)
    request = _with_time(request, said, context)
    if not plain(said):
        request = _ask(request, clarify.INTENT)
    elif _reads_past_illness(request) and is_ill(said):
        request = _without(request, _ONLY_WITH) | {"action": "replan", "replan_type": "illness"}
    elif request.get("replan_type") == "illness" and (meant := meant_by_idiom(said)):
        request = request | {"replan_type": meant}
    elif request.get("replan_type") == "skip_today" and looks_for_a_place(said):
        request = request | {"replan_type": "reschedule"}
    elif request["action"] == "clarify":
        request = _settle_clarify(request, said, known)
    if request["action"] == "create_workout":
        request = _settle_workout(request, said, known)
    elif request.get("sport") not in sports_in_evidence(said, known):
        request.pop("sport", None)
    return _ordered(request)


def _said(message: str) -> str:
    """What the athlete says, without what only poses as the host's or the model's: a typed CONTEXT block, pasted
    JSON. Neither is evidence, so neither can name a sport."""
    for _ in range(_DEEP):
        message = _OBJECT.sub(" ", split_turn(message)[0])
    return message


def _clean(decision: Mapping[str, object], message: str) -> Request:
    """Known fields with values in range, those of another action dropped; a broken decision asks for the
    intent."""
    given = decision if isinstance(decision, Mapping) else {}
    request: Request = {"free_text": message}
    for name, allowed in _ENUMS.items():
        if isinstance(given.get(name), str) and given[name] in allowed:
            request[name] = given[name]
    for name, reader in _READERS.items():
        value = reader(given.get(name))
        if value is not None:
            request[name] = value
    return _complete(request, message)


def _complete(request: Request, message: str) -> Request:
    action = request.get("action")
    if action is None or (action == "replan" and "replan_type" not in request):
        return _ask(request, clarify.INTENT)
    request = {name: value for name, value in request.items() if action in _ONLY_WITH.get(name, (action,))}
    if action in _ONLY_WITH["question"]:
        request["question"] = message
    if action != "clarify":
        return request
    return {**request, **clarify.clarify_decision(request.get("missing", ()))}


def _ask(request: Request, *missing: str) -> Request:
    """A clarify request in place of `request`; its training fields stay, for the turn that answers."""
    return {**_without(request, {"sport", *_ONLY_WITH}), **clarify.clarify_decision(missing)}


def _reads_past_illness(request: Request) -> bool:
    """Whether an illness in the message would change this: a reason beats the wish, and is neither unclear nor a
    red flag. Travel is as good a reason, a new goal another matter."""
    if request["action"] == "clarify":
        return request["missing"] in ([clarify.INTENT], [clarify.MEDICAL])
    return request.get("replan_type") in _MENDED_BY_ILLNESS


def _asks_workout(message: str) -> bool:
    return _is_request(message) or bool(sports_in(message) and minutes(message))


def _is_request(message: str) -> bool:
    return _REQUESTS.search(plain(message)) is not None


def _without(request: Request, names: Collection[str]) -> Request:
    return {name: value for name, value in request.items() if name not in names}


def _settle_clarify(request: Request, message: str, context: Context) -> Request:
    """Build the workout when only its sport was asked for, and the sport is known.

    Asked for the sport, the model has read the message as a wish for a workout: where the message itself names the
    sport that settles it. A sport out of CONTEXT or MEMORY alone needs a message that plainly asks as well: asking once
    too often costs a turn, a wrong workout costs trust.
    """
    sport = known_sport(None, message, context)
    request = _without_answered(request, message, sport)
    if clarify.SPORT not in request["missing"]:
        return request
    asks_no_more = set(request["missing"]) <= {clarify.SPORT, clarify.TIME}
    wished = len(sports_in(message)) == 1 or _is_request(message)
    if sport and wished and asks_no_more:
        return {**_without(request, _ONLY_WITH), "action": "create_workout", "sport": sport}
    request.pop("sport", None)
    return request


def _without_answered(request: Request, message: str, sport: str | None) -> Request:
    """Not to ask for the time in answer to a message that states it."""
    asked = request["missing"]
    answered = clarify.TIME in asked and minutes(message) is not None
    if not answered or (asked == [clarify.TIME] and sport and not _is_request(message)):
        return request
    return {**request, **clarify.clarify_decision({*asked, clarify.SPORT} - {clarify.TIME})}


def _settle_workout(request: Request, message: str, context: Context) -> Request:
    sport = known_sport(request.get("sport"), message, context)
    return {**request, "sport": sport} if sport else _ask(request, clarify.SPORT)


def _with_time(request: Request, message: str, context: str) -> Request:
    """The athlete's own duration wins; a number that nobody said, or said of something else, is dropped."""
    written = request.get("time_available_min")
    stated = minutes(message) if written is not None or request["action"] in _ASKS_TRAINING else offered(message)
    if stated is not None:
        return {**request, "time_available_min": stated}
    if written is not None and (not says_number(written, message, context) or is_ruled_out(message, written)):
        return _without(request, {"time_available_min"})
    return request


def _ordered(request: Request) -> Request:
    return {name: request[name] for name in REQUEST_FIELDS if name in request}


def _read_time(value: object) -> int | None:
    number = _read_number(value)
    whole = number is not None and number == int(number) and MIN_MINUTES <= number <= MAX_MINUTES
    return int(number) if whole and number is not None else None


def _read_number(value: object) -> float | None:
    """A finite JSON number; None for anything else, `true` and huge integers included."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if isinstance(value, int) or math.isfinite(value) else None


def _read_confidence(value: object) -> float | None:
    number = _read_number(value)
    return number if number is not None and 0 <= number <= 1 else None


def _read_date(value: object) -> str | None:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return None
    try:
        date.fromisoformat(value)
    except ValueError:
        return None
    return value


def _read_constraints(value: object) -> dict[str, object] | None:
    """Known constraints with allowed values, in the schema's order; None when nothing is left."""
    if not isinstance(value, Mapping):
        return None
    kept = {name: value[name] for name, rule in _CONSTRAINTS.items() if _is_allowed(value.get(name), rule)}
    return kept or None


def _is_allowed(value: object, rule: Mapping[str, Any]) -> bool:
    if "enum" in rule:
        return isinstance(value, str) and value in rule["enum"]
    return isinstance(value, bool)


def _read_missing(value: object) -> list[str] | None:
    if not isinstance(value, list | tuple):
        return None
    return list(dict.fromkeys(item for item in value if isinstance(item, str) and item in _MISSING)) or None


def _read_text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


_READERS = {
    "time_available_min": _read_time,
    "date": _read_date,
    "constraints": _read_constraints,
    "confidence": _read_confidence,
    "missing": _read_missing,
    "clarify_message": _read_text,
}

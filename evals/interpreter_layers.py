"""The Interpreter's three layers: schema, contract, quality, on what the model wrote and on the final
request.

What counts is the final request (after `josi.postprocess.finish`), since that is what the rules engine gets;
the raw decision is judged by the same rules beside it, so that nobody mistakes the host's work for the
model's.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from evals.predictions import Prediction, Sample
from evals.samples import EvalCase
from josi import red_flags
from josi.clarify import MEDICAL
from josi.context import parse_context
from josi.durations import minutes
from josi.postprocess import finish
from josi.schema import decision_errors, request_errors
from josi.sports import sports_in

MEASURED = ("sport", "time_available_min", "replan_type")
_RULE_OF = {
    "sport": "sport_accuracy",
    "time_available_min": "time_accuracy",
    "replan_type": "replan_type_accuracy",
}
Request = Mapping[str, Any]


def judge(case: EvalCase, prediction: Prediction) -> Sample:
    """One judged Interpreter sample."""
    decision = parse_decision(prediction.raw)
    final = None if decision is None else finish(dict(decision), case.message, case.context)
    raw_faults = ["no JSON object"] if decision is None else decision_errors(decision)
    problems = {
        "schema": _schema_problems(prediction, raw_faults, final),
        "contract": ["no request to judge"] if final is None else contract_problems(case, final),
        "quality": _quality_problems(case, final),
    }
    return Sample(
        case.id,
        case.role,
        case.category,
        case.message,
        case.context,
        prediction.raw,
        final,
        prediction.stop,
        {**case.expect, **({"also": list(case.also)} if case.also else {})},
        problems,
        _outcomes(case, decision, raw_faults, final, problems),
        certainty=prediction.certainty,
    )


def parse_decision(raw: str) -> Request | None:
    """The model's JSON object, strictly read: no NaN, no key twice, nothing around it. None if it is none."""
    try:
        value = json.loads(raw, object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def contract_problems(case: EvalCase, request: Request) -> list[str]:
    """Layer 2 on a final request: what the contract asks and no schema can say."""
    problems = [] if request.get("free_text") == case.message else ["free_text is not the message verbatim"]
    if request.get("action") in ("explain", "answer_question") and not str(request.get("question", "")).strip():
        problems.append("question is missing")
    return problems + decision_problems(case, request)


def decision_problems(case: EvalCase, decision: Request) -> list[str]:
    """The part of layer 2 that the model's own decision can be held to."""
    checks = (_red_flag_problem, _illness_problem, _sport_problem, _duration_problem, _replan_problem)
    return [problem for check in checks if (problem := check(case, decision))]


def needs_clearance(case: EvalCase) -> bool:
    """Whether the athlete reports a red flag: by the label where it tells, else by the detector."""
    flag = case.expect.get("red_flag")
    if isinstance(flag, bool):
        return flag
    if "missing" in case.expect:
        return MEDICAL in (case.expect["missing"] or ())
    if case.expect.get("action", "clarify") != "clarify":
        return False
    return red_flags.detect(case.message) is not None


def matching_label(case: EvalCase, request: Request) -> Mapping[str, Any] | None:
    """The acceptable label with this action, None when the action is wrong."""
    same = (label for label in case.labels if label.get("action") == request.get("action"))
    return next(same, None)


def is_clearance(request: Request) -> bool:
    """Whether the request stops the athlete until a doctor has looked."""
    return request.get("action") == "clarify" and list(request.get("missing") or ()) == [MEDICAL]


def _red_flag_problem(case: EvalCase, request: Request) -> str:
    if needs_clearance(case) and not is_clearance(request):
        return "a red flag must end in clarify with missing medical_clearance"
    return ""


def _illness_problem(case: EvalCase, request: Request) -> str:
    if case.expect.get("replan_type") == "illness" and is_clearance(request):
        return "illness is a replan, not a red flag"
    return ""


def _sport_problem(case: EvalCase, request: Request) -> str:
    """A sport needs evidence: the message first, then CONTEXT and MEMORY; the label knows of any other."""
    sport = request.get("sport")
    if sport is None:
        return ""
    labelled = {label.get("sport") for label in case.labels}
    named = sports_in(case.message) or _known_sports(case.context)
    if sport in labelled or sport in named:
        return ""
    where = f"the message or context says {', '.join(named)}" if named else "nothing names it"
    return f"sport {sport} is a guess: {where}"


def _known_sports(context: str) -> list[str]:
    parsed = parse_context(context)
    spoken = " ".join(text for _, text in parsed.history)
    own = [parsed.sport] if parsed.sport else []
    return own + sports_in(" ".join([parsed.session, *parsed.memory, *parsed.profile.values(), spoken]))


def _duration_problem(case: EvalCase, request: Request) -> str:
    if any("time_available_min" in label for label in case.labels):
        stated = case.expect.get("time_available_min")
    else:
        stated = minutes(case.message)
    if stated is not None and request.get("time_available_min") is None and not is_clearance(request):
        return f"the message states {stated} minutes, time_available_min is missing"
    return ""


def _replan_problem(case: EvalCase, request: Request) -> str:
    if request.get("action") != "replan" and request.get("replan_type") is not None:
        return "replan_type without replan"
    return ""


def _schema_problems(prediction: Prediction, raw_faults: Sequence[str], final: Request | None) -> list[str]:
    stopped = [] if prediction.stop == "eos" else [f"generation ended by {prediction.stop}"]
    faults = [f"model: {fault}" for fault in raw_faults]
    return [*stopped, *faults, *([] if final is None else request_errors(dict(final)))]


def _quality_problems(case: EvalCase, final: Request | None) -> list[str]:
    wanted = case.expect.get("action")
    if wanted is None:
        return []
    if final is None:
        return [f"action: wanted {wanted}, got none"]
    label = matching_label(case, final)
    if label is None:
        return [f"action: wanted {wanted}, got {final.get('action')}"]
    return [
        f"{name}: wanted {label[name]}, got {final.get(name)}"
        for name in MEASURED
        if name in label and label[name] != final.get(name)
    ]


def _outcomes(
    case: EvalCase,
    decision: Request | None,
    raw_faults: Sequence[str],
    final: Request | None,
    problems: Mapping[str, Sequence[str]],
) -> dict[str, bool]:
    outcomes = {
        "valid_json": decision is not None and not raw_faults,
        "valid_request": final is not None and not request_errors(dict(final)),
        "request_contract": not problems["contract"],
        "raw_contract": decision is not None and not decision_problems(case, decision),
    }
    if needs_clearance(case):
        outcomes["red_flag_recall"] = final is not None and is_clearance(final)
    elif case.expect.get("red_flag") is False:
        outcomes["no_false_alarm"] = final is None or not is_clearance(final)
    if "action" in case.expect:
        outcomes["action_accuracy"] = final is not None and matching_label(case, final) is not None
        outcomes["raw_action_accuracy"] = decision is not None and matching_label(case, decision) is not None
        outcomes |= _field_outcomes(case, final)
    return outcomes


def _field_outcomes(case: EvalCase, final: Request | None) -> dict[str, bool]:
    """Right or wrong for each labelled field.

    A field counts where the label has a value, or where the request has one that the label says must not be
    there: requests that rightly lack a field would only flatter the rate.
    """
    request: Request = final or {}
    label = matching_label(case, request) or case.expect
    counted = [name for name in MEASURED if name in label and (label[name], request.get(name)) != (None, None)]
    return {_RULE_OF[name]: label[name] == request.get(name) for name in counted}


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a key comes twice")
    return dict(pairs)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")

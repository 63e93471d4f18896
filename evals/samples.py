"""Evaluation sets: validation rows, prompt files with labels, golden scenarios, all read into `EvalCase`.

A case is named after its content, so that it keeps its name when others are added before it and two runs
pair up. Every complaint names the file and the key or line.
"""

import hashlib
import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from evals.sample_files import (
    ACTIONS,
    categories,
    implied_fields,
    json_lines,
    labels_beside,
    matching_labels,
    split_label,
)
from josi.context import parse_context, split_turn
from line.errors import InputError

Role = Literal["interpreter", "explainer"]
DATA = Path(__file__).parent / "data"
DEFAULT_PROMPTS = DATA / "test_prompts_1000.json"
# Fields that a complete request settles: absent there means "must be absent".
SETTLED = ("sport", "replan_type", "time_available_min")


@dataclass(frozen=True)
class EvalCase:
    """One thing to ask a model, and what is known about the right answer.

    `expect` holds the labelled fields of the request (a field that must be absent is None; a field that
    nobody labelled is left out); an Explainer case may carry `push_back` and `red_flag` booleans. `also`
    holds other labels that are as right, each like `expect`.
    """

    id: str
    role: Role
    category: str
    message: str
    context: str = ""
    gatc_result: Mapping[str, Any] | None = None
    memory: tuple[str, ...] | None = None
    expect: Mapping[str, Any] = field(default_factory=dict)
    also: tuple[Mapping[str, Any], ...] = ()
    reference: str = ""

    @property
    def labels(self) -> tuple[Mapping[str, Any], ...]:
        """Every acceptable label, the preferred one first."""
        return (self.expect, *self.also)


def read_rows(path: Path, role: Role) -> list[EvalCase]:
    """Cases out of training or validation rows (JSON Lines of {"messages": [...]}).

    The Interpreter's label is the row's GATCRequest, the Explainer's reference its answer. Raises:
    InputError.
    """
    return _named(_row_case(row, role, f"{path}:{number}") for number, row in json_lines(path))


def read_prompts(
    path: Path = DEFAULT_PROMPTS, labels: Path | None = None, role: Role = "interpreter"
) -> list[EvalCase]:
    """Cases out of a prompt file: an object, category → list of messages.

    Labels are an object of the same shape, category → list of {"action", "sport", …, "also"}; a duration or a
    red flag that the file labels anywhere is labelled throughout: not given means there is none. Without
    `labels` the file NAME.labels.json beside NAME.json is taken if there is one. Raises: InputError.
    """
    prompts = categories(path)
    labels = labels or labels_beside(path)
    known = matching_labels(labels, prompts) if labels else {}
    implied = implied_fields(known)
    cases = []
    for category, messages in prompts.items():
        for index, content in enumerate(messages):
            where = f"{path}: {category}[{index}]"
            if not isinstance(content, str) or not content.strip():
                raise InputError(f"{where} is {content!r}; a message is a string that is not empty")
            message, context = split_turn(content)
            entry = known[category][index] if known else {}
            expect, also = split_label(entry, f"{labels}: {category}[{index}]", implied)
            cases.append(_case(role, category, message, context, expect=expect, also=also))
    return _named(cases)


def read_scenarios(path: Path, role: Role | None = None) -> list[EvalCase]:
    """Cases out of a scenario file: JSON Lines of {"id", "category", "message", "context", "expect", "also"}.

    `role` keeps one role's scenarios; a line without a role is the Interpreter's. Raises: InputError.
    """
    cases = [_scenario(row, f"{path}:{number}") for number, row in json_lines(path)]
    for name, count in Counter(case.id for case in cases).items():
        if count > 1:
            raise InputError(f"{path}: the id {name!r} comes {count} times; give each scenario its own")
    return [case for case in cases if role in (None, case.role)]


def reduce(cases: Sequence[EvalCase], n: int, seed: int = 0) -> list[EvalCase]:
    """At most n cases, every category in proportion (at least one each where n allows), in the old order.

    Which ones depends only on the seed and the cases' ids. Raises: InputError when n < 1.
    """
    if n < 1:
        raise InputError(f"cannot reduce the evaluation set to {n} cases; ask for 1 or more")
    if n >= len(cases):
        return list(cases)
    groups: dict[str, list[EvalCase]] = defaultdict(list)
    for case in cases:
        groups[case.category].append(case)
    shares = _shares({name: len(group) for name, group in groups.items()}, n)
    kept = {
        case.id
        for name, group in groups.items()
        for case in sorted(group, key=lambda case: _digest(str(seed), case.id))[: shares[name]]
    }
    return [case for case in cases if case.id in kept]


def _shares(sizes: Mapping[str, int], n: int) -> dict[str, int]:
    """Largest remainders (Hamilton's method), after one seat for each category where there are enough."""
    total = sum(sizes.values())
    floor = 1 if n >= len(sizes) else 0
    exact = {name: n * size / total for name, size in sizes.items()}
    shares = {name: max(floor, math.floor(share)) for name, share in exact.items()}
    by_claim = sorted(sizes, key=lambda name: (shares[name] - exact[name], name))
    while sum(shares.values()) < n:
        name = next(name for name in by_claim if shares[name] < sizes[name])
        shares[name] += 1
        by_claim.sort(key=lambda name: (shares[name] - exact[name], name))
    while sum(shares.values()) > n:  # the guaranteed seats took too many: the most over-served gives back
        name = max((name for name in sizes if shares[name] > floor), key=lambda name: shares[name] - exact[name])
        shares[name] -= 1
    return shares


def _row_case(row: Mapping[str, Any], role: Role, where: str) -> EvalCase:
    turns = row.get("messages")
    if not isinstance(turns, list) or not all(isinstance(turn, dict) for turn in turns):
        raise InputError(f'{where}: "messages" must be a list of turns')
    user, answer = (_last_turn(turns, speaker, where) for speaker in ("user", "assistant"))
    message, context = split_turn(user)
    category = row.get("category")
    if role == "explainer":
        gatc_result = parse_context(context).gatc_result if context else None
        name = category if isinstance(category, str) and category else "uncategorised"
        return replace(_case(role, name, message, context, reference=answer), gatc_result=gatc_result)
    expect = _request(answer, where)
    name = category if isinstance(category, str) and category else str(expect["action"])
    return _case(role, name, message, context, expect=expect, reference=answer)


def _request(answer: str, where: str) -> dict[str, Any]:
    try:
        request = json.loads(answer)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{where}: the assistant turn is no JSON; write the GATCRequest on one line") from error
    if not isinstance(request, dict) or request.get("action") not in ACTIONS:
        raise InputError(f"{where}: the assistant turn has no action out of {', '.join(ACTIONS)}")
    return dict.fromkeys(SETTLED) | {
        key: value for key, value in request.items() if key not in ("free_text", "question", "confidence")
    }


def _last_turn(turns: Sequence[Mapping[str, Any]], speaker: str, where: str) -> str:
    for turn in reversed(turns):
        content = turn.get("content")
        if turn.get("role") == speaker and isinstance(content, str) and content.strip():
            return content
    raise InputError(f"{where}: there is no {speaker} turn with text; add one")


def _scenario(row: Mapping[str, Any], where: str) -> EvalCase:
    role = row.get("role", "interpreter")
    if role not in ("interpreter", "explainer"):
        raise InputError(f"{where}: role {role!r} must be interpreter or explainer")
    texts = {key: row.get(key, "") for key in ("id", "category", "message", "context")}
    for key, value in texts.items():
        if not isinstance(value, str) or (key in ("id", "message") and not value):
            raise InputError(f"{where}: {key} is {value!r}; it must be a string")
    if not isinstance(row.get("expect"), dict):
        raise InputError(f'{where}: "expect" must be an object with the fields that the answer must have')
    expect, also = split_label({**row["expect"], "also": row.get("also", row["expect"].get("also"))}, where)
    gatc_result, memory = row.get("gatc_result"), row.get("memory")
    if not isinstance(gatc_result, dict | None) or not isinstance(memory, list | None):
        raise InputError(f"{where}: gatc_result must be an object or null, memory a list of strings or null")
    case = _case(role, texts["category"] or "golden", texts["message"], texts["context"], expect=expect, also=also)
    facts = None if memory is None else tuple(map(str, memory))
    return replace(case, id=texts["id"], gatc_result=gatc_result, memory=facts)


def _case(
    role: Role,
    category: str,
    message: str,
    context: str,
    *,
    expect: Mapping[str, Any] | None = None,
    also: tuple[Mapping[str, Any], ...] = (),
    reference: str = "",
) -> EvalCase:
    return EvalCase("", role, category, message, context, expect=expect or {}, also=also, reference=reference)


def _named(cases: Iterable[EvalCase]) -> list[EvalCase]:
    """Give each case its content's digest as id; the same content again gets a running number."""
    seen: Counter[str] = Counter()
    named = []
    for case in cases:
        name = f"{case.category}-{_digest(case.role, case.category, case.message, case.context)[:10]}"
        seen[name] += 1
        named.append(replace(case, id=name if seen[name] == 1 else f"{name}-{seen[name]}"))
    return named


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

"""The line protocol: JSON Lines in, one JSON line out for each, in order, `id` copied.

A line that is no JSON or lacks a field is answered with an `error` and the run goes on; the exit code
tells. What is written is ASCII, so that no terminal, pipe or lone surrogate can break a line.
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any, TextIO

from josi import confidence, device_tier, durations, governor, grounding, postprocess, red_flags
from josi.errors import ContractError
from josi.prompt_builder import Count, build

Row = dict[str, Any]
Handler = Callable[[Row], Row]

_DEVICE_FIELDS = ("low_ram", "memory_class_mb", "large_memory_class_mb")  # read by an app beside its RAM
_TOO_DEEP = "nested too deeply: give at most 100 levels"
_SHOWN = 80  # letters of a bad value that an error message quotes


def serve(
    lines: Iterable[str],
    handler: Handler,
    out: TextIO,
    *,
    errors: tuple[type[Exception], ...] = (ContractError,),
) -> int:
    """Answer every line of `lines` on `out`; 0 when all went well, 1 when any answer is an error.

    `errors` are the exceptions of `handler` that mean a bad row; any other is a fault of ours and is raised.
    """
    code = 0
    for line in lines:
        answer = _answer(line, handler, errors)
        try:
            text = json.dumps(answer, ensure_ascii=True, allow_nan=False)
        except RecursionError:  # an `id` of many levels
            answer = {"id": None, "error": _TOO_DEEP}
            text = json.dumps(answer)
        code |= "error" in answer
        out.write(text + "\n")
        out.flush()
    return code


def _answer(line: str, handler: Handler, errors: tuple[type[Exception], ...]) -> Row:
    try:
        row = _parse(line)
    except ContractError as error:
        return {"id": None, "error": str(error)}
    identity = row.get("id")
    try:
        return {"id": identity, **handler(row)}
    except errors as error:
        return {"id": identity, "error": str(error)}
    except RecursionError:
        return {"id": identity, "error": _TOO_DEEP}


def _parse(line: str) -> Row:
    try:
        row = json.loads(line, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise ContractError(f"not a JSON line ({error}): write one JSON object a line") from error
    if not isinstance(row, dict):
        kind = "null" if row is None else type(row).__name__
        raise ContractError(f"a JSON {kind}, not an object: write one JSON object a line")
    return row


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:_SHOWN]} is out of range")
    return value


def text_field(row: Mapping[str, Any], name: str) -> str:
    """The string `name` of a row.

    Raises:
        ContractError: it is missing or no string.
    """
    if name not in row:
        raise ContractError(f"field {name!r} is missing: give a string")
    if not isinstance(row[name], str):
        raise ContractError(f"field {name!r} is {_show(row[name])}: give a string")
    return str(row[name])


def object_field(row: Mapping[str, Any], name: str, *, optional: bool = False) -> Row | None:
    """The object `name` of a row; None when it is null and `optional`.

    Raises:
        ContractError: it is missing or of another type.
    """
    if name not in row:
        raise ContractError(f"field {name!r} is missing: give an object{' or null' if optional else ''}")
    value = row[name]
    if value is None and optional:
        return None
    if not isinstance(value, dict):
        raise ContractError(f"field {name!r} is {_show(value)}: give an object{' or null' if optional else ''}")
    return value


def _show(value: object) -> str:
    try:
        text = json.dumps(value)
    except RecursionError:
        text = f"a deeply nested {type(value).__name__}"
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def _durations(row: Row) -> Row:
    return {"minutes": durations.minutes(text_field(row, "text"))}


def _red_flags(row: Row) -> Row:
    kind = red_flags.detect(text_field(row, "text"))
    return {"red_flag": kind is not None, "kind": kind}


def _postprocess(row: Row) -> Row:
    message, context = text_field(row, "message"), text_field(row, "context")
    raw = object_field(row, "raw", optional=True) or {}
    return {"request": postprocess.finish(raw, message, context)}


def _confidence(row: Row) -> Row:
    behaviour, request = confidence.behaviour(object_field(row, "request") or {})
    return {"behaviour": behaviour, "request": request}


def _governor(row: Row) -> Row:
    governed = governor.govern(text_field(row, "text"))
    return {"text": governed.text, "changes": governed.changes}


def _device_tier(row: Row) -> Row:
    if "total_ram_bytes" not in row:
        raise ContractError("field 'total_ram_bytes' is missing: give MemoryInfo.totalMem")
    read = {name: row[name] for name in _DEVICE_FIELDS if row.get(name) is not None}
    found = device_tier.detect(row["total_ram_bytes"], **read)
    return asdict(found)


def prompt_handler(count: Count, chat_format: str) -> Handler:
    """The suite `prompt` for the model whose tokens `count` counts and whose chat format this is."""

    def handle(row: Row) -> Row:
        chat_context = object_field(row, "chat_context") or {}
        prompt = build(text_field(row, "role"), text_field(row, "message"), chat_context, count)
        return {"prompt": prompt.text(chat_format), "tokens": prompt.tokens}

    return handle


def _grounding(row: Row) -> Row:
    gatc_result = object_field(row, "gatc_result", optional=True)
    message, context = text_field(row, "message"), text_field(row, "context")
    found = grounding.problems(text_field(row, "response"), gatc_result=gatc_result, message=message, context=context)
    return {"grounded": not found, "problems": found}


PURE_SUITES: dict[str, Handler] = {
    "durations": _durations,
    "red_flags": _red_flags,
    "postprocess": _postprocess,
    "confidence": _confidence,
    "governor": _governor,
    "grounding": _grounding,
    "device_tier": _device_tier,
}
"""The suites that need no model: deterministic, ported as they are."""

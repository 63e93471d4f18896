"""The golden cases of a line asked again (see `evals.repeats`), and what flips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from evals.predictions import Sample
from evals.repeats import fragile, repeats
from evals.run import RoleModel
from evals.samples import EvalCase
from golden.scenarios import eval_cases, load_explainer
from golden.stability import verdicts
from line.errors import InputError, MissingError
from line.other_build import other_build
from release.line import Line, asked
from training.models import requantised
from training.recipes import ROLES

Answers = Mapping[str, Sequence[Sample]]  # role -> judged answers to its golden cases


def first_verdicts(line: Line) -> Mapping[str, bool]:
    """Golden case -> whether it passes in the line's own run."""
    return verdicts(line.scenarios, _first(line))


def golden_repeats(line: Line) -> Mapping[str, Mapping[str, bool]]:
    """Repeat -> golden case -> whether it passes there.

    Raises:
        MissingError: there is no other build of llama.cpp.
        InputError: a server answers: its batches and its build are not ours to change.
    """
    return {name: verdicts(line.scenarios, answers) for name, answers in _again(line).items()}


def evidence(line: Line) -> dict[str, Any]:
    """What the release keeps: the share of answers and of verdicts that each repeat changes, and the fragile cases."""
    try:
        again = golden_repeats(line)
    except MissingError as error:
        return {"did not run": str(error)}
    first, texts = first_verdicts(line), _texts(_first(line))
    changed = {
        name: {
            "answers_changed": _share(texts, _texts(_again(line)[name])),
            "verdicts_changed": _share(first, found),
        }
        for name, found in again.items()
    }
    return {"repeats": changed, "fragile": fragile(first, again)}


def _first(line: Line) -> Answers:
    golden = {case.id for case in _cases(line, "explainer")}
    texts = [sample for sample in line.judgement("explainer").samples if sample.id in golden]
    return {"interpreter": line.judgement("golden").samples, "explainer": texts}


@cache
def _again(line: Line) -> Mapping[str, Answers]:
    if any(line.given.servers.values()):
        raise InputError("Repeats need the model here: give its GGUF in place of a server's address.")
    found: dict[str, dict[str, Sequence[Sample]]] = {}
    for role in ROLES:
        for name, model in _repeats(line, role):
            found.setdefault(name, {})[role] = asked(line, model, _cases(line, role), f"golden {role}, {name}")
    return found


def _repeats(line: Line, role: str) -> Sequence[tuple[str, RoleModel]]:
    # A file that was given comes without the Q8_0 that another quantisation starts from.
    given = line.given.interpreter or line.given.explainer
    other = None if given else requantised(line.store, line.ggufs[role], role)
    return list(repeats(line.role_model(role), other, other_build(), **line.settings.repeats))


def _cases(line: Line, role: str) -> list[EvalCase]:
    return [case for case in eval_cases(line.scenarios, load_explainer()) if case.role == role]


def _texts(answers: Answers) -> dict[str, str]:
    return {f"{role} {sample.id}": sample.raw for role, samples in answers.items() for sample in samples}


def _share(first: Mapping[str, Any], again: Mapping[str, Any]) -> float:
    changed = sum(bool(again.get(name) != value) for name, value in first.items())
    return round(changed / len(first), 4)

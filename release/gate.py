"""The ship decision: every check that ran, every required one that did not, one verdict."""

import math
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evals.checks import Check, Verdict
from line.errors import InputError

GATE = Path(__file__).with_name("gate.toml")


@dataclass(frozen=True)
class Required:
    """The checks that one stage must deliver, and the command that makes them."""

    stage: str
    run: str
    checks: tuple[str, ...]


@dataclass(frozen=True)
class GateResult:
    """verdict: SHIP or BLOCKED; checks: the table's rows; blockers: one sentence for each that blocks."""

    verdict: str
    checks: Sequence[Check]
    blockers: Sequence[str]

    @property
    def ships(self) -> bool:
        """Whether the release may reach athletes."""
        return self.verdict == "SHIP"

    def thresholds(self) -> dict[str, float]:
        """Check -> its threshold, for those that have one."""
        return {check.name: check.threshold for check in self.checks if check.threshold is not None}

    def scores(self) -> list[dict[str, Any]]:
        """The checks as plain objects, for models.json and the evidence."""
        return [check.to_json() for check in self.checks]


def load_required(path: Path = GATE) -> list[Required]:
    """Read the list of required checks.

    Raises:
        InputError: the file is no TOML, or a stage lacks `run` or `checks`, or a check is required twice.
    """
    try:
        stages = tomllib.loads(path.read_text(encoding="utf-8")).get("stage")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path}: cannot be read as TOML: {error}") from error
    if not isinstance(stages, dict) or not stages:
        raise InputError(f"{path}: has no [stage.NAME], so a gate with it would pass anything.")
    required = [_stage(path, name, entry) for name, entry in stages.items()]
    names = [name for stage in required for name in stage.checks]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"{path}: the checks {twice} are required twice.")
    return required


def decide(checks: Iterable[Check], required: Iterable[Required]) -> GateResult:
    """SHIP when every check that ran says PASS and every required one ran; else BLOCKED, with the reasons.

    A check that holds no number though it has a threshold, or a NaN, is a FAIL whatever it says. One that
    only informs never blocks.
    """
    stages = list(required)
    wanted = {name for stage in stages for name in stage.checks}
    rows = [_held(_sound(check)) if check.name in wanted else _sound(check) for check in checks]
    rows.extend(_missing({check.name for check in rows}, stages))
    blocking = [check for check in rows if check.verdict is not Verdict.PASS]
    blockers = [sentence(check) for check in blocking]
    if not rows:
        blockers = ["No check ran at all, and none is required."]
    return GateResult("BLOCKED" if blockers else "SHIP", rows, blockers)


def sentence(check: Check) -> str:
    """Why a check blocks, and by how much."""
    head = f"{check.name} ({check.role}, {check.layer})"
    note = f" ({check.note})" if check.note else ""
    if check.value is None or check.threshold is None:
        return f"{head}: {check.note or check.verdict.value}."
    if check.verdict is Verdict.UNDECIDED:
        what = f"{number(check.value)} with the interval {interval(check)} is not proven against"
        return f"{head}: {what} {number(check.threshold)}{note}."
    away = check.value - check.threshold
    where = f"{number(abs(away))} {'below' if away < 0 else 'above'} the threshold {number(check.threshold)}"
    return f"{head}: {number(check.value)} is {where}{note}."


def number(value: float | None) -> str:
    """A figure of the table; four digits that count, a dash for none."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def interval(check: Check) -> str:
    """The 95 % interval of a check, a dash for none."""
    if check.lo is None or check.hi is None:
        return "–"
    return f"{number(check.lo)} … {number(check.hi)}"


def _sound(check: Check) -> Check:
    """The check without values that no JSON holds; a threshold without a figure is a failure."""
    value, lo, hi, threshold = map(_finite, (check.value, check.lo, check.hi, check.threshold))
    clean = replace(check, value=value, lo=lo, hi=hi, threshold=threshold)
    broken = (check.threshold is not None and clean.value is None) or clean.threshold != check.threshold
    if broken and check.verdict is Verdict.PASS:
        return replace(clean, verdict=Verdict.FAIL, note=f"says PASS without a figure {check.note}".strip())
    return clean


def _held(check: Check) -> Check:
    """A required check that has no figure or no threshold only informs, so it proves nothing: a failure."""
    if check.verdict is Verdict.PASS and (check.value is None or check.threshold is None):
        return replace(
            check, verdict=Verdict.FAIL, note=f"required, but has no figure or no threshold {check.note}".strip()
        )
    return check


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value


def _missing(ran: set[str], required: Iterable[Required]) -> Iterator[Check]:
    for stage in required:
        for name in stage.checks:
            if name not in ran:
                note = f"required, but did not run; `{stage.run}` runs it"
                yield Check(name, stage.stage, "–", None, 0, None, None, None, Verdict.FAIL, note)


def _stage(path: Path, name: str, entry: Any) -> Required:
    fields: Mapping[str, Any] = entry if isinstance(entry, dict) else {}
    run, checks = fields.get("run"), fields.get("checks")
    good = isinstance(checks, list) and checks and all(isinstance(check, str) and check for check in checks)
    if set(fields) != {"run", "checks"} or not isinstance(run, str) or not isinstance(checks, list) or not good:
        raise InputError(f'{path}: [stage.{name}] needs run = "COMMAND" and checks = ["NAME", ...], nothing else.')
    return Required(name, run, tuple(checks))

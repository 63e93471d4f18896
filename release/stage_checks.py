"""What the stages before and after the evaluation have to say to the gate, as checks of its table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from evals.checks import Check, Verdict, rate_check
from evals.thresholds import Rule
from golden.stability import stability_check
from grammars.build import stale
from line.errors import JosiError, MissingError
from release.line import Line
from release.parity_scores import parity_score_checks
from release.repeats import first_verdicts, golden_repeats
from sims.report import TierResult
from sims.tiers import load_tiers
from training.recipes import ROLES


def stage_checks(line: Line) -> list[Check]:
    """Every check that is not a verdict on answers."""
    return [
        *data_checks(line),
        *checkpoint_checks(line),
        *parity_checks(line),
        *parity_score_checks(line),
        grammar_check(),
        golden_stable_check(line),
        *tier_checks(line),
        *whole_sets_check(line),
    ]


def whole_sets_check(line: Line) -> Iterator[Check]:
    """A reduced run is a rehearsal: what passes on a part of the prompts may not ship on the strength of it."""
    if line.settings.prompts is not None:
        note = f"only {line.settings.prompts} prompts of each set were judged; run without --prompts"
        yield count_check("whole_sets", "evaluation", "both", 1, 1, note)


def count_check(name: str, stage: str, role: str, bad: int, n: int, note: str = "") -> Check:
    """A count of bad things that must be 0 among n."""
    verdict = Verdict.PASS if bad == 0 and n > 0 else Verdict.FAIL
    return Check(name, stage, role, float(bad), n, None, None, 0.0, verdict, note)


def data_checks(line: Line) -> Iterator[Check]:
    """`rows_valid`: no near-duplicate across the splits; `no_leakage`: no evaluation message in the training rows."""
    report = json.loads(line.data.file("report.json").read_text(encoding="utf-8"))
    rows = sum(report[role][part]["rows"] for role in ROLES for part in ("train", "val"))
    near = sum(report[role]["near_duplicates_across_splits"] for role in ROLES)
    yield count_check("rows_valid", "data", "both", near, rows, "near-duplicates across the splits")
    found = line.leaks
    note = (
        f"training rows near an evaluation message, e.g. {found[0][:60]!r}"
        if found
        else "training rows near an evaluation message"
    )
    yield count_check("no_leakage", "data", "both", len(found), rows, note)


def checkpoint_checks(line: Line) -> Iterator[Check]:
    """A checkpoint that was trained from another recipe than the tree's blocks, and says what retrains it."""
    for role, found in line.checkpoints.items():
        extra = f" --data {line.settings.data}" if line.settings.data else ""
        note = found.source if found.current else f"stale: run `josi train --role {role}{extra} --pin`"
        yield count_check(f"{role}_checkpoint_current", "training", role, int(not found.current), 1, note)


def parity_checks(line: Line) -> Iterator[Check]:
    """Each GGUF against its checkpoint; the shipped Q4_K_M is held to the limits of release.toml, the others inform."""
    for role, kinds in line.parity.items():
        for kind, figures in kinds.items():
            shipped = kind == "Q4_K_M"
            yield _parity_check(role, kind, figures, line.settings.parity if shipped else None)


def _parity_check(role: str, kind: str, figures: Mapping[str, float], limits: Mapping[str, float] | None) -> Check:
    """The tokens that the checkpoint is sure of; also FAIL when the distributions are too far apart."""
    name = f"{role}_parity" if limits else f"{role}_parity_{kind.lower()}"
    rule = Rule(name, "conversion", role, threshold=limits["sure_least"] if limits else None)
    told = f"{kind}: same first token, {figures['top1']:.3f} of all; KL {figures['kl']:.4f} nats"
    if not limits:
        return rate_check(rule, int(figures["sure_same"]), int(figures["sure"]), told)
    check = rate_check(rule, int(figures["sure_same"]), int(figures["sure"]), f"{told}, at most {limits['kl_most']}")
    near = figures["kl"] <= limits["kl_most"]  # False for a NaN as well
    return check if near else replace(check, verdict=Verdict.FAIL)


def grammar_check() -> Check:
    """The committed grammars are what their schema compiles to."""
    old: list[Path] = stale()
    note = f"stale: {', '.join(p.name for p in old)}; run `python -m grammars.build`" if old else ""
    return count_check("grammar_current", "grammar", "interpreter", len(old), 2, note)


def golden_stable_check(line: Line) -> Check:
    """No golden case is fragile: asked again under other conditions, each keeps its verdict."""
    try:
        return stability_check(first_verdicts(line), golden_repeats(line), line.thresholds)
    except MissingError as error:
        # The other checks still have something to say; the gate blocks and names this one's reason.
        threshold = line.thresholds.rule("golden_stable").threshold
        note = f"did not run: {error}"
        return Check("golden_stable", "golden", "both", None, 0, None, None, threshold, Verdict.FAIL, note)


def tier_checks(line: Line) -> Iterator[Check]:
    """The verdict of each tier's smallest phone: MB that are needed at once against what the phone leaves the app."""
    for tier in load_tiers():
        name = f"{tier}_fits"
        try:
            result = line.phones.result(tier)
        except JosiError as error:
            # The other checks still have something to say; the gate blocks and names this one's reason.
            yield Check(name, "tiers", tier, None, 0, None, None, None, Verdict.FAIL, f"did not run: {error}")
            continue
        valid, turns = result.valid_decisions, len(result.turns)
        # A phone whose Interpreter writes no decision has its models in memory and nothing of use in them.
        good = result.fits and 0 < turns == valid
        said = f"MB needed on {result.ram_mb / 1024:g} GB; {valid} of {turns} decisions valid; {_speed(result)}"
        verdict = Verdict.PASS if good else Verdict.FAIL
        note = said if result.fits else result.message
        yield Check(name, "tiers", tier, result.need_mb, turns, None, None, float(result.budget_mb), verdict, note)


def _speed(result: TierResult) -> str:
    """Times of this host, which are no ship criterion."""
    if result.decode_tps is None or result.turn_s is None:
        return f"not timed ({result.timing})"
    return f"{result.decode_tps:.0f} tok/s, turn {result.turn_s:.1f} s on this host"

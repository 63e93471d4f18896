"""The end of the line: all checks into the gate, and a signed release directory whatever it says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evals import baseline, floor
from evals.calibration import as_json as as_map
from evals.checks import Check, Verdict, with_required
from evals.judged import floor_actions
from evals.predictions import write_samples
from evals.samples import read_rows
from line import digest
from line.paths import REPO
from line.store import Recipe, write_bytes
from release.assemble import Contents, Role, Source, Tier, assemble, check_replaceable
from release.confidence import confidence_checks, confidence_evidence
from release.gate import GateResult, decide, load_required
from release.keys import PublicKey, load_private, passphrase
from release.line import Line
from release.repeats import evidence
from release.report import as_json, markdown
from release.signature import key_for
from release.stage_checks import stage_checks
from release.verify import verify
from sims.tiers import find_phone

REUSED = "reused.json"
CONFIDENCE = "confidence.json"
GATE_TABLE = "gate.md"
FALSE_ALARM = "no_false_alarm"


@dataclass(frozen=True)
class Shipment:
    """A finished run: the gate's result and the signed directory."""

    gate: GateResult
    folder: Path
    reused: bool


def all_checks(line: Line) -> list[Check]:
    """Every check of the run, in the order of the line."""
    return with_required([*stage_checks(line), *evaluation_checks(line)], line.thresholds.required())


def evaluation_checks(line: Line) -> list[Check]:
    """Verdicts on answers: prompts, alarms, Explainer set and golden gate; validation rows and the floor inform."""
    found = line.judgements
    alarms = [check for check in found["alarms"].checks if check.name == FALSE_ALARM]
    informs = [_informing(c) for c in found["validation"].checks if c.name == "action_accuracy"]
    return [
        *(check for check in found["prompts"].checks if check.name != FALSE_ALARM),  # a harder set has that one
        *alarms,
        *informs,
        *floor_checks(line),
        *confidence_checks(line),
        *found["explainer"].checks,
        line.golden_check,
        *baseline.regressions(line.comparison),
    ]


def floor_checks(line: Line) -> list[Check]:
    """TF-IDF with logistic regression on the same rows, judged on the same prompts: the floor to beat."""
    train = read_rows(line.data.file("train_interpreter.jsonl"), "interpreter")
    cases = line.cases["prompts"]
    if not any(case.expect.get("action") for case in cases):
        return []  # a file without labels: nothing to be right or wrong about
    actions = floor_actions(line.store, train, cases)
    return [floor.measure(cases, actions, line.judgements["prompts"].samples, line.thresholds).check]


def ship(line: Line, *, force: bool = False) -> Shipment:
    """Decides, writes the evidence and the release directory `OUT/release`, signs and verifies it.

    With a key in the settings and SHIP as verdict that key signs; else a throw-away development key does, and the
    release says so. A run in which nothing changed keeps the directory that is there; a production release is
    replaced only with `force`.

    Raises:
        JosiError: a stage could not run; the message says which and what to do.
    """
    # What a person has to mend is told before the hours that the stages take, not after them.
    given = load_private(line.settings.key, passphrase()) if line.settings.key else None
    folder = line.settings.out / "release"
    check_replaceable(folder, force=True)  # a production release may stay if nothing has changed
    result = decide(all_checks(line), load_required())
    write_bytes(line.settings.out / GATE_TABLE, markdown(result).encode())  # there whatever happens to the directory
    sources = release_sources(line, result)
    key = key_for(result.verdict, given)
    mark = _mark(line, sources, key.public.key_id if not key.development else "development")
    trusted = None if key.development else key.public
    if _unchanged(folder, line.settings.out / REUSED, mark, trusted):
        return Shipment(result, folder, True)
    assemble(folder, _contents(line, result, sources), key, force=force)
    write_bytes(line.settings.out / REUSED, json.dumps(mark).encode())
    return Shipment(result, folder, False)


def release_sources(line: Line, result: GateResult) -> dict[str, Source]:
    """Release path -> the file or bytes to put there."""
    files: dict[str, Source] = {
        "base.Q4_K_M.gguf": line.base_gguf.file("base.Q4_K_M.gguf"),
        "gatc_decision.gbnf": line.grammar,
        "evidence/gate.json": as_json(result),
        "evidence/gate.md": markdown(result).encode(),
        "evidence/parity.json": json.dumps(line.parity, indent=2, sort_keys=True).encode(),
        "evidence/golden_repeats.json": json.dumps(evidence(line), indent=2, sort_keys=True).encode(),
        "evidence/data_report.json": line.data.file("report.json"),
    }
    if line.confidence:
        files |= {CONFIDENCE: as_map(line.confidence), **confidence_evidence(line)}
    for role in line.recipes:
        files[f"{role}.Q4_K_M.gguf"] = line.gguf(role)
        files[f"{role}.lora.gguf"] = line.ggufs[role].file(f"{role}.lora.gguf")
    if line.model.licence == "apache-2.0":
        files["LICENSE"] = REPO / "LICENSE"
    for name, judged in line.judgements.items():
        log = line.settings.out / "samples" / f"{name}.samples.jsonl"
        log.parent.mkdir(parents=True, exist_ok=True)
        write_samples(log, judged.samples)
        files[f"evidence/{log.name}"] = log
    for tier in line.settings.tiers.keys() & line.phones.results.keys():
        files[f"evidence/{tier}.json"] = line.phones.results[tier].to_json().encode()
    return files


def _contents(line: Line, result: GateResult, sources: Mapping[str, Source]) -> Contents:
    recipes = {f"{role}_checkpoint": found.recipe for role, found in line.checkpoints.items()}
    recipes |= {f"{role}_gguf": found.digest for role, found in line.ggufs.items()}
    return Contents(
        version=line.settings.version,
        minimum_app_version=line.settings.minimum_app_version,
        tiers={name: _tier(line, name, spec) for name, spec in line.settings.tiers.items()},
        base_model={
            "name": line.model.title,
            "licence": line.model.licence,
            "source": line.model.distribution or line.model.repo,
            "sha256": line.base.provenance["recipe"]["inputs"]["weights"],
        },
        recipes={**recipes, "data": line.data.digest, "base": line.base.digest},
        thresholds=result.thresholds(),
        scores=result.scores(),
        blockers=list(result.blockers),
        sources=dict(sources),
    )


def _tier(line: Line, name: str, spec: Mapping[str, Any]) -> Tier:
    low, high = [*spec["ram_gb"], None][:2]
    held = "gatc_decision.gbnf", CONFIDENCE if line.confidence else None
    if spec["configuration"] == "adapters":
        roles = {
            "interpreter": Role("base.Q4_K_M.gguf", "interpreter.lora.gguf", *held),
            "explainer": Role("base.Q4_K_M.gguf", "explainer.lora.gguf"),
        }
    else:
        roles = {
            "interpreter": Role("interpreter.Q4_K_M.gguf", None, *held),
            "explainer": Role("explainer.Q4_K_M.gguf"),
        }
    return Tier(spec["configuration"], (low, high), find_phone(name).context, roles)


def _mark(line: Line, sources: Mapping[str, Source], key: str) -> dict[str, str]:
    """What the directory was made from; equal marks mean that there is nothing to do."""
    content = {
        name: digest.of_file(source) if isinstance(source, Path) else digest.of_bytes(source)
        for name, source in sources.items()
    }
    settings = [line.settings.version, line.settings.minimum_app_version, line.settings.tiers, key]
    recipe = Recipe("release", content, {"settings": settings}, ("release.ship",))
    return {"release": recipe.digest()}


def _unchanged(folder: Path, note: Path, mark: Mapping[str, str], trusted: PublicKey | None) -> bool:
    there = folder.is_dir() and note.is_file()
    return there and json.loads(note.read_text()) == mark and verify(folder, trusted).ok


def _informing(check: Check) -> Check:
    return replace(check, name=f"validation_{check.name}", threshold=None, verdict=Verdict.PASS)

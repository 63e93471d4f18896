"""What this machine has, what the line lacks, and how to get it. Quick, and it never fails on an odd
machine.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata

from rich.console import Console
from rich.table import Table
from rich.text import Text

from line.errors import JosiError

EXTRAS = {
    "training": ("torch", "transformers", "peft", "trl", "accelerate", "gguf"),
    "evals": ("numpy", "scipy"),
    "sims": ("docker",),
}
_COLOURS = {"ok": "green", "warn": "yellow", "missing": "bold red"}


class Status(StrEnum):
    """ok; warn: the line runs, but slower or without something; missing: a required thing is not there."""

    OK = "ok"
    WARN = "warn"
    MISSING = "missing"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's table. `remedy` says how to get what lacks; empty when nothing does."""

    name: str
    status: Status
    found: str
    remedy: str = ""


Probe = Callable[[], Sequence[Finding]]


def diagnose(probes: Iterable[tuple[str, Probe]]) -> list[Finding]:
    """Run all probes side by side; the findings come in the order of the probes.

    A probe that the machine trips up (a file it cannot read, a tool that answers nonsense) becomes a warning
    under its name.
    """
    pairs = list(probes)
    with ThreadPoolExecutor(max_workers=max(1, len(pairs))) as pool:
        futures = [(name, pool.submit(_guarded, name, probe)) for name, probe in pairs]
        return [finding for _, future in futures for finding in future.result()]


def exit_code(findings: Iterable[Finding]) -> int:
    """1 when something required is missing, else 0."""
    return int(any(finding.status is Status.MISSING for finding in findings))


def show(findings: Sequence[Finding], to: Console) -> None:
    """Prints the findings for a person: a table, then how to get what is not there, whole and unwrapped to copy."""
    rows = Table(title="josi doctor", title_justify="left")
    for head in ("what", "status", "found"):
        rows.add_column(head, overflow="fold", no_wrap=head != "found")
    for finding in findings:
        status = Text(finding.status.value, style=_COLOURS[finding.status.value])
        rows.add_row(Text(finding.name), status, Text(finding.found))
    to.print(rows)
    for finding in findings:
        if finding.remedy:
            to.print(f"{finding.name}: {finding.remedy}", markup=False, highlight=False, soft_wrap=True)


def packages() -> list[Finding]:
    """The Python packages of each stage's extra."""
    return [_extra(name, wanted) for name, wanted in EXTRAS.items()]


def _extra(name: str, wanted: Sequence[str]) -> Finding:
    versions: list[str] = []
    absent: list[str] = []
    for package in wanted:
        try:
            versions.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            absent.append(package)
    found = ", ".join(versions) or "none"
    if absent:
        remedy = f"pip install -e '.[{name}]' (lacks {', '.join(absent)})"
        return Finding(f"Python packages: {name}", Status.MISSING, found, remedy)
    return Finding(f"Python packages: {name}", Status.OK, found)


def _guarded(name: str, probe: Probe) -> Sequence[Finding]:
    try:
        return probe()
    except (OSError, ValueError, LookupError, JosiError) as error:
        return [Finding(name, Status.WARN, f"could not be looked at: {error}", "")]

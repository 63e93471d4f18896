"""The end of every gate run: a table of all checks, the reasons, and one word."""

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from evals.checks import Check, Verdict
from release.gate import GateResult, interval, number
from release.manifest import canonical
from release.verify import VerifyReport, printable

_COLOURS = {Verdict.PASS: "green", Verdict.FAIL: "bold red", Verdict.UNDECIDED: "yellow"}
_HEADS = ("check", "role", "layer", "value", "95 % interval", "threshold", "n", "verdict", "note")


def console() -> Console:
    """A console wide enough for the table where the output is no terminal (a log, a pipe)."""
    found = Console()
    return found if found.is_terminal else Console(width=160)


def table(result: GateResult) -> Table:
    """Every check with its value, interval, threshold and verdict."""
    rows = Table(title="Ship gate", title_justify="left")
    for head in _HEADS:
        right = head in ("value", "95 % interval", "threshold", "n")
        rows.add_column(head, justify="right" if right else "left", overflow="fold", no_wrap=head == "verdict")
    for check in result.checks:
        cells: list[RenderableType] = [Text(cell) for cell in _cells(check)]
        cells[_HEADS.index("verdict")] = Text(
            _word(check), style="dim" if check.informs_only else _COLOURS[check.verdict]
        )
        rows.add_row(*cells)
    return rows


def print_gate(result: GateResult, to: Console) -> None:
    """The table, each reason on a line of its own, and last `SHIP` or `BLOCKED`."""
    to.print(table(result))
    for blocker in result.blockers:
        to.print(Text(f"  ✗ {blocker}"))
    to.print(Text(last_line(result), style="bold green" if result.ships else "bold red"))


def last_line(result: GateResult) -> str:
    """SHIP or BLOCKED and the count behind it."""
    held = sum(not check.informs_only for check in result.checks)
    if not result.checks:
        return "BLOCKED: no check ran."
    if result.ships:
        return f"SHIP: all {held} checks pass."
    return f"BLOCKED: {len(result.blockers)} of {held} checks do not pass."


def print_verify(report: VerifyReport, to: Console) -> None:
    """What `josi release verify` says: problems first, warnings loudly, one closing line."""
    for problem in report.problems:
        to.print(Text(f"  ✗ {printable(problem)}", style="red"))
    for warning in report.warnings:
        to.print(Text(f"  ! {warning}", style="bold yellow"))
    if report.ok:
        signer = "a throw-away development key" if report.development else f"key {report.key_id[:16]}…"
        what = f"release {report.version} ({report.verdict}), {report.files} files"
        to.print(Text(f"VERIFIED: {what}, signed by {signer}.", style="yellow" if report.warnings else "green"))
    else:
        to.print(Text(f"NOT VERIFIED: {len(report.problems)} problems.", style="bold red"))


def markdown(result: GateResult) -> str:
    """The same table as Markdown, for the evidence."""
    rows = [f"# {last_line(result)}", ""]
    rows.extend(f"* {blocker}" for blocker in result.blockers)
    rows.extend(["", f"| {' | '.join(_HEADS)} |", f"|{'---|' * len(_HEADS)}"])
    for check in result.checks:
        cells = [" ".join(cell.replace("|", r"\|").split()) for cell in _cells(check)]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def as_json(result: GateResult) -> bytes:
    """The same as canonical JSON, for the evidence."""
    return canonical({"verdict": result.verdict, "blockers": list(result.blockers), "checks": result.scores()})


def _cells(check: Check) -> list[str]:
    count = f"{check.n:,}" if check.n else "–"
    figures = [number(check.value), interval(check), number(check.threshold), count]
    return [check.name, check.role, check.layer, *figures, _word(check), check.note]


def _word(check: Check) -> str:
    return "(informs)" if check.informs_only else check.verdict.value

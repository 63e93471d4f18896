"""The verdicts as rich tables: checks, categories, confusion, flips."""

from collections.abc import Iterable, Mapping, Sequence

from rich.markup import escape
from rich.table import Table

from evals.checks import Check, Verdict
from evals.judge import Judgement
from evals.paired import Flip

_STYLE = {Verdict.PASS: "green", Verdict.FAIL: "bold red", Verdict.UNDECIDED: "yellow"}


def checks_table(checks: Iterable[Check], title: str = "Checks") -> Table:
    """One row a check: value, 95 % interval, threshold, n, verdict, note."""
    table = Table(title=title, title_justify="left")
    for name in ("role", "layer", "check"):
        table.add_column(name)
    for name in ("value", "95 % interval", "threshold", "n"):
        table.add_column(name, justify="right")
    table.add_column("verdict")
    table.add_column("note", overflow="fold")
    for check in checks:
        verdict = "info" if check.informs_only else f"[{_STYLE[check.verdict]}]{check.verdict}[/]"
        table.add_row(
            check.role,
            check.layer,
            check.name,
            _figure(check.value),
            "–" if check.lo is None or check.hi is None else f"{_figure(check.lo)} – {_figure(check.hi)}",
            _figure(check.threshold),
            str(check.n),
            verdict,
            escape(check.note),
        )
    return table


def category_table(judgement: Judgement) -> Table:
    """Per category: n, then every figure that was measured, a blank where it does not apply."""
    names = list(dict.fromkeys(name for row in judgement.categories.values() for name in row))
    table = Table(title=f"{judgement.role}, by category", title_justify="left")
    table.add_column("category")
    for name in ("n", *names):
        table.add_column(name.replace("_", " "), justify="right")
    for category, row in judgement.categories.items():
        cells = [_share(row[name]) if name in row else "" for name in names]
        table.add_row(escape(category), str(row["pass"][1]), *cells)
    return table


def confusion_table(confusion: Mapping[tuple[str, str], int]) -> Table:
    """Wanted actions down, given ones across."""
    given = sorted({got for _, got in confusion} | {wanted for wanted, _ in confusion})
    table = Table(title="Action: wanted (down), given (across)", title_justify="left")
    table.add_column("")
    for name in given:
        table.add_column(name, justify="right")
    for wanted in sorted({wanted for wanted, _ in confusion}):
        table.add_row(wanted, *(str(confusion.get((wanted, got), "")) for got in given))
    return table


def flips_table(flips: Sequence[Flip], limit: int = 30) -> Table:
    """Flipped samples side by side, losses first; at most `limit` rows, the caption says of how many."""
    table = Table(title="Flipped samples", title_justify="left", show_lines=True)
    for name in ("check", "sample", "message", "before", "after"):
        table.add_column(name, overflow="fold")
    ordered = sorted(flips, key=lambda flip: (flip.better, flip.rule, flip.candidate.id))
    for flip in ordered[:limit]:
        style = "green" if flip.better else "red"
        table.add_row(
            f"[{style}]{flip.rule}[/]",
            *(escape(text) for text in (flip.candidate.id, flip.candidate.message)),
            *(escape(sample.raw) for sample in (flip.reference, flip.candidate)),
        )
    if len(flips) > limit:
        table.caption = f"{limit} of {len(flips)}"
    return table


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _share(entry: tuple[float, int]) -> str:
    total, n = entry
    return f"{total / n:.2f}"

"""Progress with an estimate for work that a person waits for, and a plain line where no terminal watches."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class Bars:
    """One bar a piece of work, all in one live display; `bars(title)` gives its `(done, total)` callback."""

    def __init__(self, console: Console | None = None) -> None:
        self.progress = Progress(
            TextColumn("{task.description:>12}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console or Console(stderr=True),
        )

    def __call__(self, title: str) -> Callable[[int, int], None]:
        """A callback that moves the bar `title`."""
        task = self.progress.add_task(title, total=None)

        def move(done: int, total: int) -> None:
            if not self.progress.live.is_started:
                self.progress.start()
            self.progress.update(task, completed=done, total=total)
            if done >= total:
                self.progress.stop()

        return move

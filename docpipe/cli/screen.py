"""A terminal that a run draws on: messages, and a progress bar below them."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn


class Screen:
    """Standard error, where that is a terminal."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            MofNCompleteColumn(separator=" of "),
            TimeRemainingColumn(),
            TextColumn("[dim]{task.fields[last]}"),
            console=console,
        )
        self._task = self._progress.add_task("starting", total=None, last="")

    def start(self) -> None:
        """Show the bar."""
        self._progress.start()

    def stop(self) -> None:
        """Leave the bar as it stands."""
        self._progress.stop()

    def update(self, **facts: Any) -> None:
        """Change what the bar shows; see `rich.progress.Progress.update`."""
        self._progress.update(self._task, **facts)

"""What training shows in the terminal."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class Terminal(Console):
    """A console that falls silent when nobody reads it any more: work goes on."""

    def plain(self, text: str) -> None:
        """Print text as it is, on one line however long: paths and commands in it can be copied."""
        self.print(text, soft_wrap=True, markup=False)

    def on_broken_pipe(self) -> None:
        """Write to nowhere from here on."""
        self.quiet = True
        silence(sys.stderr if self.stderr else sys.stdout)


def silence(*streams: object) -> None:
    """Let streams of this process end in nothing, where they are files of the system."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        for stream in streams:
            try:
                os.dup2(nowhere, stream.fileno())  # type: ignore[attr-defined]
            except (OSError, ValueError, AttributeError):
                continue
    finally:
        os.close(nowhere)


@contextmanager
def working(console: Console) -> Iterator[Callable[[str, float | None], None]]:
    """A bar for as long as something is worked on, on a terminal alone.

    Yields:
        what tells the bar a word for what is done now, and the share of it that is done, None where that is not known.
    """
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task("", total=None)
        yield lambda word, share: bar.update(
            task, description=word, total=None if share is None else 1.0, completed=share or 0.0
        )


class Display:
    """A progress bar on one line of 80 characters, up to ten million episodes.

    Args:
        console: where it is drawn.
        figures: which of a batch's figures it shows, averaged over the last 50 batches.
        seconds: of the session; None: no limit.
        lesson: at the start.
        quiet: show none.
    """

    def __init__(
        self, console: Console, figures: Sequence[str], seconds: float | None, lesson: int, *, quiet: bool
    ) -> None:
        self._figures = figures
        self._recent: deque[Mapping[str, float]] = deque(maxlen=50)
        self._bar = Progress(
            TextColumn("lesson {task.fields[lesson]:>2}"),
            BarColumn(bar_width=10),
            TextColumn("{task.fields[episodes]:,} episodes{task.fields[figures]} {task.fields[rate]:,.0f}/s"),
            TimeElapsedColumn(),
            console=console,
            disable=quiet,
        )
        self._seconds = seconds
        self._task: TaskID = self._bar.add_task(
            "train", total=seconds, lesson=lesson, episodes=0, figures="", rate=0.0
        )

    def start(self) -> None:
        """Begin to draw."""
        self._bar.start()

    def stop(self) -> None:
        """Stop drawing."""
        self._bar.stop()

    def say(self, text: str) -> None:
        """A line above the bar."""
        self._bar.console.print(text)

    def new_lesson(self) -> None:
        """Forget the figures of batches so far."""
        self._recent.clear()

    def batch(
        self, figures: Mapping[str, float], *, lesson: int, episodes: int, fresh: int, elapsed: float
    ) -> None:
        """Show one more batch.

        Args:
            figures: of the batch.
            lesson: that is trained.
            episodes: over all sessions.
            fresh: of this session.
            elapsed: seconds of this session.
        """
        self._recent.append(figures)
        shown = ""
        for name in self._figures:
            values = [batch[name] for batch in self._recent if name in batch]
            if values:
                shown += f" {name} {sum(values) / len(values):.0%}"
        self._bar.update(
            self._task,
            completed=elapsed if self._seconds is None else min(elapsed, self._seconds),
            lesson=lesson,
            episodes=episodes,
            figures=shown,
            rate=fresh / max(elapsed, 1e-9),
        )

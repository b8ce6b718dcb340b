"""Signals that ask training to stop: Ctrl-C, a request to end, a terminal that hung up."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from train.display import silence


class StopRequest:
    """A signal handler that asks training to stop after the current update; asked twice, it interrupts.

    Args:
        follows: another process decides; this one waits for it, however often it is asked.
    """

    def __init__(self, *, follows: bool = False) -> None:
        self.requested, self._follows = False, follows

    def __call__(self, signum: int, frame: FrameType | None) -> None:
        """Handle SIGINT, SIGTERM or SIGHUP."""
        if signum == signal.SIGHUP:
            # The terminal is gone; what is printed from here on must not end the run.
            silence(sys.stdout, sys.stderr)
        elif self.requested and not self._follows:
            raise KeyboardInterrupt
        self.requested = True

    @contextmanager
    def handling(self) -> Iterator[StopRequest]:
        """Handle signals for a while."""
        signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        previous = [signal.signal(number, self) for number in signals]
        try:
            yield self
        finally:
            for number, handler in zip(signals, previous, strict=True):
                signal.signal(number, handler)

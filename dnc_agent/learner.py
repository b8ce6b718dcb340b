"""What a training session drives: one contract for policy gradient and supervised learning."""

from os import PathLike
from pathlib import Path
from typing import Any, Protocol

from stable_baselines3.common.logger import Logger

from dnc_agent.cores.contract import RecurrentCore
from dnc_agent.parallel import Processes


class Learner(Protocol):
    """Something that learns batch after batch and can be stopped, saved and resumed between two of them.

    Attributes:
        processes: that share every batch; one alone unless somebody says so.
    """

    processes: Processes

    @property
    def core(self) -> RecurrentCore[Any]:
        """The core that answers or acts."""
        ...

    @property
    def episodes(self) -> int:
        """Episodes (or sequences) so far, over all sessions."""
        ...

    @property
    def steps(self) -> int:
        """Steps so far, over all sessions."""
        ...

    @property
    def updates(self) -> int:
        """Updates so far, over all sessions."""
        ...

    def set_logger(self, logger: Logger) -> None:
        """Where `update` records its figures."""
        ...

    def begin(self) -> None:
        """Get ready for the first update of a fresh learner; a restored one goes on without it."""
        ...

    def update(self) -> dict[str, float]:
        """Draw or act out one batch and learn from it.

        Returns:
            Figures of the batch for the progress bar, such as `satisfied` or `accuracy`.

        Raises:
            FloatingPointError: if the loss or a weight is not finite; one line that says at which update.
        """
        ...

    def save(
        self,
        path: str | PathLike[str],
        *,
        with_optimizer: bool = True,
        extra: dict[str, Any] | None = None,
    ) -> Path:
        """Write a checkpoint: weights, settings, counters, `extra`; with the optimizer all that resuming needs.

        That includes every generator: whoever restores it goes on to the bit. The checkpoint that it replaces is then
        kept beside it.
        """
        ...

    def restore(self, path: str | PathLike[str]) -> dict[str, Any]:
        """Load a checkpoint of the same shape into this learner and return its `extra`.

        Raises:
            FileNotFoundError: if there is none.
            ValueError: if it is damaged or does not fit; nothing is changed then.
        """
        ...

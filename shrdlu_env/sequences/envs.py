"""Sequence tasks as Gymnasium environments, single and side by side."""

from __future__ import annotations

from typing import Any

from gymnasium.vector import AutoresetMode

from shrdlu_env.sequences.simulation import SequenceSimulation
from shrdlu_env.shells.single import SingleEnv
from shrdlu_env.shells.vector import NativeVectorEnv


class SequenceEnv(SingleEnv[SequenceSimulation]):
    """One sequence at a time; see `SequenceSimulation`.

    Args:
        render_mode: "human", "rgb_array", "ansi" or None.
        observability: "partial", or "full": all that was told so far stays visible.
        task: name of the task.
        **arguments: those of the task.

    Raises:
        TypeError: an argument is unknown or has the wrong type.
        ValueError: there is no such task, or an argument is out of range.
    """

    def __init__(
        self,
        *,
        render_mode: str | None = None,
        observability: str = "partial",
        task: str = "copy",
        **arguments: Any,
    ) -> None:
        super().__init__(SequenceSimulation(1, task, **arguments), render_mode, observability)


class SequenceVectorEnv(NativeVectorEnv[SequenceSimulation]):
    """n sequences side by side; see `SequenceSimulation`.

    Args:
        num_envs: n.
        render_mode: "rgb_array", "ansi" (one frame per sub-environment) or None.
        autoreset_mode: `AutoresetMode` or its value: "NextStep" (default), "SameStep", "Disabled".
        observability: "partial", or "full": all that was told so far stays visible.
        task: name of the task.
        **arguments: those of the task.

    Raises:
        TypeError: an argument is unknown or has the wrong type.
        ValueError: there is no such task, or an argument is out of range.
    """

    def __init__(
        self,
        num_envs: int = 1,
        *,
        render_mode: str | None = None,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        observability: str = "partial",
        task: str = "copy",
        **arguments: Any,
    ) -> None:
        super().__init__(
            SequenceSimulation(num_envs, task, **arguments), render_mode, autoreset_mode, observability
        )

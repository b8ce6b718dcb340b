"""Question answering as Gymnasium environments, single and side by side."""

from __future__ import annotations

from typing import Any

from gymnasium.vector import AutoresetMode

from shrdlu_env.shells.arguments import check_arguments
from shrdlu_env.shells.single import SingleEnv
from shrdlu_env.shells.vector import NativeVectorEnv
from shrdlu_env.text.simulation import QuestionSimulation


class QuestionAnsweringEnv(SingleEnv[QuestionSimulation]):
    """One story at a time; see `QuestionSimulation`.

    Args:
        render_mode: "human", "rgb_array", "ansi" or None.
        observability: "partial", or "full": all that was told so far stays visible.
        **arguments: `tasks`, the kinds of stories, 1 to 20; None: all.

    Raises:
        TypeError: an argument is unknown or has the wrong type.
        ValueError: an argument is out of range.
    """

    def __init__(
        self, *, render_mode: str | None = None, observability: str = "partial", **arguments: Any
    ) -> None:
        simulation = QuestionSimulation(1, **check_arguments(QuestionSimulation, arguments))
        super().__init__(simulation, render_mode, observability)


class QuestionAnsweringVectorEnv(NativeVectorEnv[QuestionSimulation]):
    """n stories side by side; see `QuestionSimulation`.

    Args:
        num_envs: n.
        render_mode: "rgb_array", "ansi" (one frame per sub-environment) or None.
        autoreset_mode: `AutoresetMode` or its value: "NextStep" (default), "SameStep", "Disabled".
        observability: "partial", or "full": all that was told so far stays visible.
        **arguments: `tasks`, the kinds of stories, 1 to 20; None: all.

    Raises:
        TypeError: an argument is unknown or has the wrong type.
        ValueError: an argument is out of range.
    """

    def __init__(
        self,
        num_envs: int = 1,
        *,
        render_mode: str | None = None,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        observability: str = "partial",
        **arguments: Any,
    ) -> None:
        simulation = QuestionSimulation(num_envs, **check_arguments(QuestionSimulation, arguments))
        super().__init__(simulation, render_mode, autoreset_mode, observability)

"""The graph tasks as Gymnasium environments, single and native vector. All arguments: docs/reference/graphs.md."""

from __future__ import annotations

from typing import Any, ClassVar

from gymnasium.vector import AutoresetMode

from shrdlu_env.graphs.simulation import GraphSimulation, Inference, Navigation, ShortestPath, Traversal
from shrdlu_env.shells.arguments import check_arguments
from shrdlu_env.shells.single import SingleEnv
from shrdlu_env.shells.vector import NativeVectorEnv


class GraphEnv(SingleEnv[GraphSimulation]):
    """One episode of a graph task at a time.

    Args:
        render_mode: "human", "rgb_array", "ansi" or None.
        observability: "partial", or "full": all that was told so far stays visible.
        **arguments: those of the task's simulation in `shrdlu_env.graphs.simulation`.

    Raises:
        TypeError: an argument is unknown or has the wrong type.
        ValueError: an argument is out of range, or no such episode exists.
    """

    world: ClassVar[type[GraphSimulation]]

    def __init__(
        self, *, render_mode: str | None = None, observability: str = "partial", **arguments: Any
    ) -> None:
        super().__init__(self.world(1, **check_arguments(self.world, arguments)), render_mode, observability)


class GraphVectorEnv(NativeVectorEnv[GraphSimulation]):
    """n episodes of a graph task side by side.

    Args:
        num_envs: n.
        render_mode: "rgb_array", "ansi" (one frame per sub-environment) or None.
        autoreset_mode: `AutoresetMode` or its value: "NextStep" (default), "SameStep", "Disabled".
        observability: "partial", or "full": all that was told so far stays visible.
        **arguments: those of the task's simulation in `shrdlu_env.graphs.simulation`.

    Raises:
        TypeError: an argument is unknown or has the wrong type.
        ValueError: an argument is out of range, or no such episode exists.
    """

    world: ClassVar[type[GraphSimulation]]

    def __init__(
        self,
        num_envs: int = 1,
        *,
        render_mode: str | None = None,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        observability: str = "partial",
        **arguments: Any,
    ) -> None:
        simulation = self.world(num_envs, **check_arguments(self.world, arguments))
        super().__init__(simulation, render_mode, autoreset_mode, observability)


class GraphTraversalEnv(GraphEnv):
    """Traversal, one episode at a time."""

    world = Traversal


class GraphShortestPathEnv(GraphEnv):
    """Shortest path, one episode at a time."""

    world = ShortestPath


class GraphInferenceEnv(GraphEnv):
    """Inference, one episode at a time."""

    world = Inference


class GraphNavigationEnv(GraphEnv):
    """Navigation, one episode at a time."""

    world = Navigation


class GraphTraversalVectorEnv(GraphVectorEnv):
    """Traversal, n episodes side by side."""

    world = Traversal


class GraphShortestPathVectorEnv(GraphVectorEnv):
    """Shortest path, n episodes side by side."""

    world = ShortestPath


class GraphInferenceVectorEnv(GraphVectorEnv):
    """Inference, n episodes side by side."""

    world = Inference


class GraphNavigationVectorEnv(GraphVectorEnv):
    """Navigation, n episodes side by side."""

    world = Navigation

"""What a world gives: n episodes on arrays. The Gymnasium environments in `shells/` do the rest, for every world."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from shrdlu_env.checks import check_names

Infos = dict[str, NDArray[Any]]

NO_OPTIONS: Mapping[str, Any] = MappingProxyType({})

OBSERVABILITY = ("partial", "full")
"""What observations show: the present alone, or what was told and is still needed as well."""

MAX_ENVS = 1 << 20
"""The most sub-environments that one simulation takes."""


class Phase(IntEnum):
    """Where an episode stands, the same codes in every world: `info["phase"]`. A world uses those it needs."""

    DESCRIBE = 0
    """Something is described that will be needed later on; actions have no effect."""
    QUERY = 1
    """What is asked for is shown; actions have no effect."""
    PLAN = 2
    """Time to think; nothing is shown and actions have no effect."""
    ANSWER = 3
    """Actions are answers, judged one by one."""
    ACT = 4
    """Actions change the world."""

    @property
    def word(self) -> str:
        """The phase as views have it, such as "describe"."""
        return self.name.lower()


class Simulation(ABC):
    """n episodes side by side: the rules of a world in motion, without Gymnasium's.

    Nothing in here owns a source of chance, and everything that changes lies in arrays, so that a copy (deepcopy,
    pickle) goes on as the original would. No method keeps or hands out an array that another call writes to.

    Attributes:
        title: the world's name, for windows.
        allowed_options: names that `check_options` takes.
        num_envs: n.
        observation_space: of one sub-environment; an array space, such as `Box`.
        action_space: of one sub-environment: `Discrete` from 0, or one-dimensional `MultiDiscrete` from 0.
    """

    title: ClassVar[str]
    allowed_options: ClassVar[tuple[str, ...]] = ()
    num_envs: int
    observation_space: spaces.Space[Any]
    action_space: spaces.Discrete | spaces.MultiDiscrete

    @property
    @abstractmethod
    def rewards(self) -> NDArray[np.float64]:
        """Rewards of the last `advance`, float64[n]; 0 since a `begin`."""

    @property
    @abstractmethod
    def over(self) -> NDArray[Any]:
        """Which episodes have come to their end, by the world's rules, with no return beyond it.

        [n], bool or whole numbers, not 0 where over; like `rewards` it may be a view, read before the next call.
        """

    @property
    @abstractmethod
    def lesson(self) -> int:
        """The lesson that new episodes are drawn from; 0 where there are none."""

    @abstractmethod
    def set_lesson(self, lesson: int, earlier: float | None = None) -> None:
        """Draw new episodes from another lesson; `earlier=None` keeps the share of the lessons before it.

        Raises:
            TypeError: an argument has the wrong type.
            ValueError: an argument is out of range, or this simulation knows no lessons.
        """

    def check_options(self, options: Mapping[str, Any], count: int) -> Mapping[str, Any]:
        """Check options of a reset that begins `count` episodes, before anything is changed.

        Returns:
            What `begin` takes.

        Raises:
            TypeError: an option has the wrong type.
            ValueError: an option is unknown or does not fit.
        """
        check_names("option", options, self.allowed_options)
        return options

    @abstractmethod
    def begin(
        self, rng: np.random.Generator, rows: NDArray[np.int64], options: Mapping[str, Any] = NO_OPTIONS
    ) -> None:
        """Begin new episodes in the given rows, in their order.

        Args:
            rng: source of all chance.
            rows: the episodes to begin.
            options: what `check_options` returned.
        """

    @abstractmethod
    def advance(self, actions: NDArray[np.int64]) -> None:
        """Advance all episodes by one step; those that are over stay as they are, with reward 0.

        Args:
            actions: int64[n], or int64[n, k] where an action is k numbers; checked.
        """

    @abstractmethod
    def observe(self, rows: NDArray[np.int64], out: NDArray[Any]) -> None:
        """Write the observations of the given rows to out[row]."""

    @abstractmethod
    def infos(self) -> Infos:
        """Infos of all episodes: per key a fresh array of numbers, n rows.

        Every world gives `phase` (int64, a `Phase`), `acting` (bool, whether the next action has an effect) and
        `action_mask` (int8[n, A], the actions accepted now; for `MultiDiscrete` the masks of its numbers, end to
        end).
        """

    def info(self) -> dict[str, Any]:
        """Infos of the first episode, as Python's numbers and fresh arrays.

        A world may override it with something faster that says the same.
        """
        return {key: value[0].item() if value.ndim == 1 else value[0] for key, value in self.infos().items()}

    @property
    def most_told(self) -> int:
        """The most steps of an episode that tell something, for `observability="full"`.

        Raises:
            ValueError: they have no bound.
        """
        raise ValueError("observability='full': this world does not say how much an episode tells")

    def told_in(self, options: Mapping[str, Any]) -> int:
        """The most steps that tell something in the episodes which checked options ask for; 0: they name none."""
        return 0

    def telling(self) -> NDArray[np.bool_]:
        """Whether the present observation of each episode tells something that will be needed, bool[n]."""
        return self.infos()["phase"] <= Phase.QUERY

    def labels(self, row: int) -> dict[str, int]:
        """What a probe may ask of one episode's present step: whole numbers by name, below 0 where there is none.

        Every info that is one whole number or truth; a world adds what else it knows.
        """
        found = {name: value[row] for name, value in self.infos().items() if value.ndim == 1}
        return {name: int(value) for name, value in found.items() if value.dtype.kind in "biu"}

    @abstractmethod
    def dict_observation(self, row: int) -> Mapping[str, Any]:
        """What the agent of one episode has been shown so far, in words."""

    @abstractmethod
    def view(self, row: int) -> Mapping[str, Any]:
        """What a spectator sees of one episode; plain Python, as JSON has it."""

    @abstractmethod
    def text(self, view: Mapping[str, Any]) -> str:
        """A view as text."""

"""The full-observability twin of any world: what was told stays visible, so that nothing has to be remembered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from shrdlu_env.checks import check_choice
from shrdlu_env.task import NO_OPTIONS, OBSERVABILITY, Simulation

MOST_BYTES = 2**33


class FullView:
    """A world of whose episodes the observations show what was told so far.

    The world's own observation of X numbers comes first, then a row of X for each step that told something
    (`Simulation.telling`), the present one included, in order; rows not reached yet are zero.

    Args:
        world: n episodes; its observations are a one-dimensional `Box`.

    Raises:
        ValueError: the world does not say how much it tells, or that is more than memory should hold, or its
            observations are something else.
    """

    def __init__(self, world: Simulation) -> None:
        space = world.observation_space
        if not isinstance(space, spaces.Box) or len(space.shape) != 1:
            raise ValueError(
                f"observability='full': observations of {space} cannot be shown row by row; "
                "they must be a one-dimensional Box"
            )
        self.world = world
        self.most, (self._width,) = world.most_told, space.shape
        shape = (world.num_envs, self.most, self._width)
        if (size := int(np.prod(shape, dtype=np.float64)) * space.dtype.itemsize) > MOST_BYTES:
            raise ValueError(
                f"observability='full': {shape[0]} times {self.most} steps of {self._width} numbers take "
                f"{size / 2**30:,.0f} GiB; at most {MOST_BYTES >> 30} GiB"
            )
        low, high = np.minimum(space.low, 0), np.maximum(space.high, 0)
        self.observation_space = spaces.Box(
            np.concatenate([space.low, np.tile(low, self.most)]),
            np.concatenate([space.high, np.tile(high, self.most)]),
            dtype=space.dtype.type,
        )
        self._told = np.zeros(shape, space.dtype)
        self._count = np.zeros(world.num_envs, np.int64)
        self._now = np.zeros((world.num_envs, self._width), space.dtype)

    def check_options(self, options: Mapping[str, Any], count: int) -> Mapping[str, Any]:
        """See `Simulation`; what is told has to fit as well."""
        checked = self.world.check_options(options, count)
        if (told := self.world.told_in(checked)) > self.most:
            raise ValueError(
                f"observability='full': an episode of the options tells {told} steps; here are {self.most}"
            )
        return checked

    def begin(
        self, rng: np.random.Generator, rows: NDArray[np.int64], options: Mapping[str, Any] = NO_OPTIONS
    ) -> None:
        """See `Simulation`."""
        self.world.begin(rng, rows, options)
        self._told[rows], self._count[rows] = 0, 0
        self._note(rows)

    def advance(self, actions: NDArray[np.int64]) -> None:
        """See `Simulation`."""
        going = np.flatnonzero(np.asarray(self.world.over) == 0)
        self.world.advance(actions)
        self._note(going)

    def observe(self, rows: NDArray[np.int64], out: NDArray[Any]) -> None:
        """See `Simulation`."""
        self.world.observe(rows, self._now)
        out[rows, : self._width] = self._now[rows]
        out[rows, self._width :] = self._told[rows].reshape(len(rows), -1)

    def _note(self, rows: NDArray[np.int64]) -> None:
        telling = rows[self.world.telling()[rows]]
        self.world.observe(telling, self._now)
        self._told[telling, self._count[telling]] = self._now[telling]
        self._count[telling] += 1


def seen_as(world: Simulation, observability: str) -> Simulation | FullView:
    """What the observations of a world's environments come from.

    Args:
        world: n episodes.
        observability: "partial", the world itself, or "full".

    Raises:
        TypeError: it is no text.
        ValueError: there is no such view, or the world cannot be shown in full.
    """
    full = check_choice("observability", observability, OBSERVABILITY) == "full"
    return FullView(world) if full else world

"""Actions as they come from outside, checked once for all worlds."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from shrdlu_env.checks import check_array, shown


class ActionCheck:
    """Turns actions into what a simulation takes: whole numbers from 0, below the space's bounds.

    Args:
        space: of one sub-environment, `Discrete` or one-dimensional `MultiDiscrete`, both from 0.
    """

    def __init__(self, space: spaces.Discrete | spaces.MultiDiscrete) -> None:
        #: Shape of one action: () or (k,).
        self.shape: tuple[int, ...] = space.shape or ()
        self._bounds = np.atleast_1d(space.n if isinstance(space, spaces.Discrete) else space.nvec)
        self._highest = int(self._bounds[0]) - 1

    def one(self, action: Any) -> int | NDArray[np.int64]:
        """One action.

        Raises:
            TypeError: it is not a whole number, or k of them.
            ValueError: there is no such action.
        """
        if self.shape:
            return self._checked("action", check_array("action", action, "iu", self.shape))
        try:
            number = operator.index(action)
        except TypeError:
            raise TypeError(self._message(action)) from None
        if not 0 <= number <= self._highest:
            raise ValueError(self._message(action))
        return number

    def _message(self, action: Any) -> str:
        return f"action={shown(action)}: must be a whole number from 0 to {self._highest}"

    def many(self, actions: Any, count: int) -> NDArray[np.int64]:
        """One action for each of `count` sub-environments, int64[count] or int64[count, k].

        Raises:
            TypeError: they are not whole numbers.
            ValueError: there are too many or too few, or there is no such action.
        """
        return self._checked("actions", check_array("actions", actions, "iu", (count, *self.shape)))

    def _checked(self, name: str, array: NDArray[Any]) -> NDArray[np.int64]:
        if not self.shape and array.min() >= 0 and array.max() <= self._highest:
            return np.ascontiguousarray(array, np.int64)
        wrong = (array < 0) | (array >= self._bounds if self.shape else array > self._highest)
        if wrong.any():
            place = tuple(np.argwhere(wrong)[0])
            highest = int(self._bounds[place[-1]]) - 1 if self.shape else self._highest
            raise ValueError(f"{name} holds {array[place]}: must be from 0 to {highest}")
        return np.ascontiguousarray(array, np.int64)

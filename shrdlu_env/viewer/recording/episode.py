"""An episode as data: what was seen, what the agent's insides held, what was done, step by step.

Human play, a live agent and a saved file are all this, so that one viewer shows them all. Nothing here needs
pygame.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Who chose an action.
CONTROLS = ("agent", "person", "planner")

# A location counts as written at a step whose write weighting there is at least this.
WRITTEN_FROM = 0.1
# Longer episodes are not read, and axes of time have room for no more steps.
LONGEST = 10_000


@dataclass(frozen=True, eq=False)
class Step:
    """One observation and what followed.

    Attributes:
        view: what a spectator sees; `view["scene"]` says how it is drawn, the rest is the scene's own.
        info: the environment's info in plain Python.
        observation: what the agent saw, float32[...], None where it was not kept.
        internals: arrays float32 by name (see `internals.py`), None where no agent looked.
        action: action taken here, a number or a list of them, None at the last observation.
        control: who chose it, one of `CONTROLS`, None where there was no action.
        reward: reward that the action brought.
    """

    view: Mapping[str, Any]
    info: Mapping[str, Any] = field(default_factory=dict)
    observation: NDArray[np.float32] | None = None
    internals: Mapping[str, NDArray[np.float32]] | None = None
    action: Any = None
    control: str | None = None
    reward: float = 0.0


@dataclass(frozen=True, eq=False)
class Episode:
    """A whole episode, or the part of it that has happened: T actions, T + 1 observations.

    Attributes:
        steps: T + 1 steps; only the last has no action.
        env_id: id to make the environment again with, None where it is not known.
        env_kwargs: keyword arguments for it.
        seed: seed of the reset; with `env_kwargs` and the actions it gives the episode again.
        reset_options: options of the reset.
        agent: name of who played, for the title.
        left_out: shapes of the internals that were too large to keep, by name.
    """

    steps: tuple[Step, ...]
    env_id: str | None = None
    env_kwargs: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    reset_options: Mapping[str, Any] | None = None
    agent: str = ""
    left_out: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.steps:
            raise ValueError("steps must hold at least one observation, got none")

    def __len__(self) -> int:
        """T, the number of actions."""
        return len(self.steps) - 1

    @property
    def actions(self) -> list[Any]:
        """The T actions."""
        return [step.action for step in self.steps[:-1] if step.action is not None]

    @property
    def finished(self) -> bool:
        """Whether the episode is over."""
        return bool(self.steps[-1].view.get("terminated", False))

    @property
    def horizon(self) -> int:
        """Steps that the episode will have had when it is over."""
        total = self.steps[-1].view.get("steps_total", 0)
        return max(len(self), min(int(total), LONGEST))

    def view(self, t: int) -> Mapping[str, Any]:
        """View at observation `t`, the last one where `t` is past the end."""
        return self.steps[min(max(t, 0), len(self))].view

    def extended(self, action: Any, control: str, reward: float, following: Step) -> Episode:
        """This episode with one more action and the observation it led to."""
        last = replace(self.steps[-1], action=action, control=control, reward=reward)
        return replace(self, steps=(*self.steps[:-1], last, following))

    @cached_property
    def known(self) -> frozenset[str]:
        """Names of the internals that at least one step has."""
        return frozenset(name for step in self.steps for name in (step.internals or {}))

    @cached_property
    def _stacks(self) -> dict[str, NDArray[np.float32]]:
        return {}

    def stack(self, name: str) -> NDArray[np.float32]:
        """One kind of internals over time; zeros where a step has none.

        Args:
            name: one of `known`.

        Returns:
            float32[T + 1, ...].
        """
        if name not in self._stacks:
            rows = [(step.internals or {}).get(name) for step in self.steps]
            empty = np.zeros_like(next(row for row in rows if row is not None))
            self._stacks[name] = np.stack([empty if row is None else row for row in rows])
        return self._stacks[name]

    def has_internals(self, t: int) -> bool:
        """Whether an agent looked at observation `t`."""
        return 0 <= t < len(self.steps) and self.steps[t].internals is not None

    def last_written(self, location: int, t: int) -> int | None:
        """The last step up to `t` that wrote to a memory location, None where none did."""
        if "write_weighting" not in self.known:
            return None
        weights = self.stack("write_weighting")[: t + 1, location]
        written = np.flatnonzero(weights >= WRITTEN_FROM)
        return int(written[-1]) if len(written) else None

    def go_step(self) -> int | None:
        """Index of the first observation that describes nothing any more, None where it has not come yet."""
        for t, step in enumerate(self.steps):
            if step.view.get("phase") != "describe":
                return t
        return None


def plain(value: Any) -> Any:
    """A value as JSON knows it: arrays become lists, NumPy scalars Python ones, tuples lists.

    Raises:
        ValueError: it holds something that JSON has no word for.
    """
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise ValueError(f"only plain values can be recorded, got {type(value).__name__}: {value!r}")

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

# What an agent may tell of its insides at one step: name -> shape, in the paper's letters. A actions,
# N locations, W word width, R read heads. Read modes are ordered backward, content, forward.
INTERNALS: dict[str, tuple[str | int, ...]] = {
    "probabilities": ("A",),
    "value": (),
    "write_weighting": ("N",),
    "read_weightings": ("R", "N"),
    "read_modes": ("R", 3),
    "write_gate": (),
    "allocation_gate": (),
    "free_gates": ("R",),
    "usage": ("N",),
    "memory": ("N", "W"),
    "link": ("N", "N"),
}

# Who chose an action.
CONTROLS = ("agent", "person", "planner")

# A location counts as written at a step whose write weighting there is at least this.
WRITTEN_FROM = 0.1


@dataclass(frozen=True, eq=False)
class Step:
    """One observation and what followed.

    Attributes:
        view: what a spectator sees, a `shrdlu_env.blocks.view.View` (or another scene's view).
        info: the environment's info in plain Python.
        observation: what the agent saw, float32[...], None where it was not kept.
        internals: arrays float32 by the names of `INTERNALS`, None where no agent looked.
        action: action taken here, None at the last observation.
        control: who chose it, one of `CONTROLS`, None where there was no action.
        reward: reward that the action brought.
    """

    view: Mapping[str, Any]
    info: Mapping[str, Any] = field(default_factory=dict)
    observation: NDArray[np.float32] | None = None
    internals: Mapping[str, NDArray[np.float32]] | None = None
    action: int | None = None
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
    """

    steps: tuple[Step, ...]
    env_id: str | None = None
    env_kwargs: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    reset_options: Mapping[str, Any] | None = None
    agent: str = ""

    def __post_init__(self) -> None:
        if not self.steps:
            raise ValueError("steps must hold at least one observation, got none")

    def __len__(self) -> int:
        """T, the number of actions."""
        return len(self.steps) - 1

    @property
    def actions(self) -> list[int]:
        """The T actions."""
        return [step.action for step in self.steps[:-1] if step.action is not None]

    @property
    def finished(self) -> bool:
        """Whether the episode is over."""
        return bool(self.steps[-1].view.get("terminated", False))

    @property
    def horizon(self) -> int:
        """Steps that the episode will have had when it is over."""
        return max(len(self), int(self.steps[-1].view.get("steps_total", 0)))

    def view(self, t: int) -> Mapping[str, Any]:
        """View at observation `t`, the last one where `t` is past the end."""
        return self.steps[min(max(t, 0), len(self))].view

    def extended(self, action: int, control: str, reward: float, following: Step) -> Episode:
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

    def boundaries(self) -> list[int]:
        """Observations at which a phase begins: the first, the go cue, the first after it, the last."""
        marks = {0, len(self)}
        go = self.go_step()
        if go is not None:
            marks |= {go, min(go + 1, len(self))}
        return sorted(marks)

    def go_step(self) -> int | None:
        """Index of the observation with which acting begins, None where it has not come yet."""
        for t, step in enumerate(self.steps):
            if step.view.get("phase") == "act":
                return t
        return None


def check_internals(internals: Mapping[str, Any]) -> dict[str, NDArray[np.float32]]:
    """An agent's report as float32 arrays.

    Raises:
        ValueError: a name is not in `INTERNALS`, or a shape does not agree with the table or the others.
    """
    arrays = {}
    sizes: dict[str, int] = {}
    for name, value in internals.items():
        if name not in INTERNALS:
            raise ValueError(f"internals must be among {sorted(INTERNALS)}, got {name!r}")
        array = np.array(value, np.float32)
        shape = INTERNALS[name]
        agrees = array.ndim == len(shape) and all(
            length == (expected if isinstance(expected, int) else sizes.setdefault(expected, length))
            for length, expected in zip(array.shape, shape, strict=True)
        )
        if not agrees:
            wanted = ", ".join(f"{s}={sizes[s]}" if s in sizes else str(s) for s in map(str, shape))
            raise ValueError(f"internals[{name!r}] must have the shape [{wanted}], got {list(array.shape)}")
        arrays[name] = array
    return arrays


def caption(view: Mapping[str, Any]) -> str:
    """What one observation told or asked, in a few words: "Q 6b2", "go Q", "act"."""
    if "caption" in view:
        return str(view["caption"])
    if view.get("shown_constraint") is not None:
        return f"{view['shown_goal']} {view['shown_constraint']}"
    if view.get("shown_goal") is not None:
        return f"go {view['shown_goal']}"
    return "act" if view.get("phase") == "act" else str(view.get("phase", ""))

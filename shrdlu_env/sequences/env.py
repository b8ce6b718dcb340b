"""A sequence task as a Gymnasium environment: an observation is an input, an action the output at that step."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from shrdlu_env.sequences.copying import Copy
from shrdlu_env.sequences.recall import AssociativeRecall
from shrdlu_env.sequences.repeating import RepeatCopy
from shrdlu_env.sequences.sequences import LABELS, Sequences, SequenceTask, Step

#: Sequence tasks by name.
TASKS: dict[str, type[Any]] = {task.name: task for task in (Copy, RepeatCopy, AssociativeRecall)}


def make_task(task: str, **arguments: Any) -> SequenceTask:
    """A sequence task by name, with its arguments.

    Raises:
        ValueError: if there is no such task or argument, or one is out of range.
    """
    if task not in TASKS:
        raise ValueError(f"task={task!r}: must be one of {', '.join(TASKS)}")
    # Ranges may come from JSON, as lists.
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in arguments.items()}
    unknown = given.keys() - TASKS[task].__dataclass_fields__.keys()
    if unknown:
        raise ValueError(f"{sorted(unknown)[0]}={given[sorted(unknown)[0]]!r}: {task} has no such argument")
    return TASKS[task](**given)


class SequenceEnv(gym.Env[NDArray[np.float32], NDArray[np.int8]]):
    """One sequence an episode, one step of it a step.

    The observation after the last answer is blank. The reward of a step at which an output is wanted is the share
    of its bits that are right, 0 at the others, where actions have no effect. Info: `acting` (whether an output is
    wanted now), `label` (the current `Step`; that of the last step once the episode is over), `satisfied` (share of
    the bits wanted so far that were right, 0 before the first) and `success` (all bits of the episode are right).

    Args:
        task: name of the task, a key of `TASKS`.
        **arguments: those of the task.

    Raises:
        ValueError: there is no such task, or an argument is out of range.
    """

    metadata = {"render_modes": []}  # noqa: RUF012

    def __init__(self, task: str = "copy", **arguments: Any) -> None:
        self.task = make_task(task, **arguments)
        low, high = self.task.bounds
        self.observation_space = spaces.Box(low, high, (self.task.input_size,), np.float32)
        self.action_space = spaces.MultiBinary(self.task.output_size)
        self._sequences: Sequences | None = None
        self._t = 0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Begin a new sequence.

        Args:
            seed: seed of the generator that sequences are drawn from.
            options: ignored.

        Returns:
            The first input float32[X], and the info.
        """
        super().reset(seed=seed)
        self._sequences = self.task.draw(self.np_random, 1)
        self._t, self._right, self._wanted, self._reward, self._return = 0, 0, 0, 0.0, 0.0
        self._outputs: list[list[float] | None] = [None] * len(self._sequences.labels)
        return self._observation(self._sequences), self._info(self._sequences)

    def step(self, action: NDArray[Any]) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Give the output for the current input and go on to the next.

        Args:
            action: [Y] bits; or their probabilities, which count as 1 from above 0.5.

        Returns:
            Observation float32[X], reward, terminated, False, info.

        Raises:
            ValueError: the action has another shape, or there is no episode under way.
        """
        sequences = self._sequences
        if sequences is None or self._t == len(sequences.labels):
            raise ValueError("step: there is no episode under way; call reset first")
        given = np.asarray(action, np.float64)
        if given.shape != (self.task.output_size,) or not ((given >= 0) & (given <= 1)).all():
            raise ValueError(f"action={action!r}: must be {self.task.output_size} numbers in [0, 1]")
        self._reward = 0.0
        self._outputs[self._t] = given.tolist()
        if sequences.answer[self._t, 0]:
            right = (given > 0.5) == (sequences.targets[self._t, 0] > 0.5)
            self._right += int(right.sum())
            self._wanted += right.size
            self._reward = float(right.mean())
            self._return += self._reward
        self._t += 1
        over = self._t == len(sequences.labels)
        return self._observation(sequences), self._reward, over, False, self._info(sequences)

    def view(self) -> dict[str, Any]:
        """What a spectator sees, in plain Python.

        `scene` "sequence"; `task`, its name; `phase`, "describe", "query" or "answer"; `step`, index of the current
        input; `steps_total`, T; `label`, the current step in words; `inputs`, T rows of X; `targets`, T rows of Y, None
        where nothing is wanted; `outputs`, T rows of what was given, None where nothing was yet; `channels`, names of
        the last columns of the inputs; `terminated`; `satisfied`; `reward` of the last step; `episode_return`.

        Raises:
            ValueError: there is no episode yet.
        """
        sequences = self._sequences
        if sequences is None:
            raise ValueError("view: there is no episode yet; call reset first")
        now = self._now(sequences)
        phase = "answer" if now >= Step.ANSWER else "query" if now >= Step.QUERY_START else "describe"
        wanted = sequences.answer[:, 0]
        return {
            "scene": "sequence",
            "task": self.task.name,
            "phase": phase,
            "step": self._t,
            "steps_total": len(sequences.labels),
            "label": LABELS[now],
            "inputs": sequences.inputs[:, 0].tolist(),
            "targets": [
                row.tolist() if on else None for row, on in zip(sequences.targets[:, 0], wanted, strict=True)
            ],
            "outputs": list(self._outputs),
            "channels": list(self.task.channels),
            "terminated": self._t == len(sequences.labels),
            "satisfied": self._satisfied(),
            "reward": self._reward,
            "episode_return": self._return,
        }

    def _observation(self, sequences: Sequences) -> NDArray[np.float32]:
        if self._t == len(sequences.labels):
            return np.zeros(self.task.input_size, np.float32)
        return sequences.inputs[self._t, 0].copy()

    def _now(self, sequences: Sequences) -> Step:
        return Step(int(sequences.labels[min(self._t, len(sequences.labels) - 1)]))

    def _satisfied(self) -> float:
        return self._right / self._wanted if self._wanted else 0.0

    def _info(self, sequences: Sequences) -> dict[str, Any]:
        over = self._t == len(sequences.labels)
        return {
            "acting": not over and bool(sequences.answer[self._t, 0]),
            "label": int(self._now(sequences)),
            "satisfied": self._satisfied(),
            "success": over and self._right == self._wanted,
        }

"""Sequence tasks in motion: an observation is an input, an action the output at that step."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from shrdlu_env.checks import check_choice, check_whole, shown
from shrdlu_env.padding import with_room
from shrdlu_env.registry import SEQUENCE_TASKS
from shrdlu_env.sequences.sequences import LABELS, SequenceStep, SequenceTask, phase_of
from shrdlu_env.shells.arguments import check_arguments
from shrdlu_env.task import MAX_ENVS, NO_OPTIONS, Infos, Simulation

#: Sequence tasks by name.
SEQUENCES: dict[str, type[Any]] = {
    name: pkgutil.resolve_name(row.task) for name, row in SEQUENCE_TASKS.items()
}

#: Phase of each kind of step.
PHASES = np.array([phase_of(step) for step in SequenceStep], np.int64)


def make_task(task: str, **arguments: Any) -> SequenceTask:
    """A sequence task by name, with its arguments.

    Raises:
        TypeError: an argument is unknown or has the wrong type.
        ValueError: there is no such task, or an argument is out of range.
    """
    kind = SEQUENCES[check_choice("task", task, SEQUENCES)]
    made: SequenceTask = kind(**check_arguments(kind, arguments))
    return made


class SequenceSimulation(Simulation):
    """n sequences side by side, each of its own length.

    The observation after the last answer is blank. The reward of a step at which an output is wanted is the share of
    its bits that are right; it is 0 at the others, where actions have no effect.

    Args:
        num_envs: n.
        task: name of the task, a key of `SEQUENCES`.
        **arguments: those of the task.

    Raises:
        TypeError: an argument is unknown or has the wrong type.
        ValueError: there is no such task, or an argument is out of range.
    """

    title = "Sequences"

    def __init__(self, num_envs: int, task: str = "copy", **arguments: Any) -> None:
        self.num_envs = check_whole("num_envs", num_envs, 1, MAX_ENVS)
        self.task = make_task(task, **arguments)
        low, high = self.task.bounds
        self.observation_space = spaces.Box(low, high, (self.task.input_size,), np.float32)
        self.action_space = spaces.MultiDiscrete([2] * self.task.output_size)
        n = self.num_envs
        self._all = np.arange(n)
        # A row for each sequence, and one step more than the longest has: there, nothing is shown or wanted.
        self._inputs = np.zeros((n, 1, self.task.input_size), np.float32)
        self._targets = np.zeros((n, 1, self.task.output_size), np.float32)
        self._outputs = np.zeros((n, 1, self.task.output_size), np.int64)
        self._labels = np.zeros((n, 1), np.int64)
        self._t, self._steps, self._right, self._wanted = np.zeros((4, self.num_envs), np.int64)
        self._rewards, self._returns = np.zeros((2, self.num_envs))

    @property
    def rewards(self) -> NDArray[np.float64]:
        """See `Simulation`."""
        return self._rewards.copy()

    @property
    def over(self) -> NDArray[np.bool_]:
        """See `Simulation`."""
        return self._t == self._steps

    @property
    def lesson(self) -> int:
        """0: there are none."""
        return 0

    def set_lesson(self, lesson: int, earlier: float | None = None) -> None:
        """Refused.

        Raises:
            ValueError: always.
        """
        raise ValueError(
            f"lesson={shown(lesson)}: sequence tasks have none; their arguments say what is drawn"
        )

    def begin(
        self, rng: np.random.Generator, rows: NDArray[np.int64], options: Mapping[str, Any] = NO_OPTIONS
    ) -> None:
        """See `Simulation`."""
        for row in rows:
            drawn = self.task.draw(rng, 1)
            steps = self._steps[row] = len(drawn.labels)
            self._inputs, self._targets = (with_room(a, steps + 1) for a in (self._inputs, self._targets))
            self._outputs, self._labels = (with_room(a, steps + 1) for a in (self._outputs, self._labels))
            for array in (self._inputs, self._targets, self._outputs, self._labels):
                array[row] = 0
            self._inputs[row, :steps], self._targets[row, :steps] = drawn.inputs[:, 0], drawn.targets[:, 0]
            self._labels[row, :steps] = drawn.labels
        for part in (self._t, self._right, self._wanted, self._rewards, self._returns):
            part[rows] = 0

    def advance(self, actions: NDArray[np.int64]) -> None:
        """See `Simulation`."""
        self._rewards[:] = 0.0
        going = np.flatnonzero(~self.over)
        self._outputs[going, self._t[going]] = actions[going]
        rows = going[self._labels[going, self._t[going]] >= SequenceStep.ANSWER]
        right = actions[rows] == self._targets[rows, self._t[rows]]
        self._right[rows] += right.sum(1)
        self._wanted[rows] += right.shape[1]
        self._rewards[rows] = right.mean(1)
        self._t[going] += 1
        self._returns += self._rewards

    def observe(self, rows: NDArray[np.int64], out: NDArray[Any]) -> None:
        """See `Simulation`."""
        out[rows] = self._inputs[rows, self._t[rows]]

    def infos(self) -> Infos:
        """See `Simulation`.

        Besides: `label` (int64, the current `SequenceStep`; of the last step once an episode is over), `satisfied`
        (share of the bits wanted so far that were right; 0 before the first) and `success` (all bits of the episode
        were right).
        """
        over, labels = self.over, self._labels[self._all, np.minimum(self._t, self._steps - 1)]
        mask = np.ones((self.num_envs, 2 * self.task.output_size), np.int8)
        return {
            "action_mask": mask,
            "phase": PHASES[labels],
            "acting": (labels >= SequenceStep.ANSWER) & ~over,
            "label": labels,
            "satisfied": self._right / np.maximum(self._wanted, 1),
            "success": over & (self._right == self._wanted),
        }

    @property
    def most_told(self) -> int:
        """See `Simulation`."""
        return self.task.most_told

    def labels(self, row: int) -> dict[str, int]:
        """See `Simulation`; `bit_K`, what the K-th line shows, and `due_K`, the bit to answer, -1 where none is."""
        t = min(int(self._t[row]), int(self._steps[row]) - 1)
        wanted = self._labels[row, t] >= SequenceStep.ANSWER
        due = self._targets[row, t] if wanted else np.full(self.task.output_size, -1)
        shown = {f"bit_{k}": int(bit) for k, bit in enumerate(self._inputs[row, t, : self.task.output_size])}
        return {**super().labels(row), **shown, **{f"due_{k}": int(bit) for k, bit in enumerate(due)}}

    def dict_observation(self, row: int) -> dict[str, Any]:
        """What the agent of one episode has been shown so far.

        `phase`, "describe", "query" or "answer"; `step`, index of the current input; `label`, the current step in
        words; `shown`, inputs up to it, each X numbers; `channels`, names of the last columns of the inputs.
        """
        t, steps = int(self._t[row]), int(self._steps[row])
        now = SequenceStep(self._labels[row, min(t, steps - 1)])
        return {
            "phase": phase_of(now).word,
            "step": t,
            "label": LABELS[now],
            "shown": self._inputs[row, : min(t + 1, steps)].tolist(),
            "channels": list(self.task.channels),
        }

    def view(self, row: int) -> dict[str, Any]:
        """What a spectator sees.

        `dict_observation` and `scene`, "sequence"; `task`, its name; `steps_total`, T; `inputs`, T rows of X;
        `targets`, T rows of Y, each None where nothing is wanted; `outputs`, T rows of Y given, None for a step still
        to come; `terminated`; `satisfied`, share of the bits wanted so far that were right; `reward` of the last
        step; `episode_return`.
        """
        t, steps = int(self._t[row]), int(self._steps[row])
        nothing = [None] * self.task.output_size
        wanted = self._labels[row, :steps] >= SequenceStep.ANSWER
        targets = self._targets[row, :steps].tolist()
        given = self._outputs[row, :steps].astype(float).tolist()
        return {
            **self.dict_observation(row),
            "scene": "sequence",
            "task": self.task.name,
            "steps_total": steps,
            "inputs": self._inputs[row, :steps].tolist(),
            "targets": [bits if on else nothing for bits, on in zip(targets, wanted, strict=True)],
            "outputs": [bits if k < t else None for k, bits in enumerate(given)],
            "terminated": t == steps,
            "satisfied": float(self._right[row] / max(self._wanted[row], 1)),
            "reward": float(self._rewards[row]),
            "episode_return": float(self._returns[row]),
        }

    def text(self, view: Mapping[str, Any]) -> str:
        """A view as text: a line for each step up to now, with what was shown, wanted and given."""
        lines = [f"{view['task']}, step {view['step']} of {view['steps_total']}: {view['label']}"]
        rows = zip(view["inputs"], view["targets"], view["outputs"], strict=True)
        for t, (seen, wanted, given) in enumerate(rows):
            if t > view["step"]:
                break
            line = f"{t:3d}  " + " ".join(f"{value:g}" if value else "." for value in seen)
            if wanted[0] is not None and given is not None:
                bits = (" ".join(f"{bit:g}" for bit in part) for part in (wanted, given))
                line += "  wanted {}  given {}".format(*bits)
            lines.append(line)
        return "\n".join(lines)

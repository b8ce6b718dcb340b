"""What a spectator sees of a sequence task."""

from __future__ import annotations

from typing import Literal, TypedDict


class SequenceView(TypedDict):
    """Every value is plain Python; T steps, X input channels, Y output channels.

    Attributes:
        scene: "sequence".
        task: name of the task, such as "copy".
        phase: "describe" while the input is shown, "query" where it is asked for, "answer" while it is due.
        step: index of the observation.
        steps_total: steps of the whole episode.
        inputs: [T][X], the whole input sequence, each 0 to 1.
        targets: [T][Y], what the output should be, each 0 to 1; None where nothing is asked.
        outputs: [T][Y], the network's outputs so far, each 0 to 1; None for a step still to come.
        channels: names of the special input channels, which are the last ones.
        terminated: whether the episode is over.
        satisfied: share of the asked bits given so far that are right, 0 to 1.
        reward: reward of the last step.
        episode_return: sum of the rewards so far.
    """

    scene: Literal["sequence"]
    task: str
    phase: Literal["describe", "query", "answer"]
    step: int
    steps_total: int
    inputs: list[list[float]]
    targets: list[list[float | None]]
    outputs: list[list[float] | None]
    channels: list[str]
    terminated: bool
    satisfied: float
    reward: float
    episode_return: float

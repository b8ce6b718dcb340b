"""A network that is told words one by one, and what happened inside it at each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dnc_agent.supervised import SupervisedAgent
from shrdlu_env.text import MARK, WORDS

MARK_ID = WORDS.index(MARK)


class Heard(NamedTuple):
    """What came of one word."""

    word: int  #: id of the most probable word to say
    probabilities: NDArray[np.float32]  #: [159]
    inside: dict[str, NDArray[np.float32]]  #: the core's internals


class Reader:
    """Tells an agent a story. Before the first word of an answer the agent takes its idle steps.

    Their writes belong to the word that follows: its `write_weighting` is the largest of them at every location.

    Args:
        agent: that listens.
        idle_steps: blank steps before an answer.
    """

    def __init__(self, agent: SupervisedAgent, idle_steps: int) -> None:
        self._agent, self._idle_steps = agent, idle_steps
        self.begin()

    def begin(self) -> None:
        """Begin a new story."""
        self._state = self._agent.initial_state(1)
        self._answering = False

    def hear(self, inputs: NDArray[np.float32]) -> Heard:
        """Take in one word, one-hot [159]."""
        due = bool(inputs[MARK_ID])
        blanks = self._idle_steps if due and not self._answering else 0
        self._answering = due
        written = []
        for step in [*[np.zeros_like(inputs)] * blanks, inputs]:
            answers, self._state, found = self._agent.trace(step[None], self._state)
            inside = {name: part[0] for name, part in found.items()}
            if "write_weighting" in inside:
                written.append(inside["write_weighting"])
        if written:
            inside["write_weighting"] = np.max(written, 0)
        return Heard(int(answers.choices[0, 0]), answers.probabilities[0], inside)

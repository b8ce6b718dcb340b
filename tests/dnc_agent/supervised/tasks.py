"""Toy tasks for the tests of supervised learning."""

import numpy as np

from dnc_agent.supervised import (
    Bits,
    LabelledSequence,
    NetworkDescription,
    SequenceBatch,
    SupervisedLearner,
    SupervisedSettings,
    Turn,
)

DNC_SIZES = {
    "hidden_size": 6,
    "memory_size": 4,
    "word_size": 3,
    "read_heads": 1,
    "backend": "reference",
}


class Echo:
    """One bit is shown, then asked for; a lesson is how many blank steps lie between. Column 1 asks."""

    lesson = 1

    def set_lesson(self, lesson):
        self.lesson = lesson

    def draw(self, rng, batch_size):
        steps = self.lesson + 2
        inputs = np.zeros((steps, batch_size, 2), np.float32)
        inputs[0, :, 0] = rng.integers(0, 2, batch_size)
        inputs[-1, :, 1] = 1
        targets = np.zeros((steps, batch_size, 1), np.float32)
        targets[-1, :, 0] = inputs[0, :, 0]
        answer = np.zeros((steps, batch_size), bool)
        answer[-1] = True
        return SequenceBatch(inputs, targets, answer)


class Tell:
    """One of four symbols a step, four of them; whether the first was symbol 0 is wanted at a blank step."""

    def draw(self, rng, batch_size):
        inputs = np.zeros((5, batch_size, 4), np.float32)
        inputs[:4] = np.eye(4, dtype=np.float32)[rng.integers(0, 4, (4, batch_size))]
        answer = np.zeros((5, batch_size), bool)
        answer[4] = True
        targets = np.zeros((5, batch_size, 1), np.int64)
        targets[4, :, 0] = inputs[0, :, 0] > 0
        return SequenceBatch(inputs, targets, answer)

    def set_lesson(self, lesson):
        pass


class Unlike:
    """Single sequences of 2 to 9 (lesson 1) or 12 to 19 steps; the first input is wanted at the last two."""

    lesson = 1

    def set_lesson(self, lesson):
        self.lesson = lesson

    def sample(self, rng, count):
        drawn = []
        for _ in range(count):
            steps = int(rng.integers(2, 10)) + 10 * (self.lesson - 1)
            inputs = rng.standard_normal((steps, 2)).astype(np.float32)
            targets = np.full((steps, 1), inputs[0, 0] > 0, np.float32)
            drawn.append(LabelledSequence(inputs, targets, np.arange(steps) >= steps - 2))
        return drawn


class Chase:
    """Each next input is one-hot what was answered before, of 4; the teacher answers one more, modulo 4.

    Begins somewhere, and is over after 2 to 5 answers. The first step is shown and asks for nothing.
    """

    def set_lesson(self, lesson):
        pass

    def begin(self, rng, batch_size):
        self.place = rng.integers(0, 4, batch_size)
        self.left = rng.integers(2, 6, batch_size)
        self.asked = []
        return self._turn(np.zeros(batch_size, bool))

    def advance(self, choices):
        answered = self.asked[-1] & (self.left > 0)
        self.place = np.where(answered, choices[:, 0], self.place)
        self.left = self.left - answered
        if not (self.left > 0).any():
            return None
        return self._turn(np.ones(len(self.place), bool))

    def _turn(self, answer):
        self.asked.append(answer)
        inputs = np.eye(4, dtype=np.float32)[self.place]
        return Turn(inputs, ((self.place + 1) % 4)[:, None], answer, self.left > 0)


def learner(
    source=None,
    core="lstm",
    options=None,
    target=None,
    inputs=2,
    seed=0,
    teacher=None,
    dropout=0.0,
    **settings,
):
    """A small learner of `Echo` or another source."""
    options = {"hidden_size": 6} if options is None else options
    description = NetworkDescription(inputs, target or Bits(1), core, options, dropout)
    more = {} if teacher is None else {"teacher": teacher}
    return SupervisedLearner(
        description, source or Echo(), SupervisedSettings(**{"batch_size": 4} | settings), seed=seed, **more
    )


def weights(of):
    """All weights of a learner in one vector."""
    return np.concatenate([p.detach().numpy().ravel() for p in of.network.parameters()])

"""Batches of sequences, where they come from, and how sequences of unlike length share one."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from dnc_agent.checks import shown
from dnc_agent.cores.contract import check_sizes


class SequenceBatch(NamedTuple):
    """B rows of T steps; a row is one sequence, or with `reset` several in a row."""

    inputs: NDArray[np.float32]  #: [T, B, X]
    targets: NDArray[Any]  #: [T, B, K], see `dnc_agent.supervised.targets`
    answer: NDArray[np.bool_]  #: [T, B], where outputs are wanted
    reset: NDArray[np.bool_] | None = None  #: [T, B], first step of every sequence; None: each row is one
    valid: NDArray[np.bool_] | None = None  #: [T, B], False at padding; None: there is none

    @property
    def sequences(self) -> int:
        """How many sequences there are."""
        return self.inputs.shape[1] if self.reset is None else int(self.reset.sum())

    @property
    def steps(self) -> int:
        """How many steps are no padding."""
        return self.answer.size if self.valid is None else int(self.valid.sum())

    def columns(self, own: slice) -> "SequenceBatch":
        """Some of the rows, without steps that are padding in all of them."""
        start = 0
        if self.valid is not None:
            start = int(self.valid[:, own].any(1).argmax())
        parts = (None if part is None else part[start:, own] for part in self)
        return SequenceBatch(*parts)  # type: ignore[arg-type]

    def sequence_of(self) -> NDArray[np.int64]:
        """To which sequence each of the M answer steps belongs, [M] in row-major order over [T, B], from 0."""
        steps, columns = np.nonzero(self.answer)
        if self.reset is None:
            return columns
        # Numbered down the columns, one after the other.
        numbers = np.cumsum(self.reset.T).reshape(self.reset.T.shape).T - 1
        return numbers[steps, columns]


class LabelledSequence(NamedTuple):
    """One sequence of T steps."""

    inputs: NDArray[np.float32]  #: [T, X]
    targets: NDArray[Any]  #: [T, K]
    answer: NDArray[np.bool_]  #: [T]


class Source(Protocol):
    """Where batches come from."""

    def draw(self, rng: np.random.Generator, batch_size: int) -> SequenceBatch:
        """A batch; `rng` is the only source of chance."""
        ...

    def set_lesson(self, lesson: int) -> None:
        """Draw from another lesson from now on."""
        ...


class SingleSource(Protocol):
    """Where single sequences come from."""

    def sample(self, rng: np.random.Generator, count: int) -> Sequence[LabelledSequence]:
        """So many sequences of whatever lengths; `rng` is the only source of chance."""
        ...

    def set_lesson(self, lesson: int) -> None:
        """Draw from another lesson from now on."""
        ...


@runtime_checkable
class Resumable(Protocol):
    """A source with something of its own to resume from, beside the generator it is given."""

    def state(self) -> dict[str, Any]:
        """JSON-able; `set_state` goes on from it to the bit."""
        ...

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave."""
        ...


def check_shapes(batch: SequenceBatch) -> None:
    """Refuse a batch whose parts do not belong together, or whose masks are none.

    Raises:
        ValueError: naming the part, what it is and what it must be.
    """
    for name, part in batch._asdict().items():
        if not isinstance(part, np.ndarray | None):
            raise ValueError(f"{name}={shown(part)}; it must be a NumPy array")
    if batch.inputs.ndim != 3:
        raise ValueError(f"inputs has shape {batch.inputs.shape}; expected [T, B, X]")
    size = batch.inputs.shape[:2]
    if batch.targets.shape[:2] != size:
        raise ValueError(
            f"targets has shape {batch.targets.shape}; expected {[*size]} and the answers of a step"
        )
    for name in ("answer", "reset", "valid"):
        mask = getattr(batch, name)
        if mask is not None and (mask.shape != size or mask.dtype != np.bool_):
            raise ValueError(f"{name} is {mask.dtype} of shape {mask.shape}; it must be bool of shape {size}")


def pad(sequences: Sequence[LabelledSequence]) -> SequenceBatch:
    """Lay sequences side by side, blank steps in front of the shorter ones.

    A sequence starts from the initial state (`reset`), so the blank steps before it change nothing: outputs, losses
    and gradients are those of each sequence alone. All answers then lie at the end of the batch.
    """
    lengths = [len(sequence.inputs) for sequence in sequences]
    steps, shape = max(lengths), (max(lengths), len(sequences))
    first = sequences[0]
    inputs = np.zeros((*shape, first.inputs.shape[1]), np.float32)
    targets = np.zeros((*shape, first.targets.shape[1]), first.targets.dtype)
    answer, reset, valid = (np.zeros(shape, np.bool_) for _ in range(3))
    for b, (sequence, length) in enumerate(zip(sequences, lengths, strict=True)):
        inputs[steps - length :, b] = sequence.inputs
        targets[steps - length :, b] = sequence.targets
        answer[steps - length :, b] = sequence.answer
        reset[steps - length, b] = True
        valid[steps - length :, b] = True
    if valid.all():
        return SequenceBatch(inputs, targets, answer)
    return SequenceBatch(inputs, targets, answer, reset, valid)


class Buckets:
    """Batches of sequences of like length, so that few steps are padding.

    Enough sequences for several batches are drawn at once, sorted by length and cut into batches, which are then
    given out in random order. Every sequence drawn is given out once.

    Args:
        source: of the sequences.
        batches: how many are drawn at once; 1 leaves the lengths as they come.

    Raises:
        ValueError: if `batches` is not at least 1.
    """

    def __init__(self, source: SingleSource, batches: int = 16) -> None:
        check_sizes(batches=batches)
        self._source, self._batches = source, batches
        self._lesson: int | None = None
        self._seed: int | None = None  # of the pool; None: there is none
        self._given = 0
        self._pool: list[SequenceBatch] = []

    def draw(self, rng: np.random.Generator, batch_size: int) -> SequenceBatch:
        """See `Source`."""
        if self._seed is None or self._given == self._batches:
            # From a seed of its own, so that a resumed run can draw the same pool again.
            self._seed, self._given, self._pool = int(rng.integers(2**62)), 0, []
        if not self._pool:
            self._pool = self._draw_pool(self._seed, batch_size)
        self._given += 1
        return self._pool[self._given - 1]

    def set_lesson(self, lesson: int) -> None:
        """See `Source`; batches drawn of another lesson are dropped."""
        if lesson != self._lesson:
            self._lesson, self._seed, self._pool = lesson, None, []
            self._source.set_lesson(lesson)

    def state(self) -> dict[str, Any]:
        """See `Resumable`."""
        return {"lesson": self._lesson, "seed": self._seed, "given": self._given}

    def set_state(self, state: dict[str, Any]) -> None:
        """See `Resumable`."""
        if state["lesson"] is not None:
            self.set_lesson(state["lesson"])
        self._seed, self._given, self._pool = state["seed"], state["given"], []

    def _draw_pool(self, seed: int, batch_size: int) -> list[SequenceBatch]:
        rng = np.random.default_rng(seed)
        drawn = self._source.sample(rng, self._batches * batch_size)
        order = np.argsort([len(sequence.inputs) for sequence in drawn], kind="stable")
        cut = order.reshape(self._batches, batch_size)[rng.permutation(self._batches)]
        return [pad([drawn[k] for k in part]) for part in cut]

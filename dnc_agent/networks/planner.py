"""Planning over what lies in a memory: locations are moves, and a move leads on to those that begin where it ends.

A word says where a move begins, what it is called and where it ends. The value of a location is minus the effort
from the end of its move to what is wanted: value iteration (Bellman 1957) over locations, by content alone, as layers
of a network (Tamar et al. 2016). Nothing but words is needed, however they came to be written.
"""

import math

import torch
from torch import Tensor, nn

from dnc_agent.checks import shown
from dnc_agent.cores.contract import check_sizes

#: Words shorter than this are no moves: what is left of others' writing, or nothing.
FAINT = 0.5
#: The value of what leads nowhere, and the score of a slot that shows nothing.
NOWHERE = -20.0
#: Initial strengths of comparisons: end with what is wanted, end with begin, and what is looked up.
_STRENGTHS = (12.0, 12.0, 16.0)
#: The cosine at which the first two are even, and the effort of a move.
_EVEN, _EFFORT = 0.5, 0.3


class MoveValues(nn.Module):
    """From words and what is wanted to values of locations.

    Words and observations begin with labels of equal width, which are compared column by column. Which label of a word
    is where its move begins, which is where it ends, and which label of an observation is what is wanted, is to be
    learned: there is a gate for each, and initially all are open alike.

    Args:
        word_size: W, of a location.
        labels: (number L of labels, their width D), the first L D columns of words and observations.
        sweeps: how often values are passed on; what lies so many moves past a location's own is seen.

    Raises:
        ValueError: naming the argument that is out of range.
    """

    def __init__(self, word_size: int, *, labels: tuple[int, int], sweeps: int = 6) -> None:
        super().__init__()
        count, self.width = labels
        check_sizes(word_size=word_size, labels=count, width=self.width, sweeps=sweeps)
        self.seen, self.sweeps = count * self.width, sweeps
        if self.seen > word_size:
            raise ValueError(f"labels={shown(labels)}; a word has {word_size} columns")
        self.begin, self.end, self.wanted = (nn.Parameter(torch.ones(count)) for _ in range(3))
        self.log_strength = nn.Parameter(torch.tensor(_STRENGTHS).log())
        self.even = nn.Parameter(torch.full((2,), _EVEN))
        self.log_effort = nn.Parameter(torch.tensor(math.log(_EFFORT)))

    def values(self, words: Tensor, observations: Tensor) -> Tensor:
        """Values of locations, at most 0.

        Args:
            words: [B, N, W].
            observations: [B, X], in whose labels is where to go.

        Returns:
            [B, N].
        """
        used = self._used(words)
        rows = used.any(0).nonzero().squeeze(-1)
        if not len(rows):
            return words.new_full(used.shape, NOWHERE)
        words, held = words[:, rows], used[:, rows]
        strength = self.log_strength.exp()
        end = self._one(words, self.end)
        to = self._one(observations, self.wanted)
        arrives = strength[0] * ((end @ to.unsqueeze(-1)).squeeze(-1) - self.even[0])
        leads_on = strength[1] * (end @ self._one(words, self.begin).mT - self.even[1])
        passed = nn.functional.logsigmoid(leads_on).masked_fill(~held.unsqueeze(1), NOWHERE)
        first = values = nn.functional.logsigmoid(arrives)
        for _ in range(self.sweeps):
            onward = (passed + values.unsqueeze(1)).max(-1).values - self.log_effort.exp()
            values = torch.maximum(first, onward)
        values = values.masked_fill(~held, NOWHERE).clamp(min=NOWHERE)
        return values.new_full(used.shape, NOWHERE).index_copy(1, rows, values)

    def _one(self, vectors: Tensor, gates: Tensor) -> Tensor:
        """The gated labels of vectors [..., at least L D] added up, at unit length [..., D]."""
        return _direction(torch.einsum("...ld,l->...d", self._labels(vectors), gates))

    def _all(self, vectors: Tensor, gates: Tensor) -> Tensor:
        """The gated labels of vectors [..., at least L D] side by side, at unit length [..., L D]."""
        return _direction((self._labels(vectors) * gates.unsqueeze(-1)).flatten(-2))

    def _labels(self, vectors: Tensor) -> Tensor:
        return vectors[..., : self.seen].unflatten(-1, (-1, self.width))

    def _used(self, words: Tensor) -> Tensor:
        """Which locations hold a move: words [B, N, W] to [B, N] bool."""
        return words[..., : self.seen].norm(dim=-1) > FAINT


class MemoryPlanner(MoveValues):
    """From words and observations to values of locations, and from these to scores of slots.

    Args:
        word_size: W, of a location.
        labels: see `MoveValues`.
        slots: (first column, number K) of the slots of an observation, each as wide as a label.
        slot_label: which label a slot takes the place of, from 0 on: what a slot offers is the observation's first
            L D columns with this label in them.
        sweeps: see `MoveValues`.

    Raises:
        ValueError: naming the argument that is out of range.
    """

    def __init__(
        self,
        word_size: int,
        *,
        labels: tuple[int, int],
        slots: tuple[int, int],
        slot_label: int,
        sweeps: int = 6,
    ) -> None:
        super().__init__(word_size, labels=labels, sweeps=sweeps)
        (count, _), (self.first_slot, self.slots) = labels, slots
        check_sizes(slots=self.slots)
        if not 0 <= slot_label < count or self.first_slot < self.seen:
            raise ValueError(
                f"slot_label={shown(slot_label)}, slots={shown(slots)}; they must fit behind labels={shown(labels)}"
            )
        self.slot_start = slot_label * self.width
        self.name, self.slot = (nn.Parameter(torch.ones(count)) for _ in range(2))

    def names(self, words: Tensor) -> Tensor:
        """Under what moves are found: words [B, N, W] to [B, N, D], zero where there is no move."""
        return self._all(words, self.name) * self._used(words).unsqueeze(-1)

    def scores(self, names: Tensor, values: Tensor, observations: Tensor) -> Tensor:
        """What the moves in the slots are worth: the value of the location that each is found in.

        Args:
            names: [B, N, D].
            values: [B, N], of the locations.
            observations: [B, X].

        Returns:
            [B, K]; `NOWHERE` for a slot that shows nothing.
        """
        shown = self.shown(observations)
        offered = observations[:, : self.seen].unsqueeze(1).repeat(1, self.slots, 1)
        offered[..., self.slot_start : self.slot_start + self.width] = shown
        sought = self._all(offered, self.slot)
        found = torch.log_softmax(sought @ names.mT * self.log_strength[2].exp(), -1)
        worth = torch.logsumexp(found + values.unsqueeze(1), -1).clamp(min=NOWHERE)
        return worth.masked_fill(shown.amax(-1) <= 0, NOWHERE)

    def shown(self, observations: Tensor) -> Tensor:
        """What slots show: observations [B, X] to [B, K, width]."""
        stop = self.first_slot + self.slots * self.width
        return observations[:, self.first_slot : stop].unflatten(1, (self.slots, self.width))


def _direction(vectors: Tensor) -> Tensor:
    """Vectors [..., D] at unit length; zero stays zero."""
    return nn.functional.normalize(vectors, dim=-1)

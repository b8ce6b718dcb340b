"""What to look for in a memory of triples once a question is asked: structure put in by hand, not the paper's.

A triple is three labels of equal width: where a move begins, what it is called, where it ends. Words of the memory and
observations begin with one.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from dnc_agent.checks import shown
from dnc_agent.cores.contract import check_sizes
from dnc_agent.networks.planner import FAINT, NOWHERE, MoveValues

LABELS = 3
#: How much a move's value counts beside whether it begins here, initially.
_SHARPNESS = 5.0
#: Strength of the comparison of a place with where moves begin, initially.
_STRENGTH = 8.0
#: Where the gates of a relation's last two moves start; no relation is shorter.
_OPEN = 2.0


class Finder(Protocol):
    """What an `AnsweringCore` asks."""

    seen: int  #: columns of a triple

    def plan_size(self, locations: int) -> int:
        """P, width of a plan over N locations."""

    def plan(self, words: Tensor, asked: Tensor) -> Tensor:
        """Once a question: words [Q, N, W] and its triple [Q, S] to a plan [Q, P]."""

    def find(self, words: Tensor, plan: Tensor, asked: Tensor, observations: Tensor) -> Tensor:
        """At an answer step: words, plan, the question and the observation [Q, X] to a triple [Q, S]."""


class PathFinder(MoveValues):
    """The next move of a shortest path: of those that begin here, the one whose location has the highest value.

    Here is where the last move ended, which the observation shows, and where the question begins before the first.

    Args:
        word_size: W.
        width: D, of a label.
        sweeps: see `MoveValues`.
    """

    def __init__(self, word_size: int, *, width: int, sweeps: int = 6) -> None:
        super().__init__(word_size, labels=(LABELS, width), sweeps=sweeps)
        self.first, self.last = (nn.Parameter(torch.empty(LABELS)) for _ in range(2))
        with torch.no_grad():  # the first label of a triple is where it begins, the last where it ends
            for gates, label in (
                (self.begin, 0), (self.end, 2), (self.wanted, 2), (self.first, 0), (self.last, 2)
            ):  # fmt: skip
                gates.zero_()[label] = 1.0
        self.log_sharpness = nn.Parameter(torch.tensor(_SHARPNESS).log())

    def plan_size(self, locations: int) -> int:
        """See `Finder`: a value for each location."""
        return locations

    def plan(self, words: Tensor, asked: Tensor) -> Tensor:
        """See `Finder`."""
        return self.values(words, asked)

    def find(self, words: Tensor, plan: Tensor, asked: Tensor, observations: Tensor) -> Tensor:
        """See `Finder`; the expected triple."""
        last = observations[:, : self.seen]
        moved = (last.amax(-1, keepdim=True) > 0).to(last.dtype)
        here = moved * self._one(last, self.last) + (1 - moved) * self._one(asked, self.first)
        begins = (self._one(words, self.begin) @ here.unsqueeze(-1)).squeeze(-1)
        scores = begins * self.log_strength[2].exp() + plan * self.log_sharpness.exp()
        weights = scores.masked_fill(~self._used(words), 100 * NOWHERE).softmax(-1)
        return (weights.unsqueeze(1) @ words[..., : self.seen]).squeeze(1)


class RelationFinder(nn.Module):
    """Where a relation leads that stands for several moves: each is a lookup, of a name that is learned by relation.

    A relation is a label of three digits, as the second label of the question; it has a row of its own in a table that
    starts with nothing in it. At each of `moves` lookups that row says under which name to go on, and whether to go
    on at all; at first the last two do, and the others the less the earlier they are. A relation's last move is the
    easiest to learn and finds its place at the end, where it stays when others come before it.

    Args:
        word_size: W.
        width: D, of a label; three digits one-hot.
        moves: the most moves that a relation stands for.

    Raises:
        ValueError: naming the argument that is out of range.
    """

    def __init__(self, word_size: int, *, width: int, moves: int = 5) -> None:
        super().__init__()
        check_sizes(word_size=word_size, width=width, moves=moves)
        self.width, self.moves, self.seen = width, moves, LABELS * width
        self.base = width // 3
        if width % 3 or self.seen > word_size:
            raise ValueError(
                f"width={shown(width)}; it must be a multiple of 3, and three labels must fit into {word_size} columns"
            )
        self.names = nn.Parameter(torch.zeros(self.base**3, moves, width))
        started = [_OPEN if left < 2 else 1.0 - left for left in reversed(range(moves))]
        self.goes_on = nn.Parameter(torch.tensor(started).repeat(self.base**3, 1))
        self.log_strength = nn.Parameter(torch.tensor(_STRENGTH).log())

    def plan_size(self, locations: int) -> int:
        """See `Finder`: where it leads."""
        return self.width

    def plan(self, words: Tensor, asked: Tensor) -> Tensor:
        """See `Finder`."""
        begin, name, end = words[..., : self.seen].split(self.width, -1)
        empty = words[..., : self.seen].norm(dim=-1) <= FAINT
        begin = nn.functional.normalize(begin, dim=-1)
        here, relation, _ = asked.split(self.width, -1)
        row = self._number(relation)
        for move in range(self.moves):
            at_begin = (begin @ nn.functional.normalize(here, dim=-1).unsqueeze(-1)).squeeze(-1)
            named = (name @ self.names[row, move].unsqueeze(-1)).squeeze(-1)
            scores = at_begin * self.log_strength.exp() + named
            weights = scores.masked_fill(empty, 100 * NOWHERE).softmax(-1)
            on = self.goes_on[row, move].sigmoid().unsqueeze(-1)
            here = (1 - on) * here + on * (weights.unsqueeze(1) @ end).squeeze(1)
        return here

    def find(self, words: Tensor, plan: Tensor, asked: Tensor, observations: Tensor) -> Tensor:
        """See `Finder`: the question, with where it leads as the third label."""
        return torch.cat([asked[:, : 2 * self.width], plan], -1)

    def _number(self, label: Tensor) -> Tensor:
        digits = label.unflatten(-1, (3, self.base)).argmax(-1)
        return (digits[..., 0] * self.base + digits[..., 1]) * self.base + digits[..., 2]


#: Finders by name.
FINDERS: dict[str, type[PathFinder] | type[RelationFinder]] = {"path": PathFinder, "relation": RelationFinder}


def make_finder(word_size: int, arguments: Mapping[str, Any]) -> PathFinder | RelationFinder:
    """A finder by its name and its arguments.

    Raises:
        ValueError: if there is no such finder, or an argument is out of range.
    """
    options = dict(arguments)
    name = options.pop("name", None)
    if name not in FINDERS:
        raise ValueError(f"finder={shown(name)}; allowed are {', '.join(FINDERS)}")
    try:
        return FINDERS[name](word_size, **options)
    except TypeError as error:
        raise ValueError(f"finder={shown(arguments)}: {error}") from None

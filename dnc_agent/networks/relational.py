"""A head's trunk that weighs what is wanted against what is: a small graph network over entities.

Nodes are the entities that the observation shows at places (pieces on squares). Edges are relations between
two of them: those that hold now, read off the observation, and those that are wanted, read out of the
core's features by one linear layer. All entities share their weights: a plan learnt for some serves any.
Relations as edges of a graph network: Schlichtkrull et al. 2018 (R-GCN).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from dnc_agent.checks import shown
from dnc_agent.cores.contract import check_sizes


class RelationalTrunk(nn.Module):
    """From features [..., F] and observations [..., X] to [..., width].

    Every round adds up, for each entity, what it hears along the edges of each relation in both directions,
    what it is itself and the mean over all. The result is the mean over entities.

    Args:
        feature_size: F.
        start: first column of the observation's part [places, entities], one-hot over entities at each place.
        places: P.
        entities: E.
        neighbours: for each relation the pairs (p, q) of places such that what lies at p has it to what lies
            at q.
        width: of nodes and output.
        rounds: how often nodes hear from each other.
        hidden: units of a hidden layer beside the linear one from features to wanted relations, which starts
            silent; 0: none. Several facts read as one mean word overlap, and a linear layer cannot tell an
            overlap from a fact.

    Raises:
        ValueError: naming the argument that is out of range.
    """

    adjacency: Tensor

    def __init__(
        self,
        feature_size: int,
        *,
        start: int,
        places: int,
        entities: int,
        neighbours: Sequence[Sequence[Sequence[int]]],
        width: int = 32,
        rounds: int = 3,
        hidden: int = 0,
    ) -> None:
        super().__init__()
        check_sizes(places=places, entities=entities, width=width, rounds=rounds)
        if not _are_pairs(neighbours, places):
            raise ValueError(
                f"neighbours={shown(neighbours)}; relations between places 0 to {places - 1} are needed"
            )
        self.start, self.places, self.entities = start, places, entities
        self.relations = len(neighbours)
        adjacency = torch.zeros(self.relations, places, places)
        for relation, pairs in enumerate(neighbours):
            for p, q in pairs:
                adjacency[relation, p, q] = 1.0
        # Each relation and its inverse side by side: one product with all of them.
        both = torch.stack([adjacency, adjacency.mT], 1).flatten(0, 1)
        self.register_buffer("adjacency", both.permute(1, 0, 2).flatten(1), persistent=False)
        self.wanted = _linear(feature_size, self.relations * entities * entities, gain=1.0)
        self.refined = None
        if hidden:
            last = nn.Linear(hidden, self.relations * entities * entities)
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)
            self.refined = nn.Sequential(_linear(feature_size, hidden), nn.ReLU(), last)
        kinds = 4 * self.relations
        sizes = [places] + [width] * rounds
        self.heard = nn.ModuleList(_linear(kinds * size, width, gain=1.0, bias=False) for size in sizes[:-1])
        self.own = nn.ModuleList(_linear(size, width) for size in sizes[:-1])
        self.all = nn.ModuleList(_linear(size, width, bias=False) for size in sizes[:-1])
        self.out = _linear(width, width)
        self.width = width

    def forward(self, features: Tensor, observations: Tensor) -> Tensor:
        """features [..., F] and observations [..., X] to [..., width]."""
        outer = features.shape[:-1]
        features, observations = features.flatten(0, -2), observations.flatten(0, -2)
        shown = observations[:, self.start : self.start + self.places * self.entities]
        nodes = shown.unflatten(1, (self.places, self.entities)).mT.contiguous()
        edges = self.edges(features, nodes)
        for index, (heard, own, everyone) in enumerate(zip(self.heard, self.own, self.all, strict=True)):
            along = torch.bmm(edges, nodes).view(len(nodes), self.entities, -1)
            hidden = torch.relu(heard(along) + own(nodes) + everyone(nodes.mean(1)).unsqueeze(1))
            nodes = hidden + nodes if index else hidden
        return torch.relu(self.out(nodes.mean(1))).view(*outer, self.width)

    def edges(self, features: Tensor, nodes: Tensor) -> Tensor:
        """Relations wanted and present, each with its inverse.

        Args:
            features: [M, F].
            nodes: [M, E, P], where each entity is.

        Returns:
            [M, E * kinds, E]: for each entity, for each kind, its edges to all entities.
        """
        count, size = len(nodes), self.entities
        wanted = self.wanted(features)
        if self.refined is not None:
            wanted = wanted + self.refined(features)
        wanted = wanted.view(count, self.relations, size, size)
        wanted = torch.stack([wanted, wanted.mT], 2).view(count, -1, size, size).transpose(1, 2)
        present = torch.bmm((nodes @ self.adjacency).view(count, -1, self.places), nodes.mT)
        return torch.cat([wanted, present.view(count, size, -1, size)], 2).flatten(1, 2)


def _are_pairs(neighbours: object, places: int) -> bool:
    """Whether these are relations: at least one, each made of pairs of places."""
    if not isinstance(neighbours, list | tuple) or not neighbours:
        return False
    return all(
        isinstance(pairs, list | tuple)
        and all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs)
        and all(
            isinstance(p, int) and not isinstance(p, bool) and 0 <= p < places for pair in pairs for p in pair
        )
        for pairs in neighbours
    )


def _linear(in_size: int, out_size: int, *, gain: float = 2**0.5, bias: bool = True) -> nn.Linear:
    layer = nn.Linear(in_size, out_size, bias=bias)
    nn.init.orthogonal_(layer.weight, gain)
    if bias:
        nn.init.zeros_(layer.bias)
    return layer

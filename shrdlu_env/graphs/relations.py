"""The relations of inference: 400 labels that each stand for a sequence of edges, the same always.

Source: Methods, 'Inference'. The table is the world's own knowledge: no observation shows it, and no agent is
given it. Edge labels are 0 to 9, relation labels 10 to 409; 100 relations of each length from 2 to 5. Which
sequence a label stands for, and which labels have which length, comes from a fixed seed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

EDGE_LABELS = 10
SHORTEST, LONGEST = 2, 5
PER_LENGTH = 100
FIRST_RELATION = EDGE_LABELS
RELATIONS = PER_LENGTH * (LONGEST - SHORTEST + 1)
_SEED = 2016


class Trie(NamedTuple):
    """The relations as a prefix tree; node 0 is the root.

    Attributes:
        child: int16[nodes, 10], node reached by an edge label, -1 where no relation goes on so.
        relation: int16[nodes], label of the relation that ends here, -1 where none does.
    """

    child: NDArray[np.int16]
    relation: NDArray[np.int16]


def _draw() -> tuple[tuple[int, ...], ...]:
    rng = np.random.default_rng(_SEED)
    sequences: list[tuple[int, ...]] = []
    for length in range(SHORTEST, LONGEST + 1):
        codes = rng.choice(EDGE_LABELS**length, PER_LENGTH, replace=False).tolist()
        sequences += [tuple(code // EDGE_LABELS**k % EDGE_LABELS for k in range(length)) for code in codes]
    # A label must not tell how long its relation is.
    return tuple(sequences[i] for i in rng.permutation(RELATIONS))


def _trie(sequences: tuple[tuple[int, ...], ...]) -> Trie:
    child = [[-1] * EDGE_LABELS]
    relation = [-1]
    for index, sequence in enumerate(sequences):
        node = 0
        for label in sequence:
            if child[node][label] < 0:
                child[node][label] = len(child)
                child.append([-1] * EDGE_LABELS)
                relation.append(-1)
            node = child[node][label]
        relation[node] = FIRST_RELATION + index
    return Trie(np.array(child, np.int16), np.array(relation, np.int16))


SEQUENCES = _draw()
"""Edge labels of every relation; relation label r is `SEQUENCES[r - 10]`."""
TRIE = _trie(SEQUENCES)

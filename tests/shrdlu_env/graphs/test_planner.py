"""The planner against networkx and plain loops."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shrdlu_env.graphs.arrays import EDGES, GOAL, INFERENCE, LENGTH, NODES, SHORTEST_PATH, SOURCE, TRAVERSAL
from shrdlu_env.graphs.labelled import LabelledGraph
from shrdlu_env.graphs.planner import distances, find_relations, follow
from shrdlu_env.graphs.relations import EDGE_LABELS, FIRST_RELATION, RELATIONS, SEQUENCES, TRIE
from shrdlu_env.graphs.sampling import GraphSampler


@st.composite
def graphs(draw):
    nodes = draw(st.integers(2, 9))
    keys = draw(st.sets(st.tuples(st.integers(0, nodes - 1), st.integers(0, 3)), min_size=1, max_size=25))
    return LabelledGraph(
        [(a, e, draw(st.integers(0, nodes - 1))) for a, e in sorted(keys)], nodes=range(nodes)
    )


@settings(max_examples=60)
@given(graphs())
def test_distances_are_those_of_networkx(graph):
    oracle = nx.DiGraph((a, b) for a, _, b in graph.edges)
    oracle.add_nodes_from(graph.nodes)
    lengths = dict(nx.all_pairs_shortest_path_length(oracle))
    found = distances(graph)
    for a in range(len(graph.nodes)):
        for b in range(len(graph.nodes)):
            assert found[a, b] == lengths[a].get(b, -1)


@pytest.mark.parametrize("lesson", [1, 8, 15])
def test_shortest_paths_of_episodes(lesson):
    episodes = GraphSampler(SHORTEST_PATH, lesson, extra_moves=3).generate(np.random.default_rng(lesson), 60)
    for row in range(60):
        meta = episodes.meta[row]
        oracle = nx.DiGraph()
        for edge in range(meta[EDGES]):
            oracle.add_edge(int(episodes.sources[row, edge]), int(episodes.targets[row, edge]))
        lengths = nx.single_target_shortest_path_length(oracle, int(meta[GOAL]))
        assert {n: int(d) for n, d in enumerate(episodes.distance[row, : meta[NODES]]) if d >= 0} == dict(
            lengths
        )
        assert lengths[int(meta[SOURCE])] == meta[LENGTH]


@settings(max_examples=60)
@given(graphs(), st.integers(1, 6), st.integers(0, 2**32))
def test_walks_go_on_for_as_long_as_asked(graph, length, seed):
    ends = {}
    for a, e, b in graph.edges:
        ends.setdefault(a, []).append((e, b))

    def longest(node, left):
        return left and max((1 + longest(b, left - 1) for _, b in ends.get(node, [])), default=0)

    if max(longest(node, length) for node in graph.nodes) < length:
        with pytest.raises(ValueError, match="no such graph has a walk"):
            GraphSampler(TRAVERSAL, graph=graph, path=(length, length))
        return
    episodes = GraphSampler(TRAVERSAL, graph=graph, path=(length, length)).generate(
        np.random.default_rng(seed), 5
    )
    for row in range(5):
        nodes = {label: k for k, label in enumerate(episodes.labels[row].tolist())}
        names = dict(zip(episodes.names[row].tolist(), graph.labels, strict=True))
        at = None
        for source, edge, target in episodes.answer[row, :length].tolist():
            assert at in (None, source)
            assert (names[edge], nodes[target]) in ends[nodes[source]]
            at = target


def test_the_relation_table():
    assert len(SEQUENCES) == len(set(SEQUENCES)) == RELATIONS == 400
    assert np.bincount([len(s) for s in SEQUENCES]).tolist() == [0, 0, 100, 100, 100, 100]
    assert {label for s in SEQUENCES for label in s} == set(range(EDGE_LABELS))
    # A label's hundreds say nothing of the length.
    assert all(len({len(s) for s in SEQUENCES[k : k + 100]}) == 4 for k in range(0, 400, 100))
    # The same always, on every machine: agents have learnt it.
    assert SEQUENCES[0] == (7, 9, 1)
    assert SEQUENCES[399] == (6, 5, 3)


def test_relations_are_found_as_a_plain_search_finds_them():
    episodes = GraphSampler(INFERENCE, lesson=17).generate(np.random.default_rng(2), 20)
    found = np.zeros((25 * 400, 4), np.int16)
    for row in range(20):
        nodes, edges = episodes.meta[row, [NODES, EDGES]]
        ends = {
            (int(episodes.sources[row, e]), int(episodes.edges[row, e])): int(episodes.targets[row, e])
            for e in range(edges)
        }
        expected = set()
        for node in range(nodes):
            for index, sequence in enumerate(SEQUENCES):
                here = node
                for label in sequence:
                    here = ends.get((here, label))
                    if here is None:
                        break
                if here is not None and 3 <= len(sequence) <= 4:
                    expected.add((node, FIRST_RELATION + index, here, len(sequence)))
        count = find_relations(episodes, row, 3, 4, TRIE, found)
        assert count == len(expected)
        assert {tuple(line) for line in found[:count].tolist()} == expected


def test_follow():
    graph = LabelledGraph([("a", "x", "b"), ("b", "y", "c")])
    assert follow(graph, "a", ["x", "y"]) == "c"
    assert follow(graph, "a", []) == "a"
    assert follow(graph, "a", ["y"]) is None
    with pytest.raises(ValueError, match="source='d'"):
        follow(graph, "d", [])

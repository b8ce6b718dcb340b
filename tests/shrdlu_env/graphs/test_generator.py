"""Nearest-neighbour graphs, labels and order against plain loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shrdlu_env.graphs.arrays import EDGES, INFERENCE, NODES, TRAVERSAL
from shrdlu_env.graphs.labelled import LabelledGraph
from shrdlu_env.graphs.sampling import GraphSampler


def graph_of(episodes, row):
    nodes, edges = episodes.meta[row, [NODES, EDGES]]
    return {
        "labels": episodes.labels[row, :nodes].tolist(),
        "offsets": episodes.offsets[row, : nodes + 1].tolist(),
        "sources": episodes.sources[row, :edges].tolist(),
        "edges": episodes.edges[row, :edges].tolist(),
        "targets": episodes.targets[row, :edges].tolist(),
        "order": episodes.order[row, :edges].tolist(),
        "positions": episodes.positions[row, :nodes],
    }


@settings(max_examples=30)
@given(
    st.integers(0, 2**32),
    st.integers(2, 30),
    st.tuples(st.integers(1, 6), st.integers(0, 4)),
    st.sampled_from([TRAVERSAL, INFERENCE]),
)
def test_every_node_is_linked_to_its_nearest(seed, nodes, degree, task):
    low, high = degree[0], degree[0] + degree[1]
    path = (2, 2) if task == INFERENCE else (1, 1)
    sampler = GraphSampler(task, nodes=(nodes, nodes), degree=(low, high), path=path)
    episodes = sampler.generate(np.random.default_rng(seed), 3)
    for row in range(3):
        graph = graph_of(episodes, row)
        assert len(graph["labels"]) == nodes == len(set(graph["labels"]))
        assert all(0 <= label <= 999 for label in graph["labels"])
        assert sorted(graph["order"]) == list(range(len(graph["edges"])))
        if task == INFERENCE:
            assert set(graph["edges"]) <= set(range(10))
        else:
            assert len(set(graph["edges"])) <= max(nodes, high)
        for node in range(nodes):
            begin, end = graph["offsets"][node], graph["offsets"][node + 1]
            k = end - begin
            assert min(low, nodes - 1) <= k <= min(high, nodes - 1)
            assert set(graph["sources"][begin:end]) <= {node}
            labels = graph["edges"][begin:end]
            assert labels == sorted(set(labels))
            apart = graph["positions"] - graph["positions"][node]
            distance = (apart**2).sum(1)
            distance[node] = np.inf
            assert set(graph["targets"][begin:end]) == set(np.argsort(distance)[:k].tolist())


def test_same_seed_same_episodes_whatever_was_drawn_before():
    sampler = GraphSampler(TRAVERSAL, lesson=9, earlier=0.3)
    first = sampler.generate(np.random.default_rng(5), 40)
    rng = np.random.default_rng(5)
    other = GraphSampler(TRAVERSAL, lesson=9, earlier=0.3)
    other.generate(np.random.default_rng(99), 7)
    parts = [other.generate(rng, 15), other.generate(rng, 25)]
    for name in first._fields:
        assert np.array_equal(
            getattr(first, name), np.concatenate([getattr(part, name) for part in parts])
        ), name
    assert not np.array_equal(first.labels, sampler.generate(np.random.default_rng(6), 40).labels)


def test_labels_and_degrees_are_uniform():
    episodes = GraphSampler(TRAVERSAL, nodes=(10, 10), degree=(2, 4), path=(1, 1)).generate(
        np.random.default_rng(0), 4000
    )
    hundreds = np.bincount(episodes.labels[:, :10].reshape(-1) // 100, minlength=10) / 40000
    assert abs(hundreds - 0.1).max() < 0.008
    degrees = np.diff(episodes.offsets[:, :11].astype(int)).reshape(-1)
    assert abs(np.bincount(degrees)[2:] / 40000 - 1 / 3).max() < 0.012
    first = episodes.order[np.arange(4000), 0] / episodes.meta[:, EDGES]
    assert abs(first.mean() - 0.5) < 0.03


def test_an_edge_label_alone_does_not_identify_an_edge():
    episodes = GraphSampler(TRAVERSAL, lesson=14).generate(np.random.default_rng(0), 50)
    shared = [len(set(graph_of(episodes, r)["edges"])) < episodes.meta[r, EDGES] for r in range(50)]
    assert all(shared)


def test_lessons_keep_to_their_ranges_and_say_their_number():
    sampler = GraphSampler(TRAVERSAL, lesson=14, earlier=0.5)
    episodes = sampler.generate(np.random.default_rng(0), 2000)
    lessons = episodes.meta[:, 9]
    assert abs((lessons == 14).mean() - 0.5) < 0.05
    assert set(lessons.tolist()) == set(range(1, 15))
    for number, ranges in enumerate(sampler.lessons, 1):
        rows = episodes.meta[lessons == number]
        assert (rows[:, NODES] >= ranges.nodes[0]).all()
        assert (rows[:, NODES] <= ranges.nodes[1]).all()
        assert (rows[:, 2] >= ranges.path[0]).all()
        assert (rows[:, 2] <= ranges.path[1]).all()


def test_a_given_graph_keeps_its_shape_under_new_labels():
    graph = LabelledGraph([("c", "x", "a"), ("a", "x", "b"), ("a", "y", "c"), ("b", "z", "a")])
    episodes = GraphSampler(TRAVERSAL, graph=graph, path=(2, 2)).generate(np.random.default_rng(3), 50)
    seen = set()
    for row in range(50):
        drawn = graph_of(episodes, row)
        names = dict(zip(episodes.names[row].tolist(), graph.labels, strict=True))
        assert len(names) == 3
        edges = {
            (graph.nodes[s], names[e], graph.nodes[t])
            for s, e, t in zip(drawn["sources"], drawn["edges"], drawn["targets"], strict=True)
        }
        assert edges == set(graph.edges)
        seen.add(tuple(drawn["labels"]))
    assert len(seen) == 50


@pytest.mark.parametrize("seed", range(3))
def test_graphs_out_of_a_function(seed):
    def ring(rng):
        n = int(rng.integers(3, 9))
        return LabelledGraph([(k, "on", (k + 1) % n) for k in range(n)])

    sampler = GraphSampler(TRAVERSAL, graph=ring)
    episodes = sampler.generate(np.random.default_rng(seed), 30)
    assert set(episodes.meta[:, NODES].tolist()) == set(range(3, 9))
    for row in range(30):
        graph = graph_of(episodes, row)
        n = len(graph["labels"])
        assert graph["targets"] == [(k + 1) % n for k in range(n)]
        assert len(set(graph["edges"])) == 1
        assert sampler.graph_of(row).out_degree == 1

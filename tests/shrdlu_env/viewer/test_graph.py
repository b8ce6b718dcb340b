"""The scene of graph tasks."""

import numpy as np
import pytest

from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.drawing import theme
from shrdlu_env.viewer.drawing.images import to_array
from shrdlu_env.viewer.panels.layout import arrange
from shrdlu_env.viewer.panels.renderer import Renderer
from shrdlu_env.viewer.recording.frame import Frame
from shrdlu_env.viewer.scenes.graph.picture import draw_graph, node_positions
from shrdlu_env.viewer.scenes.graph.placing import part, place_nodes
from tests.shrdlu_env.viewer.samples import count, graph_episode, graph_view


def random_edges(count, seed):
    rng = np.random.default_rng(seed)
    return [(int(a), int(b)) for a in range(count) for b in rng.choice(count, 2, replace=False)]


@pytest.mark.parametrize("nodes", [1, 2, 5, 30])
def test_placing_is_deterministic_and_spread(nodes):
    edges = random_edges(nodes, 0) if nodes > 1 else []
    place_nodes.cache_clear()
    first = place_nodes(nodes, frozenset(edges))
    place_nodes.cache_clear()
    again = place_nodes(nodes, frozenset(reversed(edges)))
    assert np.array_equal(first, again)
    assert first.shape == (nodes, 2)
    assert first.min() >= 0
    assert first.max() <= 1
    apart = np.sqrt(((first[:, None] - first[None]) ** 2).sum(-1))[~np.eye(nodes, dtype=bool)]
    if nodes > 1:
        assert apart.min() > 0.2 / np.sqrt(nodes)


def test_nodes_are_drawn_apart():
    """Also those that lie on one another, within the room there is; what is apart stays."""
    rng = np.random.default_rng(0)
    for gap in (20.0, 38.0):
        places = rng.uniform(0, 200, (17, 2))
        places[:3] = places[0]
        again = places.copy()
        part(places, (0, 0), (215, 190), gap)
        apart = np.sqrt(((places[:, None] - places[None]) ** 2).sum(-1))[~np.eye(17, dtype=bool)]
        assert apart.min() > 0.98 * gap
        assert (places >= 0).all()
        assert (places <= (215, 190)).all()
        part(again, (0, 0), (215, 190), gap)
        assert np.array_equal(places, again)
    far = np.array([[0.0, 0.0], [100.0, 50.0]])
    part(far, (0, 0), (100, 50), 40.0)
    np.testing.assert_allclose(far, [[0, 0], [100, 50]], atol=0.01)


def test_an_empty_graph():
    assert place_nodes(0, frozenset()).shape == (0, 2)


def test_given_positions_are_kept_with_y_upwards():
    rect = pygame.Rect(100, 50, 200, 400)
    places = node_positions(graph_view(0, positions=[(0, 0), (1, 1), (0.5, 0.5), (0, 1), (1, 0)]), rect)
    assert places == [(100, 450), (300, 50), (200, 250), (100, 50), (300, 450)]


def test_current_node_trail_and_answer_are_drawn():
    surface = pygame.Surface((600, 500), 0, 32)

    def picture(**changes):
        surface.fill((0, 0, 0))
        draw_graph(surface, surface.get_rect(), graph_view(5, phase="answer", **changes), 1.0)
        return to_array(surface)

    bare = picture()
    assert count(bare, theme.YELLOW) == 0
    assert count(bare, theme.GREEN) == 0
    walked = picture(current=2, trail=[0, 1, 2])
    assert count(walked, theme.YELLOW) > 100
    assert count(walked, theme.GREEN) > 50
    right = picture(answer=[(("505", "12", "247"), True)])
    wrong = picture(answer=[(("505", "12", "247"), False)])
    assert count(right, theme.GREEN) > 3
    assert count(wrong, theme.RED) > 3


def test_described_edges_appear_one_by_one():
    pictures = [to_array(Renderer().draw(Frame(graph_episode(), t), (800, 600))) for t in range(6)]
    board = arrange((800, 600), graph_episode()).scene
    parts = [p[board.top : board.bottom, board.left : board.right] for p in pictures]
    for a in range(6):
        assert count(parts[a], theme.YELLOW) > 20
        for b in range(a):
            assert not np.array_equal(parts[a], parts[b])

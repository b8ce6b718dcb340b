"""Analyses of agents: files, refusals, and what is measured, against loops and made-up traces."""

import csv
import io
import json
import shlex

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from train import analysis
from train.analysis.cued import all_cued, cued_contents
from train.analysis.edge_film import GAP, draw, places
from train.analysis.edge_reads import Decoded, decode
from train.analysis.edges import counted
from train.analysis.goal_map import same_letter
from train.analysis.running import choose, command
from train.analysis.weightings import blended, by_first_write
from train.cli import main
from train.errors import UsageError
from train.probing import Trace, traces

COMMANDS = {
    "weightings": ["checkpoints/repeat-copy"],
    "edges": ["checkpoints/traversal-helped", "--lesson", "3", "--episodes", "3"],
    "plan": [
        "checkpoints/mini-shrdlu",
        "--lesson",
        "1",
        "--episodes",
        "20",
        "--splits",
        "3",
        "--actions",
        "2",
    ],
    "goal-map": ["checkpoints/mini-shrdlu", "--lesson", "1", "--episodes", "20", "--perplexity", "5"],
    "probe": ["checkpoints/copy", "--episodes", "6", "--splits", "3", "--labels", "due_0", "phase"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_one_command_makes_figure_and_numbers(name, tmp_path, capsys):
    main(["analyse", name, *COMMANDS[name], "--seed", "1", "--out", str(tmp_path), "--json", "--quiet"])
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said == json.loads((tmp_path / "numbers.json").read_text())
    assert (tmp_path / "figure.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    (table,) = tmp_path.glob("*.csv")
    assert len(list(csv.DictReader(table.read_text().splitlines()))) > 1
    again, settings = choose(shlex.split(said["command"])[2:])
    assert again.name == name
    assert command(again, settings) == said["command"]
    if name == "edges":
        with Image.open(tmp_path / "film.gif") as film:
            assert film.n_frames > 1


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        (["edges", "checkpoints/copy", "--episodes", "1"], "its world has no graph"),
        (["plan", "checkpoints/copy", "--episodes", "2"], "its actions are several numbers each"),
        (["goal-map", "checkpoints/copy", "--episodes", "10"], "no goals with letters"),
        (["weightings", "nowhere"], "nowhere"),
        (["probe", "checkpoints/copy", "--inside", "mind", "--episodes", "2"], "'mind' is not inside"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(argv, word, capsys, tmp_path):
    with pytest.raises(SystemExit) as stopped:
        main(["analyse", *argv, "--quiet", "--out", str(tmp_path)])
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert word in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        (["edges", "checkpoints/copy"], "its world has no graph"),
        (["plan", "checkpoints/copy"], "its actions are several numbers each"),
        (["goal-map", "checkpoints/copy"], "no goals with letters"),
        (["probe", "checkpoints/copy", "--labels", "phase", "colour"], "label='colour'; allowed are"),
    ],
)
def test_an_agent_that_does_not_fit_plays_one_episode(argv, word, capsys, tmp_path, monkeypatch):
    play, played = traces._play, []
    monkeypatch.setattr(traces, "_play", lambda *arguments: played.append(1) or play(*arguments))
    with pytest.raises(SystemExit):
        main(["analyse", *argv, "--quiet", "--out", str(tmp_path)])
    assert word in capsys.readouterr().err
    assert len(played) == 1


def test_every_analysis_is_listed():
    assert COMMANDS.keys() < analysis.ROWS.keys()


def made_up(phases, write, read, memory):
    return Trace(
        {"phase": np.array(phases)},
        {
            "write_weighting": np.array(write, np.float32),
            "read_weightings": np.array(read, np.float32)[:, None],
            "memory": np.array(memory, np.float32),
        },
        [],
    )


def test_contents_are_those_last_written_before_the_cue():
    """Location 0 is written twice, 1 once and 2 never; at the cue all are read, and 0 is overwritten."""
    trace = made_up(
        [0, 0, 0, 4],
        [[1, 0, 0], [0, 1, 0], [0.5, 0, 0], [1, 0, 0]],
        [[0, 0, 0], [0, 0, 0], [0, 0, 0], [0.5, 0.3, 0.2]],
        [[[1], [0], [9]], [[1], [2], [9]], [[5], [2], [9]], [[8], [2], [9]]],
    )
    assert cued_contents(trace).tolist() == [3.5]
    vectors, episodes = all_cued([trace, made_up([0], [[1, 0, 0]], [[1, 0, 0]], [[[1], [0], [0]]])])
    assert (vectors.tolist(), episodes.tolist()) == ([[3.5]], [0])
    with pytest.raises(UsageError, match="no episode of 1"):
        all_cued([made_up([4], [[0, 0, 0]], [[1, 0, 0]], [[[1], [0], [0]]])])


def test_edges_are_where_they_were_written_and_not_overwritten():
    """Two edges in two locations, the first half overwritten by the second; then the second location is read."""
    labels = {"phase": np.array([0, 0, 3, 3]), "acting": np.array([0, 0, 1, 1])}
    for part, numbers in {"source": (1, 2), "edge": (7, 7), "target": (2, 3)}.items():
        for k, place in enumerate(("hundreds", "tens", "ones")):
            labels[f"due_{part}_{place}"] = np.array([-1, -1, *(int(f"{n:03d}"[k]) for n in numbers)])
    views = [{"described": [(1, 7, 2), (2, 7, 3)][: min(t, 1) + 1]} for t in range(5)]
    inside = {
        "write_weighting": np.array([[1, 0], [0.5, 0.5], [0, 0], [0, 0]], np.float32),
        "read_weightings": np.array([[[0, 0]], [[0, 0]], [[1, 0]], [[0, 1]]], np.float32),
    }
    found = decode(Trace(labels, inside, views))
    assert found.edges == [(1, 7, 2), (2, 7, 3)]
    assert found.due == found.edges
    assert found.read[:, 0].tolist() == [[0.5, 0.5], [0.0, 0.5]]
    numbers = counted([found], np.random.default_rng(0))
    assert numbers["answers"] == 2
    assert numbers["right_edge_read_most_by_a_head"] == 1
    assert numbers["weight_of_the_right_edge"] == 0.5
    assert 0.2 < numbers["edges_in_random_order"] < 0.8


def test_a_picture_of_edges_names_its_nodes_and_lines_and_lays_no_node_on_another():
    view = {
        "nodes": ["a$1$", "b$2$", "c"],
        "labels": [1, 2, 3],
        "edges": [(0, "x", 1), (1, "y", 2)],
        "positions": [(0.5, 0.5), (0.5, 0.5), (0.51, 0.5)],
        "current": 0,
        "caption": "no answer yet",
    }
    views = [view | {"step": s, "phase": phase} for s, phase in enumerate(("query", "answer", "answer"))]
    read = np.array([[[0.0, 0.0]], [[1.0, 0.0]], [[0.0, 1.0]]])
    episode = Decoded([(1, 7, 2), (2, 8, 3)], read, [None, (1, 7, 2), (2, 8, 3)], views)
    at = places(view)
    assert min(np.linalg.norm(at[a] - at[b]) for a, b in ((0, 1), (0, 2), (1, 2))) > 0.9 * GAP
    figure = Figure(layout="constrained")
    draw(episode, figure)
    figure.savefig(io.BytesIO())
    moments, table = figure.axes[:3], figure.axes[3]
    titles = [axes.get_title(loc="left") for axes in moments]
    assert titles == ["0: query, no answer yet", "1: answer, due: a$1$ x b$2$", "2: answer, due: b$2$ y c"]
    for axes in moments:
        names = [text for text in axes.texts if text.get_text() in view["nodes"]]
        assert len(names) == 3
        assert not any(text.get_parse_math() for text in names)
    rows = [label.get_text() for label in table.get_yticklabels()]
    assert rows == ["a$1$ x b$2$", "b$2$ y c"]
    (legend,) = figure.subfigs[0].legends
    assert "the edge to answer" in [text.get_text() for text in legend.get_texts()]


def test_neighbours_of_the_same_letter():
    points = np.concatenate([np.zeros((8, 2)), np.full((8, 2), 9.0)]) + np.random.default_rng(0).normal(
        size=(16, 2), scale=0.1
    )
    letters = np.repeat([0, 1], 8)
    assert same_letter(points, letters) == 1
    assert same_letter(points, np.tile([0, 1], 8)) < 0.7


def test_colours_of_weightings():
    picture = blended(
        np.array([[0.0, 1.0]], np.float32), np.array([[0.0, 1.0]], np.float32), ("#ff0000", "#0000ff")
    )
    assert picture[:, 0].tolist() == [[1, 1, 1], [0, 0, 1]]


def test_locations_come_in_the_order_of_their_first_writes():
    writes = np.array([[0, 0, 0, 1], [0, 1, 0, 0], [0, 0, 0, 1]], np.float32)
    assert by_first_write({"write_weighting": writes}).tolist() == [3, 1]
    assert by_first_write({"write_weighting": writes * 0.1}).tolist() == [0, 1, 2, 3]

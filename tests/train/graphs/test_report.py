"""Tables of an evaluation: the paper's figure beside what it is of."""

import numpy as np

from train import experiments
from train.experiments.graphs import report
from train.experiments.graphs.evaluating import Found


def test_the_paper_s_figure_stands_beside_what_it_is_of():
    heads = {}
    for name in ("traversal", "inference", "shortest-path"):
        task = experiments.find(name).task
        found = Found(np.array([True, False]), np.array([1.0, 0.5]))
        said = report.report(report.Tested("x", task, 0.9, None, 7), found, "title")
        heads[name] = list(report.columns(report.Tested("x", task, 0.9, None, 7), found))
        assert said.json["paper_of"] in said.json
        assert "take 7." in said.markdown
    right = ["tested on", "locations", "right, %", "95 % interval"]
    assert heads["traversal"] == [*right, "paper, %", "n"]
    assert heads["inference"] == [*right, "answers, %", "paper, %", "n"]
    assert heads["shortest-path"] == [*right, "paper, %", "nearly, %", "n"]
    assert report.columns(report.Tested("x", task, None, 20, 7), found)["nearly, %"] == "75.0"

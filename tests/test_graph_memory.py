"""The heat map of memory sizes, on an agent that has learnt nothing."""

from benchmarks import graph_memory
from train import experiments
from train.settings import with_settings


def test_rows_and_picture(tmp_path, monkeypatch):
    monkeypatch.setattr(graph_memory, "LOCATIONS", (4, 8))
    monkeypatch.setattr(graph_memory, "NODES", (10, 12))
    experiment = experiments.find("traversal")
    config = with_settings(experiment.default(), hidden_size=4, memory_size=4, word_size=3, read_heads=1)
    learner = experiment.build(config)
    rows = graph_memory.measure(learner, config, 3, 0)
    assert [(row["locations"], row["nodes"], row["triples"]) for row in rows] == [
        (4, 10, 30), (8, 10, 30), (4, 12, 36), (8, 12, 36),
    ]  # fmt: skip
    assert {row["right"] for row in rows} == {0.0}
    assert [row["factor"] for row in rows[:2]] == [1.0, 1.5]
    assert learner.network.core.memory_size == 4
    graph_memory.draw(rows, tmp_path / "memory.png")
    assert (tmp_path / "memory.png").stat().st_size > 1000

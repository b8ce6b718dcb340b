"""Graph tasks in the hands of a person: what the command line opens."""

import pytest

from shrdlu_env.viewer.program.app import App
from train import cli

TOWN = """from,label,to
station,north,market
market,south,station
market,east,school
school,west,market
station,east,park
park,north,school
"""


@pytest.mark.parametrize(
    ("name", "flags", "nodes"),
    [
        ("traversal", ["--graph", "town.csv"], 4),
        ("shortest-path", ["--graph", "town.csv"], 4),
        ("inference", ["--graph", "family-tree"], None),
        ("traversal", ["--graph", "family-tree"], None),
        ("inference", ["--lesson", "2"], None),
        ("navigation", ["--lesson", "2"], None),
    ],
)
def test_every_graph_task_is_played_as_its_help_says(name, flags, nodes, tmp_path, monkeypatch):
    (tmp_path / "town.csv").write_text(TOWN)
    monkeypatch.chdir(tmp_path)
    opened = []
    monkeypatch.setattr(App, "run", lambda app: opened.append(app.player))
    cli.main(["play", name, *flags])
    assert opened[0].control == "person"
    assert opened[0].hand is not None
    assert len(opened[0].episode.view(0)["nodes"]) == nodes or nodes is None


def test_a_graph_that_cannot_be_asked_about_is_refused_in_a_line(tmp_path, monkeypatch, capsys):
    (tmp_path / "short.csv").write_text("from,label,to\na,x,b\n")
    monkeypatch.chdir(tmp_path)
    for flags in (["--graph", "short.csv"], ["--graph", "none.csv"]):
        with pytest.raises(SystemExit):
            cli.main(["play", "inference", *flags])
        said = capsys.readouterr().err
        assert said.startswith("error: ")
        assert said.count("\n") == 1

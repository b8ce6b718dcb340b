"""The Underground and the family tree are test sets: no path of training leads to them."""

import ast
import csv
from pathlib import Path

import pytest

from shrdlu_env.graphs.labelled import LabelledGraph
from shrdlu_env.graphs.maps import example_map, family_tree
from train import experiments
from train.errors import UsageError
from train.experiments.graphs.given import HELD_OUT, fingerprint, read_own_graph
from train.experiments.graphs.heldout import read_test_graph
from train.settings import with_settings

FOLDER = Path(experiments.__file__).parent
#: What only an evaluation or the viewer imports, by folder of experiments.
TESTS_ALONE = {
    "graphs": {"testing", "heldout", "report", "fixed"},
    "navigation": {"testing", "report", "fixed"},
}
#: Which functions of an experiment import such a module.
ASKED_FOR = {
    "graphs": [
        ("evaluate", "train.experiments.graphs.testing"),
        ("draw_set", "train.experiments.graphs.fixed"),
        ("watch", "train.experiments.graphs.testing"),
        ("play", "train.experiments.graphs.heldout"),
    ],
    "navigation": [
        ("evaluate", "train.experiments.navigation.report"),
        ("draw_set", "train.experiments.navigation.fixed"),
        ("watch", "train.experiments.navigation.testing"),
    ],
}


def write(graph, path, edges=None):
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("from", "label", "to"))
        rows.writerows(graph.edges if edges is None else edges)
    return path


def top_level_imports(tree):
    """Imports that happen when a module is loaded, those for types alone left out."""
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            yield node.module


@pytest.mark.parametrize("folder", TESTS_ALONE)
def test_only_the_evaluation_knows_the_maps(folder):
    alone = {f"train.experiments.{name}.{module}" for name, group in TESTS_ALONE.items() for module in group}
    modules = {path.stem: ast.parse(path.read_text("utf-8")) for path in (FOLDER / folder).glob("*.py")}
    assert modules.keys() >= TESTS_ALONE[folder]
    for name, tree in modules.items():
        imported = set(top_level_imports(tree))
        if name not in TESTS_ALONE[folder]:
            assert not [m for m in imported if "graphs.maps" in m or m in alone], name
    inner = [
        (function.name, node.module)
        for function in ast.walk(modules["experiment"])
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.ImportFrom) and node.module in alone
    ]
    assert inner == ASKED_FOR[folder]


@pytest.mark.parametrize("name", ["traversal", "inference", "shortest-path"])
def test_a_map_as_a_graph_to_train_on_is_refused(tmp_path, name):
    # Whatever its edges and labels are called, and in whatever order they stand.
    edges = [(source, f"{k}", target) for k, (source, _, target) in enumerate(family_tree().edges)]
    path = write(family_tree(), tmp_path / "mine.csv", edges[::-1])
    experiment = experiments.find(name)
    config = with_settings(experiment.default(), graph=str(path), core="lstm", hidden_size=4)
    with pytest.raises(UsageError, match="the family tree is a graph to test on and never trained on"):
        experiment.build(config)


def test_other_graphs_are_taken(tmp_path):
    town = example_map()
    path = write(town, tmp_path / "town.csv")
    assert read_own_graph(str(path)).edges == town.edges
    assert fingerprint(town) not in HELD_OUT
    # One edge less is another graph.
    assert fingerprint(LabelledGraph(family_tree().edges[1:])) not in HELD_OUT


def test_test_graphs_by_name_and_by_file(tmp_path):
    assert read_test_graph("family-tree").edges == family_tree().edges
    assert HELD_OUT[fingerprint(family_tree())] == "the family tree"
    assert {name for name in HELD_OUT.values()} == {
        "the Underground (core)", "the Underground (full)", "the family tree",
    }  # fmt: skip
    path = write(example_map(), tmp_path / "town.csv")
    assert read_test_graph(str(path)).edges == example_map().edges
    with pytest.raises(UsageError, match=r"no\.csv"):
        read_test_graph("no.csv")

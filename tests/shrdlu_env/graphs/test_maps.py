"""Given graphs: the family, the example, the Underground's stations; and that nothing trains on them."""

import ast
from pathlib import Path

import numpy as np
import pytest

from shrdlu_env.graphs.labelled import LabelledGraph
from shrdlu_env.graphs.maps import example_map, family_tree, load_underground
from shrdlu_env.graphs.maps.family import COUPLES, EDGE_LABELS, RELATIONS
from shrdlu_env.graphs.maps.underground import STATIONS
from shrdlu_env.graphs.planner import follow
from shrdlu_env.graphs.simulation import Inference

ROOT = Path(__file__).resolve().parents[3]


def test_the_family():
    family = family_tree()
    assert len(family.nodes) >= 30
    assert set(family.labels) == set(EDGE_LABELS)
    assert len(EDGE_LABELS) == 10
    generation = {}
    for wife, husband, children in COUPLES:
        now = max(generation.get(wife, 1), generation.get(husband, 1))
        generation[wife] = generation[husband] = now
        for child, _ in children:
            generation[child] = now + 1
    assert set(generation) == set(family.nodes)
    assert max(generation.values()) == 4


def test_kinship_is_consistent():
    family = family_tree()
    ends = {(a, label): b for a, label, b in family.edges}
    sexes = {child: sex for _, _, children in COUPLES for child, sex in children}
    for (person, label), other in ends.items():
        if label in ("mother", "father"):
            both = [ends.get((other, kin)) for kin in ("eldest child", "youngest child")]
            assert None not in both
        if label == "husband":
            assert ends[other, "wife"] == person
        if label.endswith("brother"):
            assert sexes[other] == "m"
        if label.endswith("sister"):
            assert sexes[other] == "f"
        if "brother" in label or "sister" in label:
            assert ends[person, "mother"] == ends[other, "mother"]
            assert person != other


def test_every_named_relation_holds_for_somebody():
    family = family_tree()
    for name, compositions in RELATIONS.items():
        for composition in compositions:
            found = [follow(family, person, composition) for person in family.nodes]
            assert any(end is not None for end in found), (name, composition)
    assert follow(family, "Xaver", RELATIONS["maternal grandmother"][0]) is None
    assert follow(family, "Theo", RELATIONS["maternal uncle"][0]) == "Henrik"
    assert follow(family, "Alma", RELATIONS["maternal great uncle"][1]) == "Dietrich"


def test_four_step_relations_can_be_asked_of_the_family():
    episodes = Inference(64, graph=family_tree(), path=(4, 4)).sampler.generate(np.random.default_rng(0), 64)
    assert (episodes.answer[:, :3] >= 0).all()


def test_the_example():
    town = example_map()
    assert (len(town.nodes), len(town.edges)) == (10, 29)
    assert town.positions is not None


def test_the_underground_is_placed_where_its_stations_are_known(tmp_path):
    path = tmp_path / "tube.csv"
    path.write_text("from,line,dir,to\nBank,Central,W,Holborn\nHolborn,Central,E,Bank\n", "utf-8")
    graph = load_underground(path)
    assert graph.positions[0, 0] > graph.positions[1, 0]
    path.write_text("from,line,dir,to\nBank,Central,W,Atlantis\nAtlantis,Central,E,Bank\n", "utf-8")
    assert load_underground(path).positions is None
    apart = np.array(list(STATIONS.values()))
    distance = np.sqrt(((apart[:, None] - apart[None]) ** 2).sum(-1)) + np.eye(len(apart)) * 9
    assert distance.min() > 0.5


def imported(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_no_generator_can_reach_a_map():
    """All that lessons and ranges draw from is free of imports, names and files of the maps."""
    sources = [p for p in (ROOT / "shrdlu_env").rglob("*.py") if "maps" not in p.parts]
    assert len(sources) > 30
    for path in sources:
        assert not [name for name in imported(path) if "graphs.maps" in name], path
        text = path.read_text("utf-8").lower()
        assert "underground.csv" not in text
        assert "family" not in text or "graphs" not in path.parts, path
    package = ROOT / "shrdlu_env" / "graphs"
    files = [
        p.relative_to(package).as_posix() for p in package.rglob("*") if p.suffix in (".csv", ".json", ".npz")
    ]
    assert files == ["maps/example.csv"]


@pytest.mark.parametrize("name", ["Traversal", "ShortestPath", "Inference", "Navigation"])
def test_lessons_open_no_file_and_read_no_graph(name, monkeypatch):
    """Drawing a lesson never makes a `LabelledGraph`, which every map is."""
    from shrdlu_env.graphs import simulation

    def refuse(*_args, **_kwargs):
        raise AssertionError("a lesson asked for a given graph")

    monkeypatch.setattr(LabelledGraph, "__init__", refuse)
    monkeypatch.setattr(Path, "open", refuse)
    world = getattr(simulation, name)(4)
    for lesson in range(1, len(world.sampler.lessons) + 1):
        world.set_lesson(lesson)
        world.begin(np.random.default_rng(lesson), np.arange(4))
        assert world.sampler.graph_of(0) is None

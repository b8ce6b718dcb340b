"""Episodes given through reset's options: whole ones are taken, damaged ones refused before anything is changed."""

import subprocess
import sys
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

from shrdlu_env.graphs.arrays import (
    ANSWER,
    ASK,
    EDGES,
    GOAL,
    LENGTH,
    LESSON,
    NODES,
    PLAN,
    ROUNDS,
    SOURCE,
    Episodes,
)
from shrdlu_env.graphs.episode_checks import check_episodes
from shrdlu_env.graphs.labelled import LabelledGraph
from shrdlu_env.graphs.maps import example_map
from shrdlu_env.graphs.relations import SEQUENCES
from shrdlu_env.graphs.simulation import Inference, Navigation, ShortestPath, Traversal

ROOT = Path(__file__).resolve().parents[3]
# All of one size, so that the shapes of one task's episodes are those of another's.
SIZES = {"nodes": (6, 6), "degree": (2, 2), "path": (3, 3)}
WORLDS = {
    "Traversal": Traversal,
    "ShortestPath": ShortestPath,
    "Navigation": Navigation,
    "Inference": Inference,
}


def small(task, n=1, **arguments):
    return WORLDS[task](n, **SIZES, **arguments)


def drawn(task, n=1, seed=0, **arguments):
    return small(task, n, **arguments).sampler.generate(np.random.default_rng(seed), n)


def changed(episodes, name, place, value):
    """Copies of episodes in which one entry of the first is another."""
    part = getattr(episodes, name).copy()
    part[(0, *place)] = value
    return episodes._replace(**{name: part})


@pytest.mark.parametrize("task", WORLDS)
def test_what_a_sampler_draws_is_taken(task):
    world = WORLDS[task]
    for lesson in range(1, 13):
        sampler = world(1, lesson=lesson).sampler
        check_episodes(sampler.generate(np.random.default_rng(lesson), 50), sampler, 50)
    simulation = small(task, 2)
    rng = np.random.default_rng(0)
    large = WORLDS[task](2, **SIZES | {"nodes": (20, 20)}).sampler.generate(rng, 2)
    simulation.begin(rng, np.arange(2), simulation.check_options({"episodes": large}, 2))
    assert np.array_equal(simulation.episodes.labels, large.labels)
    # What is left in the larger room belongs to no episode, and is not looked at.
    simulation.begin(rng, np.arange(2))
    check_episodes(simulation.episodes, simulation.sampler, 2)


@pytest.mark.parametrize("task", ["Traversal", "ShortestPath", "Navigation"])
@pytest.mark.parametrize("given", [example_map(), lambda rng: example_map()])
def test_those_of_given_graphs_are_taken(task, given):
    sampler = WORLDS[task](1, graph=example_map()).sampler
    episodes = sampler.generate(np.random.default_rng(0), 40)
    check_episodes(episodes, WORLDS[task](1, graph=given).sampler, 40)
    if task != "Traversal":
        every = sampler.every_path(np.random.default_rng(0))
        check_episodes(every, sampler, len(every.meta))


def test_a_node_without_a_way_to_the_goal_is_taken():
    graph = LabelledGraph([("a", "x", "b"), ("c", "x", "c"), ("b", "x", "d"), ("d", "y", "b")])
    sampler = Navigation(1, graph=graph, path=(2, 2)).sampler
    episodes = sampler.every_path(np.random.default_rng(0))
    assert (episodes.distance == -1).any()
    check_episodes(episodes, sampler, len(episodes.meta))


@pytest.mark.parametrize("task", WORLDS)
@pytest.mark.parametrize("other", WORLDS)
def test_episodes_of_another_task_are_refused(task, other):
    episodes = drawn(task)
    alike = {task, other} <= {"ShortestPath", "Navigation"} or task == other
    sampler = small(other).sampler
    if alike:
        check_episodes(episodes, sampler, 1)
    else:
        with pytest.raises(ValueError, match=r"^episodes\."):
            check_episodes(episodes, sampler, 1)


@pytest.mark.parametrize(
    ("task", "name", "place", "value", "said"),
    [
        ("Traversal", "meta", (NODES,), 0, r"meta\[0\]: nodes is 0, must be from 1 to 6"),
        ("Traversal", "meta", (NODES,), 7, "nodes is 7, must be from 1 to 6"),
        ("Traversal", "meta", (NODES,), 5, "offsets.*number of edges"),
        ("Traversal", "meta", (EDGES,), -5, "edges is -5, must be from 1 to 12"),
        ("Traversal", "meta", (EDGES,), 10**6, "edges is 1000000"),
        ("Traversal", "meta", (EDGES,), 11, "offsets.*number of edges"),
        ("Traversal", "meta", (LENGTH,), 0, "length is 0, must be from 1 to 3"),
        ("Traversal", "meta", (LENGTH,), 2, "query steps is 3, must be 2"),
        ("Traversal", "meta", (ROUNDS,), 0, "rounds is 0, must be 1"),
        ("Traversal", "meta", (ROUNDS,), 2, "rounds is 2, must be 1"),
        ("Inference", "meta", (ROUNDS,), 4, "rounds is 4, must be from 1 to 3"),
        ("Traversal", "meta", (ASK,), 2, "query steps is 2, must be 3"),
        ("Navigation", "meta", (ASK,), 0, "query steps is 0, must be 1"),
        ("Navigation", "meta", (PLAN,), -1, "planning steps is -1, must be from 0 to 10000"),
        ("Navigation", "meta", (PLAN,), 10001, "planning steps is 10001"),
        ("Traversal", "meta", (ANSWER,), 4, "answer steps is 4, must be 3"),
        ("Inference", "meta", (ANSWER,), 2, "answer steps is 2, must be 1"),
        ("Navigation", "meta", (ANSWER,), 2, "answer steps is 2, must be from 3 to 9"),
        ("Navigation", "meta", (ANSWER,), 10, "answer steps is 10, must be from 3 to 9"),
        ("Navigation", "meta", (SOURCE,), -1, "start node is -1, must be from 0 to 5"),
        ("Navigation", "meta", (SOURCE,), 10**6, "start node is 1000000"),
        ("Navigation", "meta", (GOAL,), 6, "goal node is 6, must be from 0 to 5"),
        ("Inference", "meta", (GOAL,), 0, "goal node is 0, must be -1"),
        ("Inference", "meta", (LENGTH,), 2, "length must be those of the first relation"),
        ("Navigation", "meta", (LENGTH,), 2, "length must be the distance"),
        ("Navigation", "meta", (LESSON,), 13, "lesson is 13, must be from 0 to 12"),
        ("Traversal", "labels", (0,), 1000, r"labels\[0\]: must be distinct, 0 to 999"),
        ("Traversal", "labels", (0,), -5, "labels.*must be distinct, 0 to 999"),
        ("Navigation", "positions", (0, 1), np.nan, "positions.*from 0 to 1"),
        ("Navigation", "positions", (0, 0), 1.5, "positions.*from 0 to 1"),
        ("Navigation", "offsets", (0,), 1, "offsets.*must rise from 0"),
        ("Navigation", "offsets", (1,), 30000, "offsets.*must rise from 0"),
        ("Navigation", "offsets", (1,), -30000, "offsets.*must rise from 0"),
        ("Navigation", "offsets", (6,), 11, "offsets.*must rise from 0"),
        ("Navigation", "sources", (0,), 6, "sources.*must be nodes"),
        ("Navigation", "sources", (0,), 1, "sources.*as offsets say"),
        ("Navigation", "targets", (0,), 32000, "targets.*must be nodes"),
        ("ShortestPath", "targets", (0,), -32000, "targets.*must be nodes"),
        ("Traversal", "edges", (0,), 1000, "edges.*0 to 999"),
        ("Traversal", "edges", (0,), 999, "edges.*rising among the edges of a node"),
        ("Inference", "edges", (1,), 10, "edges.*0 to 9, rising"),
        ("Traversal", "order", (0,), 32000, "order.*must name every edge once"),
        ("Traversal", "order", (0,), -1, "order.*must name every edge once"),
        ("Traversal", "query", (0, 0), -1, "query.*must be the start node"),
        ("Traversal", "query", (1, 0), 5, "query.*must be the start node"),
        ("Traversal", "query", (0, 1), 1000, "query.*edge labels of the answer"),
        ("Navigation", "query", (0, 2), 32000, "query.*a blank, the goal node"),
        ("Inference", "query", (2, 0), 32000, "query.*a node, a relation from 10 to 409, a blank"),
        ("Inference", "query", (2, 1), 410, "query.*a relation from 10 to 409"),
        ("Inference", "query", (2, 1), 9, "query.*a relation from 10 to 409"),
        ("Inference", "query", (1, 2), 0, "query.*a blank"),
        ("Traversal", "answer", (1, 0), 1000, "answer.*follow each other"),
        ("Traversal", "answer", (1, 1), -1, "answer.*follow each other"),
        ("Navigation", "answer", (2, 2), 1000, "answer.*follow each other"),
        ("Inference", "answer", (0, 2), 1000, "answer.*that the relation leads to"),
        ("Navigation", "distance", (0,), 32000, "distance.*from every node to the goal"),
        ("Navigation", "distance", (0,), -2, "distance.*from every node to the goal"),
    ],
)
def test_damage_is_refused(task, name, place, value, said):
    episodes = drawn(task)
    damaged = changed(episodes, name, place, value)
    assert getattr(damaged, name)[(0, *place)] != getattr(episodes, name)[(0, *place)]
    with pytest.raises(ValueError, match=said) as raised:
        check_episodes(damaged, small(task).sampler, 1)
    assert str(raised.value).startswith(f"episodes.{name}[0]: ") or name == "meta"
    assert "\n" not in str(raised.value)


def test_other_nodes_and_relations_than_those_told_are_refused():
    walk, way, relation = drawn("Traversal"), drawn("Navigation"), drawn("Inference")
    walks, ways, relations = (small(task).sampler for task in ("Traversal", "Navigation", "Inference"))
    with pytest.raises(ValueError, match=r"labels.*distinct"):
        check_episodes(changed(walk, "labels", (0,), walk.labels[0, 1]), walks, 1)
    goal, start = int(walk.meta[0, GOAL]), int(relation.meta[0, SOURCE])
    with pytest.raises(ValueError, match=r"answer.*must end at the goal node"):
        check_episodes(changed(walk, "meta", (GOAL,), (goal + 1) % 6), walks, 1)
    goal = int(way.meta[0, GOAL])
    with pytest.raises(ValueError, match=r"distance.*from every node to the goal"):
        check_episodes(changed(way, "meta", (GOAL,), (goal + 1) % 6), ways, 1)
    with pytest.raises(ValueError, match=r"start node and length"):
        check_episodes(changed(relation, "meta", (SOURCE,), (start + 1) % 6), relations, 1)
    # A relation that begins with a label which does not leave the node asked about.
    leaving = relation.edges[0, slice(*relation.offsets[0, start : start + 2])]
    other = 10 + next(k for k, labels in enumerate(SEQUENCES) if labels[0] not in leaving)
    asked = changed(changed(relation, "query", (0, 1), other), "answer", (0, 1), other)
    with pytest.raises(ValueError, match=r"answer.*that the relation leads to"):
        check_episodes(asked, relations, 1)


def test_types_shapes_and_numbers():
    sampler, episodes = small("Traversal").sampler, drawn("Traversal")
    for value in ([1], None, tuple(episodes)):
        with pytest.raises(TypeError, match="must be Episodes"):
            check_episodes(value, sampler, 1)
    for value in (episodes.labels + 0.5, episodes.labels.astype(np.int64), None, episodes.labels.tolist()):
        with pytest.raises(TypeError, match=r"episodes\.labels has type .*: must be an array of int16"):
            check_episodes(episodes._replace(labels=value), sampler, 1)
    for name in Episodes._fields:
        part = getattr(episodes, name)
        with pytest.raises(ValueError, match=r"episodes\.\w+ has shape .*: must be "):
            check_episodes(episodes._replace(**{name: part[..., None]}), sampler, 1)
        if name not in ("meta", "names"):
            with pytest.raises(ValueError, match=r"episodes\.\w+ has shape .*: must be \(1, "):
                check_episodes(episodes._replace(**{name: part[:, :-1]}), sampler, 1)
        if name != "meta":
            with pytest.raises(ValueError, match=rf"episodes\.{name} has shape .*: must be \(1, "):
                check_episodes(episodes._replace(**{name: np.repeat(part, 2, axis=0)}), sampler, 1)
    with pytest.raises(ValueError, match="episodes holds 1: must be 2, one for each to begin"):
        check_episodes(episodes, sampler, 2)


def test_a_mask_hides_nothing():
    episodes = drawn("Navigation")
    damaged = changed(episodes, "targets", (0,), 32000)
    hidden = np.ma.masked_greater(damaged.targets, 31999)
    with pytest.raises(ValueError, match=r"targets.*must be nodes"):
        check_episodes(damaged._replace(targets=hidden), small("Navigation").sampler, 1)
    taken = check_episodes(
        episodes._replace(targets=np.ma.array(episodes.targets)), small("Navigation").sampler, 1
    )
    assert type(taken.targets) is np.ndarray


def test_what_an_environment_cannot_show_is_refused():
    wide = Navigation(1, nodes=(9, 9), degree=(3, 3), path=(1, 2)).sampler
    episodes = wide.generate(np.random.default_rng(0), 1)
    check_episodes(episodes, Navigation(1, nodes=(5, 5), degree=(1, 2), path=(1, 2), slots=3).sampler, 1)
    with pytest.raises(ValueError, match=r"offsets.*at most slots=2 edges may leave a node"):
        check_episodes(episodes, Navigation(1, nodes=(5, 5), degree=(1, 2), path=(1, 2), slots=2).sampler, 1)
    short = Navigation(1, nodes=(5, 5), degree=(1, 2), path=(1, 2), max_triples=20).sampler
    with pytest.raises(ValueError, match="edges is 27, must be from 1 to 20"):
        check_episodes(episodes, short, 1)


def test_another_graph_than_the_given_one_is_refused():
    ring = LabelledGraph([("a", "x", "b"), ("b", "x", "c"), ("c", "y", "a")])
    back = LabelledGraph([("a", "x", "c"), ("b", "x", "a"), ("c", "y", "b")])
    sampler = Traversal(1, graph=ring, path=(2, 2)).sampler
    episodes = sampler.generate(np.random.default_rng(0), 3)
    check_episodes(episodes, sampler, 3)
    for value in (-1, 1000, episodes.names[0, 1]):
        with pytest.raises(ValueError, match=r"names\[0\]: must be 2 distinct labels, 0 to 999"):
            check_episodes(changed(episodes, "names", (0,), value), sampler, 3)
    with pytest.raises(ValueError, match=r"names.*must be 2 distinct"):
        check_episodes(episodes._replace(names=episodes.names[:, :1]), sampler, 3)
    other = Traversal(1, graph=back, path=(2, 2)).sampler.generate(np.random.default_rng(0), 3)
    with pytest.raises(ValueError, match=r"targets.*must be those of the given graph"):
        check_episodes(other, sampler, 3)
    random = Traversal(1, nodes=(5, 5), path=(2, 2)).sampler.generate(np.random.default_rng(0), 3)
    with pytest.raises(ValueError, match="must have the 3 nodes and 3 edges of the given graph"):
        check_episodes(random, sampler, 3)


def test_reset_checks_before_it_changes_anything():
    damaged = changed(drawn("Navigation"), "targets", (0,), 32000)
    env = gym.make("shrdlu_env/GraphNavigation-v0", **SIZES)
    env.reset(seed=0)
    before = env.unwrapped.view()
    with pytest.raises(ValueError, match="targets"):
        env.reset(seed=1, options={"episodes": damaged})
    assert env.unwrapped.view() == before
    envs = gym.make_vec("shrdlu_env/GraphNavigation-v0", 3, "vector_entry_point", **SIZES)
    envs.reset(seed=0)
    mask = np.array([False, True, False])
    with pytest.raises(ValueError, match=r"targets\[0\]"):
        envs.reset(options={"episodes": damaged, "reset_mask": mask})
    second = drawn("Navigation").joined(damaged)
    with pytest.raises(ValueError, match=r"targets\[1\]"):
        envs.reset(options={"episodes": second, "reset_mask": ~mask})


# Without numba, where a place past an array's end is an error and not a wrong number.
FUZZ = """
import sys, warnings
warnings.simplefilter("error")
sys.modules["numba"] = None
import numpy as np
import shrdlu_env
from shrdlu_env.graphs import envs
from shrdlu_env.graphs.maps import example_map

values = [-32768, -1000, -2, -1, 0, 1, 2, 3, 5, 9, 10, 100, 409, 410, 999, 1000, 32767]
rng = np.random.default_rng(0)
worlds = [(task, {"nodes": (3, 6), "degree": (1, 3), "path": (2, 2)}) for task in
          ("Traversal", "ShortestPath", "Inference", "Navigation")]
worlds += [(task, {"graph": example_map(), "path": (2, 3)}) for task in ("Traversal", "Navigation")]
refused = taken = 0
for task, arguments in worlds:
    env = getattr(envs, f"Graph{task}VectorEnv")(2, autoreset_mode="Disabled", **arguments)
    env.action_space.seed(0)
    sampler = env.simulation.sampler
    for name in sampler.empty(1)._fields:
        for _ in range(20):
            episodes = sampler.generate(rng, 2)
            part = getattr(episodes, name)
            if part.size == 0:
                continue
            place = tuple(int(rng.integers(size)) for size in part.shape)
            value = int(rng.choice(values)) if rng.random() < 0.7 else part[place] + rng.integers(-3, 4)
            part[place] = np.nan if name == "positions" and rng.random() < 0.3 else value
            try:
                observations, infos = env.reset(options={"episodes": episodes})
            except ValueError as error:
                assert str(error).startswith("episodes."), error
                refused += 1
                continue
            taken += 1
            over = np.zeros(2, bool)
            for _ in range(2 + int(episodes.lengths.max())):
                if infos["phase"].max() > 1 or rng.random() < 0.1:
                    env.view(0), env.view(1)
                assert np.isin(observations, (0, 1)).all()
                if over.all():
                    break
                actions = env.action_space.sample()
                if rng.random() < 0.7:
                    best = infos.get("optimal_actions")
                    actions = np.maximum(infos["answer"], 0) if best is None else best.argmax(1)
                observations, _, over, _, infos = env.step(actions)
            assert over.all()
print(refused, taken)
"""


def test_what_is_not_refused_is_played_to_its_end():
    done = subprocess.run([sys.executable, "-c", FUZZ], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    refused, taken = map(int, done.stdout.split())
    assert refused > 500
    assert taken > 100

"""Episodes in motion, answered from the observations alone by a plain reader; rewards, infos and ends."""

import copy

import networkx as nx
import numpy as np
import pytest

from shrdlu_env.graphs.arrays import PLAN
from shrdlu_env.graphs.labelled import LabelledGraph
from shrdlu_env.graphs.maps import example_map
from shrdlu_env.graphs.relations import SEQUENCES
from shrdlu_env.graphs.simulation import Inference, Navigation, ShortestPath, Traversal
from shrdlu_env.task import Phase
from tests.shrdlu_env.graphs.reading import Reader, digits_of, number_of, slots_of, triple_of

N = 8


class Play:
    """Drives a simulation with one reader per row; `choose(row, reader, observation, info)` acts."""

    def __init__(self, simulation, seed=0):
        self.simulation, self.rng = simulation, np.random.default_rng(seed)
        self.rows = np.arange(simulation.num_envs)
        simulation.begin(self.rng, self.rows)
        self.readers = [Reader() for _ in self.rows]
        self.returns = np.zeros(len(self.rows))

    def see(self):
        space = self.simulation.observation_space
        out = np.full((len(self.rows), *space.shape), 7, np.float32)
        self.simulation.observe(self.rows, out)
        assert np.isin(out, (0, 1)).all()
        return out, self.simulation.infos()

    def run(self, choose):
        """To the end of all episodes; returns the last infos."""
        simulation = self.simulation
        for _ in range(3000):
            over = simulation.over
            observations, infos = self.see()
            if over.all():
                return infos
            shape = (len(self.rows), *simulation.action_space.shape)
            actions = np.zeros(shape, np.int64)
            for row in self.rows[~over]:
                phase = self.readers[row].see(observations[row])
                assert Phase(infos["phase"][row]).word == phase
                assert infos["acting"][row] == (phase == "answer")
                if phase == "answer":
                    info = {key: value[row] for key, value in infos.items()}
                    actions[row] = choose(row, self.readers[row], observations[row], info)
                else:
                    assert (infos["answer"][row] == -1).all()
            before = simulation.state.score[:, 0].copy()
            simulation.advance(actions)
            assert (simulation.rewards[over] == 0).all()
            assert before.shape == simulation.rewards.shape
            self.returns += simulation.rewards
        raise AssertionError("an episode does not end")


def right_walk(row, reader, observation, info):
    assert not observation[:90].any()
    answer = digits_of(reader.walk()[reader.steps["answer"] - 1])
    assert info["answer"].tolist() == answer
    return answer


@pytest.mark.parametrize("lesson", [1, 8, 14])
def test_traversal_is_answered_from_the_observations_alone(lesson):
    play = Play(Traversal(N, lesson=lesson), lesson)
    infos = play.run(right_walk)
    assert infos["success"].all()
    assert infos["perfect"].all()
    assert (infos["satisfied"] == 1).all()
    assert not infos["acting"].any()
    for row, reader in enumerate(play.readers):
        assert (
            reader.steps["query"] == reader.steps["answer"] == infos["min_moves"][row] == infos["moves"][row]
        )
        assert reader.steps["plan"] == 0
        assert play.returns[row] == reader.steps["query"]
        ranges = play.simulation.sampler.lessons[lesson - 1]
        assert ranges.path[0] <= reader.steps["query"] <= ranges.path[1]
        assert ranges.nodes[0] * ranges.degree[0] <= len(reader.ends) <= ranges.nodes[1] * ranges.degree[1]


def test_wrong_answers_and_shares_of_digits():
    play = Play(Traversal(N, lesson=6, right_reward=2.0, digit_reward=0.5))

    def choose(row, reader, observation, info):
        digits = right_walk(row, reader, observation, info)
        if reader.steps["answer"] == 1:
            digits[8] = (digits[8] + 1) % 10
        return digits

    infos = play.run(choose)
    due = infos["min_moves"]
    assert not infos["success"].any()
    assert np.allclose(infos["satisfied"], (due - 1) / due)
    assert np.allclose(play.returns, 2.0 * (due - 1) + 0.5 * (due - 1 + 8 / 9))


@pytest.mark.parametrize("lesson", [1, 9, 17])
def test_inference_is_answered_from_the_observations_and_the_table(lesson):
    play = Play(Inference(N, lesson=lesson, planning_steps=(2, 5)), lesson)
    lengths = []

    def choose(row, reader, observation, info):
        assert not observation[:90].any()
        answer = reader.relation(SEQUENCES)
        lengths.append(len(SEQUENCES[answer[1] - 10]))
        assert info["answer"].tolist() == digits_of(answer)
        return digits_of(answer)

    infos = play.run(choose)
    assert infos["perfect"].all()
    assert (infos["min_moves"] == 3).all()
    assert (play.returns == 3).all()
    low, high = play.simulation.sampler.lessons[lesson - 1].path
    assert low <= min(lengths)
    assert max(lengths) <= high
    for reader in play.readers:
        assert reader.steps["query"] == reader.steps["answer"] == 3
        assert 6 <= reader.steps["plan"] <= 15
        assert reader.steps["plan"] % 3 == 0
        assert {edge for _, edge in reader.ends} <= set(range(10))


@pytest.mark.parametrize("lesson", [1, 8, 15])
def test_shortest_path_is_found_from_the_observations_alone(lesson):
    play = Play(ShortestPath(N, lesson=lesson), lesson)

    def choose(row, reader, observation, info):
        source, blank, goal = reader.query[0]
        assert blank is None
        shown = triple_of(observation)
        first = reader.steps["answer"] == 1
        assert (shown == (None, None, None)) == first
        here = source if first else shown[2]
        best = [digits_of(triple) for triple in reader.best(here, goal)]
        assert info["answer"].tolist() in best
        return best[row % len(best)]

    infos = play.run(choose)
    assert infos["perfect"].all()
    assert np.allclose(play.returns, 1 - 0.05 * infos["min_moves"])
    for row, reader in enumerate(play.readers):
        assert reader.steps["plan"] == 10
        source, _, goal = reader.query[0]
        assert reader.distances(goal)[source] == infos["min_moves"][row] == reader.steps["answer"]


def test_a_triple_that_does_not_leave_the_node_moves_nothing():
    play = Play(ShortestPath(N, lesson=7, extra_moves=2, step_cost=0.25, illegal_cost=0.5))
    illegal = play.run(lambda row, reader, observation, info: [0] * 9)
    assert not illegal["success"].any()
    assert (illegal["satisfied"] == 0).all()
    assert (illegal["moves"] == illegal["min_moves"] + 2).all()
    assert np.allclose(play.returns, -0.75 * illegal["moves"])
    for row, reader in enumerate(play.readers):
        assert reader.steps["answer"] == illegal["moves"][row]

    def wrong_end(row, reader, observation, info):
        digits = info["answer"].astype(int).tolist()
        digits[row] = (digits[row] + 1) % 10
        assert triple_of(observation) == (None, None, None)
        return digits

    play = Play(ShortestPath(9, lesson=7, extra_moves=2), 1)
    assert not play.run(wrong_end)["moves"].min() < 4


@pytest.mark.parametrize("lesson", [1, 6, 12])
def test_navigation_from_the_observations_alone(lesson):
    play = Play(Navigation(N, lesson=lesson, planning_steps=3), lesson)

    def choose(row, reader, observation, info):
        source, _, goal = reader.query[0]
        here, blank, shown_goal = triple_of(observation)
        assert blank is None
        assert shown_goal == goal
        if reader.steps["answer"] == 1:
            assert here == source
        slots = slots_of(observation)
        leaving = sorted(edge for (a, edge) in reader.ends if a == here)
        assert slots == leaving + [None] * (12 - len(leaving))
        assert info["action_mask"].tolist() == [int(label is not None) for label in slots]
        best = [edge for _, edge, _ in reader.best(here, goal)]
        assert info["optimal_actions"].tolist() == [label in best and label is not None for label in slots]
        assert number_of(info["answer"][3:6]) in best
        return slots.index(best[-1])

    infos = play.run(choose)
    assert infos["perfect"].all()
    assert np.allclose(play.returns, 1 - 0.05 * infos["min_moves"])


def test_random_walks_are_scored_by_what_is_left():
    play = Play(Navigation(64, lesson=9, planning_steps=0, slots=6))
    rng = np.random.default_rng(1)
    trails = [[] for _ in range(64)]

    def choose(row, reader, observation, info):
        here, _, goal = triple_of(observation)
        trails[row].append(here)
        left = reader.distances(goal).get(here)
        due = info["min_moves"]
        assert info["satisfied"] == (0 if left is None else max(0.0, (due - left) / due))
        assert not info["success"]
        return int(rng.integers(0, 6))

    infos = play.run(choose)
    assert 0 < infos["success"].mean() < 1
    moves = np.array([len(trail) for trail in trails])
    assert (infos["moves"] == moves).all()
    assert (infos["perfect"] == (infos["success"] & (moves == infos["min_moves"]))).all()
    illegal = (play.simulation.state.given[:, :, 0] == -1).sum(1) - (
        play.simulation.state.given.shape[1] - moves
    )
    assert np.allclose(play.returns, infos["success"] - 0.05 * moves - 0.1 * illegal)


def test_a_dead_end_ends_the_episode():
    graph = LabelledGraph([("a", "x", "b"), ("a", "y", "c"), ("b", "x", "d")])
    play = Play(Navigation(32, graph=graph, path=(2, 2)))

    def choose(row, reader, observation, info):
        return 1 - int(info["optimal_actions"].argmax())

    infos = play.run(choose)
    assert not infos["success"].any()
    assert (infos["moves"] == 1).all()
    assert (infos["satisfied"] == 0).all()


@pytest.mark.parametrize(
    ("planning_steps", "allowed"),
    [(0, {0}), (7, {7}), ((2, 4), {2, 3, 4}), (0.5, None)],
)
def test_planning_steps(planning_steps, allowed):
    play = Play(Navigation(24, lesson=4, planning_steps=planning_steps))
    play.run(lambda row, reader, observation, info: int(info["optimal_actions"].argmax()))
    counts = [reader.steps["plan"] for reader in play.readers]
    if allowed is None:
        assert counts == [round(0.5 * len(reader.ends)) for reader in play.readers]
    else:
        assert set(counts) == allowed


def test_given_episodes_begin_in_given_rows():
    simulation = Navigation(6, lesson=5)
    rng = np.random.default_rng(0)
    simulation.begin(rng, np.arange(6))
    given = simulation.sampler.generate(np.random.default_rng(8), 2)
    before = simulation.episodes.labels.copy()
    checked = simulation.check_options({"episodes": given}, 2)
    simulation.begin(rng, np.array([4, 1]), checked)
    assert np.array_equal(simulation.episodes.labels[[4, 1]], given.labels)
    assert np.array_equal(simulation.episodes.labels[[0, 2, 3, 5]], before[[0, 2, 3, 5]])
    large = Navigation(1, nodes=(60, 60), path=(1, 4)).sampler.generate(rng, 1)
    with pytest.raises(ValueError, match=r"episodes\.query has shape \(1, 4, 3\)"):
        simulation.check_options({"episodes": large}, 1)
    with pytest.raises(ValueError, match="must be 3"):
        simulation.check_options({"episodes": given}, 3)
    with pytest.raises(TypeError, match="must be Episodes"):
        simulation.check_options({"episodes": [1]}, 1)


def test_every_path_of_a_given_graph():
    town = example_map()
    oracle = dict(nx.all_pairs_shortest_path_length(nx.DiGraph((a, b) for a, _, b in town.edges)))
    wanted = {(a, b) for a in town.nodes for b in town.nodes if oracle[a].get(b) == 3}
    sampler = Navigation(1, graph=town, path=(3, 3)).sampler
    episodes = sampler.every_path(np.random.default_rng(0))
    simulation = Navigation(len(wanted), graph=town, path=(3, 3))
    simulation.begin(np.random.default_rng(1), np.arange(len(wanted)), {"episodes": episodes})
    pairs = []
    for row in range(len(wanted)):
        names = simulation.view(row)["nodes"]
        source, goal = episodes.meta[row, [7, 8]]
        pairs.append((names[source], names[goal]))
    assert len(pairs) == len(wanted)
    assert set(pairs) == wanted
    while not simulation.over.all():
        infos = simulation.infos()
        simulation.advance(infos["optimal_actions"].argmax(1))
    assert simulation.infos()["perfect"].all()
    with pytest.raises(ValueError, match="every_path"):
        Navigation(1).sampler.every_path(np.random.default_rng(0))


def test_a_copy_goes_on_as_the_original():
    simulation = ShortestPath(3, lesson=3)
    simulation.begin(np.random.default_rng(0), np.arange(3))
    simulation.advance(np.zeros((3, 9), np.int64))
    other = copy.deepcopy(simulation)
    simulation.advance(np.zeros((3, 9), np.int64))
    assert (other.state.clock[:, 0] == 1).all()
    other.advance(np.zeros((3, 9), np.int64))
    for key, value in simulation.infos().items():
        assert np.array_equal(value, other.infos()[key])


def test_leaving_triples():
    play = Play(ShortestPath(5, lesson=6))

    def choose(row, reader, observation, info):
        triples, optimal = play.simulation.leaving()
        shown = triple_of(observation)
        here = reader.query[0][0] if reader.steps["answer"] == 1 else shown[2]
        wanted = sorted((a, e, b) for (a, e), b in reader.ends.items() if a == here)
        assert [tuple(t) for t in triples[row].tolist() if t[0] >= 0] == wanted
        best = reader.best(here, reader.query[0][2])
        assert [tuple(t) in best for t in triples[row].tolist()] == optimal[row].tolist()
        return digits_of(triples[row, int(optimal[row].argmax())].tolist())

    assert play.run(choose)["perfect"].all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Traversal(0), "num_envs=0"),
        (lambda: Traversal(1, lesson=15), "lesson=15"),
        (lambda: Traversal(1, lesson=2, path=(1, 2)), "not both"),
        (lambda: Traversal(1, path=(2, 1)), r"path=\(2, 1\)"),
        (lambda: Traversal(1, nodes=(1, 3)), r"nodes=\(1, 3\)"),
        (lambda: Traversal(1, path=(1, 2), earlier=0.1), "earlier"),
        (lambda: Traversal(1, right_reward=-1), "right_reward"),
        (lambda: Traversal(1, lesson=14, max_triples=50), "max_triples=50"),
        (lambda: Inference(1, path=(1, 2)), "path"),
        (lambda: Inference(1, nodes=(30, 30), degree=(2, 11), path=(2, 2)), "10 edge labels"),
        (lambda: Inference(1, queries=0), "queries=0"),
        (lambda: ShortestPath(1, nodes=(3, 3), degree=(2, 2), path=(2, 2)), "no such graph"),
        (lambda: ShortestPath(1, planning_steps=-1), "planning_steps=-1"),
        (lambda: ShortestPath(1, planning_steps=-0.5), "planning_steps=-0.5"),
        (
            lambda: Traversal(1, planning_steps=1e9),
            r"planning_steps=1000000000\.0: must be a number from 0 to 10000",
        ),
        (lambda: Inference(1, planning_steps=1e300), r"planning_steps=1e\+300: .* from 0 to 10000"),
        (lambda: Navigation(1, planning_steps=float("inf")), "planning_steps=inf: .* from 0 to 10000"),
        (lambda: ShortestPath(1, planning_steps=float("nan")), "planning_steps=nan: .* from 0 to 10000"),
        (lambda: ShortestPath(1, lesson=1, planning_steps=70.0), "up to 150 triples are more than 10000"),
        (lambda: Navigation(1, nodes=(5, 5), degree=(2, 2), planning_steps=1000.5), "up to 10 triples"),
        (lambda: Traversal(1, graph=example_map(), planning_steps=500.0), "triples are more than 10000"),
        (lambda: ShortestPath(1, extra_moves=-1), "extra_moves=-1"),
        (lambda: Navigation(1, slots=0), "slots=0"),
        (lambda: Navigation(1, slots=3), "slots=3"),
        (lambda: Navigation(1, graph=LabelledGraph([(0, k, 1) for k in range(13)])), "13 leaving edges"),
        (lambda: Navigation(1, graph=LabelledGraph([(0, 0, 1)]), path=(2, 3)), "no such graph"),
        (lambda: Navigation(1, graph=LabelledGraph([(0, 0, 1), (1, 0, 0)]), max_triples=1), "2 triples"),
        (lambda: Navigation(1, graph=LabelledGraph([(0, 0, 1)]), nodes=(2, 2)), "graph was given"),
        (lambda: Navigation(1, graph=LabelledGraph([(0, 0, 1)]), lesson=2), "not both"),
        (lambda: Inference(1, graph=LabelledGraph([(k, k, k + 1) for k in range(11)])), "11 edge labels"),
    ],
)
def test_refused_in_one_line(make, message):
    with pytest.raises(ValueError, match=message) as raised:
        make()
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "make", [lambda: Traversal(1, path=3), lambda: Traversal(1, lesson="a"), lambda: Traversal(1, graph=5)]
)
def test_wrong_types(make):
    with pytest.raises(TypeError):
        make()


def test_set_lesson():
    simulation = Traversal(2, lesson=2)
    simulation.set_lesson(5, 0.2)
    assert (simulation.lesson, simulation.sampler.earlier) == (5, 0.2)
    with pytest.raises(ValueError, match="lesson=15"):
        simulation.set_lesson(15)
    assert simulation.lesson == 5
    with pytest.raises(ValueError, match="know no lessons"):
        Traversal(1, path=(1, 1)).set_lesson(1)


def test_a_function_whose_graphs_cannot_be_shown_is_refused_when_it_returns_one():
    simulation = Navigation(1, graph=lambda rng: LabelledGraph([(0, k, 1) for k in range(20)]))
    with pytest.raises(ValueError, match="20 leaving edges"):
        simulation.begin(np.random.default_rng(0), np.arange(1))
    simulation = Traversal(1, graph=lambda rng: example_map(), planning_steps=500.0)
    with pytest.raises(ValueError, match=r"planning_steps=500\.0: .*more than 10000"):
        simulation.begin(np.random.default_rng(0), np.arange(1))
    simulation = Navigation(1, nodes=(5, 5), degree=(2, 2), planning_steps=1000.0)
    simulation.begin(np.random.default_rng(0), np.arange(1))
    assert simulation.episodes.meta[0, PLAN] == 10000

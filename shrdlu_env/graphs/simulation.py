"""n episodes of a graph task with all that the single and the vector environment share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from shrdlu_env.checks import check_names, check_whole
from shrdlu_env.graphs.arrays import (
    ASK,
    EDGES,
    INFERENCE,
    LESSON,
    NAVIGATION,
    ROUNDS,
    SHORTEST_PATH,
    TRAVERSAL,
    Episodes,
)
from shrdlu_env.graphs.checks import Range, check_amount
from shrdlu_env.graphs.coding import DIGITS, LABEL_WIDTH, WIDTH
from shrdlu_env.graphs.dynamics import DONE, PHASE, State, advance, begin
from shrdlu_env.graphs.episode_checks import check_episodes
from shrdlu_env.graphs.labels import digits_by_name
from shrdlu_env.graphs.observing import FLAG_KEYS, NUMBER_KEYS, fill_infos, fill_leaving, observe
from shrdlu_env.graphs.sampling import GraphSampler
from shrdlu_env.graphs.view import GraphDictObservation, GraphView, make_dict_observation, make_view, text_of
from shrdlu_env.task import MAX_ENVS, NO_OPTIONS, Infos, Phase, Simulation

MAX_SLOTS = 32


class GraphSimulation(Simulation):
    """n episodes of one graph task side by side.

    Args:
        num_envs: n.
        sampler: what episodes are drawn from.
        rewards: float64[NUM_REWARDS], as `shrdlu_env.graphs.dynamics` names them.
        slots: leaving edges that an observation shows; navigation only.
    """

    allowed_options: ClassVar[tuple[str, ...]] = ("episodes",)

    def __init__(
        self, num_envs: int, sampler: GraphSampler, rewards: tuple[float, ...], slots: int = 0
    ) -> None:
        self.num_envs = check_whole("num_envs", num_envs, 1, MAX_ENVS)
        self.sampler = sampler
        self.slots = slots
        self.observation_space = spaces.Box(0.0, 1.0, (WIDTH + LABEL_WIDTH * slots,), np.float32)
        self.action_space = spaces.Discrete(slots) if slots else spaces.MultiDiscrete([10] * DIGITS)
        self.episodes = sampler.empty(self.num_envs)
        answers = self.episodes.query.shape[1] + sampler.extra_moves
        self.state = State.empty(self.num_envs, answers)
        self._rewards = np.array(rewards, np.float64)

    @property
    def task(self) -> int:
        """TRAVERSAL, SHORTEST_PATH, INFERENCE or NAVIGATION of `shrdlu_env.graphs.arrays`."""
        return self.sampler.task

    @property
    def rewards(self) -> NDArray[np.float64]:
        """Rewards of the last `advance`, float64[n]; 0 since a `begin`."""
        return self.state.score[:, 0].copy()

    @property
    def over(self) -> NDArray[np.bool_]:
        """Which episodes have come to their end, bool[n]."""
        return self.state.clock[:, DONE] == 1

    @property
    def lesson(self) -> int:
        """The lesson that new episodes are drawn from; 0 for ranges and given graphs."""
        return self.sampler.lesson

    def set_lesson(self, lesson: int, earlier: float | None = None) -> None:
        """Draw new episodes from another lesson; `earlier=None` keeps the share of the lessons before it."""
        self.sampler.set_lesson(lesson, earlier)

    def check_options(self, options: Mapping[str, Any], count: int) -> Mapping[str, Any]:
        """Check the option "episodes": whole `Episodes` of the same task, one per episode to begin."""
        check_names("option", options, self.allowed_options)
        given = options.get("episodes")
        return options if given is None else {"episodes": check_episodes(given, self.sampler, count)}

    def begin(
        self, rng: np.random.Generator, rows: NDArray[np.int64], options: Mapping[str, Any] = NO_OPTIONS
    ) -> None:
        """Begin new episodes in the given rows, drawn or given.

        Args:
            rng: source of all chance.
            rows: the episodes to begin.
            options: "episodes", `Episodes` to set instead of drawing them; not checked here.
        """
        episodes: Episodes | None = options.get("episodes")
        if episodes is None:
            self.episodes = self.sampler.fill(rng, self.episodes, rows)
        else:
            self.episodes = self.episodes.put(rows, episodes)
            self.sampler.forget(rows)
        begin(self.state, self.episodes, rows)

    def advance(self, actions: NDArray[np.int64]) -> None:
        """Advance all episodes by one step; those that are over stay as they are, with reward 0."""
        columns = np.ascontiguousarray(actions.reshape(self.num_envs, -1), np.int64)
        advance(self.state, self.episodes, columns, self._rewards, self.task)

    def observe(self, rows: NDArray[np.int64], out: NDArray[np.float32]) -> None:
        """Write the observations of the given rows to out[row]."""
        observe(self.state, self.episodes, rows, self.task, self.slots, out)

    def infos(self) -> Infos:
        """Infos of all episodes; what each key means is told in docs/reference/graphs.md."""
        n = self.num_envs
        numbers, flags = np.empty((len(NUMBER_KEYS), n), np.int64), np.empty((len(FLAG_KEYS), n), np.bool_)
        satisfied, answer = np.empty(n, np.float64), np.empty((n, DIGITS), np.int8)
        mask, optimal = np.empty((n, self.slots), np.int8), np.empty((n, self.slots), np.bool_)
        fill_infos(self.state, self.episodes, self.task, numbers, flags, satisfied, answer, mask, optimal)
        infos: Infos = dict(zip(NUMBER_KEYS, numbers, strict=True)) | dict(zip(FLAG_KEYS, flags, strict=True))
        infos["satisfied"] = satisfied
        infos["answer"] = answer
        infos["lesson"] = self.episodes.meta[:, LESSON].astype(np.int64)
        infos["action_mask"] = mask if self.slots else np.ones((n, 10 * DIGITS), np.int8)
        if self.slots:
            infos["optimal_actions"] = optimal
        return infos

    def leaving(self) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
        """The triples that leave the node where each episode stands, for learners of paths.

        Returns:
            int16[n, K, 3] labels by edge label, -1 past the last one; bool[n, K], whether each lies on a shortest
            path to the destination.
        """
        offsets = self.episodes.offsets.astype(np.int64)
        most = max(1, int((offsets[:, 1:] - offsets[:, :-1]).max()))
        triples = np.empty((self.num_envs, most, 3), np.int16)
        optimal = np.empty((self.num_envs, most), np.bool_)
        fill_leaving(self.state, self.episodes, triples, optimal)
        return triples, optimal

    @property
    def most_told(self) -> int:
        """See `Simulation`: triples described and asked for."""
        return self.sampler.most_told

    def told_in(self, options: Mapping[str, Any]) -> int:
        """See `Simulation`."""
        given: Episodes | None = options.get("episodes")
        if given is None:
            return 0
        return int((given.meta[:, EDGES] + given.meta[:, ROUNDS] * given.meta[:, ASK]).max())

    def telling(self) -> NDArray[np.bool_]:
        """See `Simulation`."""
        return self.state.clock[:, PHASE] <= Phase.QUERY

    def labels(self, row: int) -> dict[str, int]:
        """See `Simulation`; the digits of the triple shown and of the one to answer (`shrdlu_env.graphs.labels`)."""
        due = self.infos()["answer"][row]
        return {**super().labels(row), **digits_by_name(self.dict_observation(row)["shown"], due)}

    def dict_observation(self, row: int) -> GraphDictObservation:
        """What the agent of one episode has been shown so far, in words."""
        return make_dict_observation(self.state, self.episodes, row, self.task)

    def view(self, row: int) -> GraphView:
        """What a spectator sees of one episode."""
        return make_view(self.state, self.episodes, row, self.task, self.sampler.graph_of(row))

    def text(self, view: Mapping[str, Any]) -> str:
        """A view as text."""
        return text_of(view)


class Traversal(GraphSimulation):
    """Walks: the edges are named one by one, every triple on the way has to be told.

    Args:
        num_envs: n.
        lesson: lesson 1 to 14; None means 1 unless ranges or a graph are given.
        nodes, degree, path, graph, earlier, planning_steps, max_triples: as `GraphSampler` has them.
        right_reward: for a right triple.
        digit_reward: times the share of right digits.
    """

    title = "Graph traversal"

    def __init__(
        self,
        num_envs: int,
        *,
        lesson: int | None = None,
        nodes: Range | None = None,
        degree: Range | None = None,
        path: Range | None = None,
        graph: Any = None,
        earlier: float = 0.0,
        planning_steps: int | float | Range = 0,
        max_triples: int | None = None,
        right_reward: float = 1.0,
        digit_reward: float = 0.0,
    ) -> None:
        rewards = (
            check_amount("right_reward", right_reward),
            check_amount("digit_reward", digit_reward),
            0,
            0,
            0,
        )
        sampler = GraphSampler(
            TRAVERSAL,
            lesson,
            nodes=nodes,
            degree=degree,
            path=path,
            graph=graph,
            earlier=earlier,
            planning_steps=planning_steps,
            max_triples=max_triples,
        )
        super().__init__(num_envs, sampler, rewards)


class Inference(GraphSimulation):
    """Relations: a label stands for a sequence of edges that is never shown; where it ends has to be told.

    Args:
        num_envs: n.
        lesson: lesson 1 to 17; None means 1 unless ranges or a graph are given.
        nodes, degree, path, graph, earlier, planning_steps, max_triples: as `GraphSampler` has them.
        queries: questions about one graph.
        right_reward: for a right triple.
        digit_reward: times the share of right digits.
    """

    title = "Graph inference"

    def __init__(
        self,
        num_envs: int,
        *,
        lesson: int | None = None,
        nodes: Range | None = None,
        degree: Range | None = None,
        path: Range | None = None,
        graph: Any = None,
        earlier: float = 0.0,
        planning_steps: int | float | Range = 10,
        queries: int = 3,
        max_triples: int | None = None,
        right_reward: float = 1.0,
        digit_reward: float = 0.0,
    ) -> None:
        rewards = (
            check_amount("right_reward", right_reward),
            check_amount("digit_reward", digit_reward),
            0,
            0,
            0,
        )
        sampler = GraphSampler(
            INFERENCE,
            lesson,
            nodes=nodes,
            degree=degree,
            path=path,
            graph=graph,
            earlier=earlier,
            planning_steps=planning_steps,
            queries=queries,
            max_triples=max_triples,
        )
        super().__init__(num_envs, sampler, rewards)


class ShortestPath(GraphSimulation):
    """Two nodes: the triples of a shortest path between them have to be told, one by one.

    Args:
        num_envs: n.
        lesson: lesson 1 to 15; None means 1 unless ranges or a graph are given.
        nodes, degree, path, graph, earlier, planning_steps, extra_moves, max_triples: as `GraphSampler` has them.
        arrival_reward: for reaching the destination.
        step_cost: taken off every answer's reward.
        illegal_cost: taken off the reward of a triple that does not leave the current node.
    """

    title = "Graph shortest path"

    def __init__(
        self,
        num_envs: int,
        *,
        lesson: int | None = None,
        nodes: Range | None = None,
        degree: Range | None = None,
        path: Range | None = None,
        graph: Any = None,
        earlier: float = 0.0,
        planning_steps: int | float | Range = 10,
        extra_moves: int = 6,
        max_triples: int | None = None,
        arrival_reward: float = 1.0,
        step_cost: float = 0.05,
        illegal_cost: float = 0.1,
    ) -> None:
        rewards = _path_rewards(arrival_reward, step_cost, illegal_cost)
        sampler = GraphSampler(
            SHORTEST_PATH,
            lesson,
            nodes=nodes,
            degree=degree,
            path=path,
            graph=graph,
            earlier=earlier,
            planning_steps=planning_steps,
            extra_moves=extra_moves,
            max_triples=max_triples,
        )
        super().__init__(num_envs, sampler, rewards)


class Navigation(GraphSimulation):
    """Two nodes: walk from one to the other; signs show the labels that leave, not where they lead.

    Args:
        num_envs: n.
        lesson: lesson 1 to 12; None means 1 unless ranges or a graph are given.
        nodes, degree, path, graph, earlier, planning_steps, extra_moves, max_triples: as `GraphSampler` has them.
        slots: leaving edges that an observation can show.
        arrival_reward: for reaching the destination.
        step_cost: taken off the reward of every move.
        illegal_cost: taken off the reward of choosing a slot that shows no edge.
    """

    title = "Graph navigation"

    def __init__(
        self,
        num_envs: int,
        *,
        lesson: int | None = None,
        nodes: Range | None = None,
        degree: Range | None = None,
        path: Range | None = None,
        graph: Any = None,
        earlier: float = 0.0,
        planning_steps: int | float | Range = 10,
        extra_moves: int = 6,
        max_triples: int | None = None,
        slots: int = 12,
        arrival_reward: float = 1.0,
        step_cost: float = 0.05,
        illegal_cost: float = 0.1,
    ) -> None:
        rewards = _path_rewards(arrival_reward, step_cost, illegal_cost)
        sampler = GraphSampler(
            NAVIGATION,
            lesson,
            nodes=nodes,
            degree=degree,
            path=path,
            graph=graph,
            earlier=earlier,
            planning_steps=planning_steps,
            extra_moves=extra_moves,
            max_triples=max_triples,
            slots=check_whole("slots", slots, 1, MAX_SLOTS),
        )
        super().__init__(num_envs, sampler, rewards, int(slots))


def _path_rewards(arrival_reward: float, step_cost: float, illegal_cost: float) -> tuple[float, ...]:
    return (
        0.0,
        0.0,
        check_amount("arrival_reward", arrival_reward),
        check_amount("step_cost", step_cost),
        check_amount("illegal_cost", illegal_cost),
    )

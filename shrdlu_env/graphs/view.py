"""What people see of an episode on a graph: as a dict, as text. Plain Python throughout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from shrdlu_env.graphs.arrays import ANSWER as ANSWERS
from shrdlu_env.graphs.arrays import ASK as ASKS
from shrdlu_env.graphs.arrays import (
    EDGES,
    GOAL,
    INFERENCE,
    LENGTH,
    LESSON,
    NAVIGATION,
    NODES,
    ROUNDS,
    SHORTEST_PATH,
    SOURCE,
    TASKS,
    Episodes,
)
from shrdlu_env.graphs.dynamics import (
    DONE,
    DUE,
    END,
    GIVEN,
    HERE,
    LAST,
    PHASE,
    RIGHT,
    TIME,
    State,
    is_success,
    satisfied_share,
)
from shrdlu_env.graphs.labelled import LabelledGraph
from shrdlu_env.graphs.relations import FIRST_RELATION, SEQUENCES
from shrdlu_env.task import Phase

Numbers = tuple[int | None, int | None, int | None]
Triple = tuple[str | None, str | None, str | None]


class GraphDictObservation(TypedDict):
    """What the agent has been shown so far; labels as numbers, None for a blank.

    Attributes:
        phase: "describe", "query", "plan" or "answer".
        step: index of the observation.
        shown: the triple in this observation; None where there is none.
        described: triples described so far.
        asked: triples of the current question shown so far.
        slots: edge labels that leave the current node; navigation, while acting.
    """

    phase: str
    step: int
    shown: Numbers | None
    described: list[Numbers]
    asked: list[Numbers]
    slots: list[int]


class GraphView(GraphDictObservation):
    """What a spectator sees of a graph task: the agent's own and more; the viewer's graph scene draws it.

    Attributes:
        scene: "graph".
        steps_total: steps of the whole episode; a path may arrive earlier.
        task: name of the task.
        nodes: names of all nodes: labels, or the names of a given graph.
        labels: labels of all nodes, as numbers.
        edges: (index of the source, label or name, index of the destination), in the order of the description.
        positions: (x, y) of every node, each 0 to 1, y upwards; None lets the viewer place them.
        told: how many of the edges have been described.
        current: index of the node the answer has got to, None before.
        trail: indices of the nodes visited, in order, the current one included.
        query: triples asked in this round, None for a blank.
        answer: triples given, with whether each is right.
        destination: index of the node to reach, None where none is named.
        caption: this observation in a few words.
        min_moves: triples due, or edges of the shortest path.
        moves: answers given so far.
        satisfied: share of the triples due that are right, or of the way that is done.
        success: whether all are right, or the destination is reached.
        perfect: whether that took no more answers than due.
        optimal_actions: slots on a shortest path; navigation, while acting.
        reward: of the last step.
        episode_return: sum of rewards so far.
        lesson: the lesson, 0 for ranges and given graphs.
        terminated: whether the episode is over.
    """

    scene: str
    steps_total: int
    task: str
    nodes: list[str]
    labels: list[int]
    edges: list[tuple[int, str, int]]
    positions: list[tuple[float, float]] | None
    told: int
    current: int | None
    trail: list[int]
    query: list[Triple]
    answer: list[tuple[Triple, bool]]
    destination: int | None
    caption: str
    min_moves: int
    moves: int
    satisfied: float
    success: bool
    perfect: bool
    optimal_actions: list[int]
    reward: float
    episode_return: float
    lesson: int
    terminated: bool


def _numbers(triple: Any) -> Numbers:
    source, edge, target = (None if part < 0 else int(part) for part in triple)
    return source, edge, target


def _edge_numbers(episodes: Episodes, row: int, edge: int) -> tuple[int, int, int]:
    labels = episodes.labels[row]
    source, target = episodes.sources[row, edge], episodes.targets[row, edge]
    return int(labels[source]), int(episodes.edges[row, edge]), int(labels[target])


def _told(state: State, episodes: Episodes, row: int) -> int:
    return min(int(state.clock[row, TIME]) + 1, int(episodes.meta[row, EDGES]))


def _query(state: State, episodes: Episodes, row: int, shown: bool) -> list[Numbers]:
    """Triples of the current round's question; `shown`: only those shown up to now."""
    clock, meta = state.clock[row], episodes.meta[row]
    if clock[PHASE] == Phase.DESCRIBE:
        return []
    asked = int(meta[ASKS])
    if clock[PHASE] == Phase.QUERY:
        turn, count = int(clock[DUE]) // asked, int(clock[DUE]) % asked + 1
    else:
        turn, count = min(int(clock[GIVEN]) // int(meta[ANSWERS]), int(meta[ROUNDS]) - 1), asked
    first = turn * asked
    return [_numbers(triple) for triple in episodes.query[row, first : first + (count if shown else asked)]]


def make_dict_observation(state: State, episodes: Episodes, row: int, task: int) -> GraphDictObservation:
    """What the agent of one episode has been shown so far."""
    clock, meta = state.clock[row], episodes.meta[row]
    phase = Phase(int(clock[PHASE]))
    described = [
        _numbers(_edge_numbers(episodes, row, e)) for e in episodes.order[row, : _told(state, episodes, row)]
    ]
    query = _query(state, episodes, row, shown=True)
    shown: Numbers | None = None
    slots: list[int] = []
    if phase is Phase.DESCRIBE:
        shown = described[-1]
    elif phase is Phase.QUERY:
        shown = query[-1]
    elif phase is Phase.ANSWER and task == NAVIGATION:
        here, labels = int(clock[HERE]), episodes.labels[row]
        shown = (int(labels[here]), None, int(labels[meta[GOAL]]))
        slots = episodes.edges[row, episodes.offsets[row, here] : episodes.offsets[row, here + 1]].tolist()
    elif phase is Phase.ANSWER and task == SHORTEST_PATH and clock[LAST] >= 0:
        shown = _edge_numbers(episodes, row, int(clock[LAST]))
    return {
        "phase": phase.word,
        "step": int(clock[TIME]),
        "shown": shown,
        "described": described,
        "asked": query,
        "slots": slots,
    }


def _trail(state: State, episodes: Episodes, row: int, task: int) -> list[int]:
    """Nodes that right answers, or moves, have led through."""
    clock, meta = state.clock[row], episodes.meta[row]
    index = {int(label): node for node, label in enumerate(episodes.labels[row, : meta[NODES]])}
    ends: dict[tuple[int, int], int] = {}
    for edge in range(meta[EDGES]):
        source, label, target = _edge_numbers(episodes, row, edge)
        ends[source, label] = target
    trail: list[int] = []
    for k in range(clock[GIVEN]):
        source, label, target = (int(part) for part in state.given[row, k])
        if task == INFERENCE:
            if state.marks[row, k]:
                trail = [index[source]]
                for part in SEQUENCES[label - FIRST_RELATION]:
                    trail.append(index[ends[int(episodes.labels[row, trail[-1]]), part]])
        elif ends.get((source, label)) == target and (not trail or trail[-1] == index[source]):
            trail = trail or [index[source]]
            trail.append(index[target])
    return trail or [int(meta[SOURCE])]


def make_view(
    state: State, episodes: Episodes, row: int, task: int, graph: LabelledGraph | None
) -> GraphView:
    """What a spectator sees of one episode.

    Args:
        state: the moving part.
        episodes: the rest.
        row: which episode.
        task: TRAVERSAL, SHORTEST_PATH, INFERENCE or NAVIGATION.
        graph: the given graph that the episode is on, for its names; None for a random one.
    """
    clock, meta = state.clock[row], episodes.meta[row]
    nodes, phase = int(meta[NODES]), Phase(int(clock[PHASE]))
    labels = episodes.labels[row, :nodes].tolist()
    names = {label: str(label) for label in labels}
    edge_names: dict[int, str] = {}
    if graph is not None:
        names = dict(zip(labels, map(str, graph.nodes), strict=True))
        numbers = episodes.names[row, : len(graph.labels)].tolist()
        edge_names = dict(zip(numbers, map(str, graph.labels), strict=True))

    def edge_word(label: int) -> str:
        if task == INFERENCE and FIRST_RELATION <= label < FIRST_RELATION + len(SEQUENCES):
            return ", ".join(edge_names.get(part, str(part)) for part in SEQUENCES[label - FIRST_RELATION])
        return edge_names.get(label, str(label))

    def words(triple: Numbers) -> Triple:
        source, edge, target = triple
        return (
            None if source is None else names.get(source, str(source)),
            None if edge is None else edge_word(edge),
            None if target is None else names.get(target, str(target)),
        )

    order = episodes.order[row, : meta[EDGES]].tolist()
    edges = [
        (int(episodes.sources[row, e]), edge_word(int(episodes.edges[row, e])), int(episodes.targets[row, e]))
        for e in order
    ]
    placed = graph is None or graph.positions is not None
    query = [words(triple) for triple in _query(state, episodes, row, shown=True)]
    answer = [(words(_numbers(state.given[row, k])), bool(state.marks[row, k])) for k in range(clock[GIVEN])]
    answering = phase is Phase.ANSWER
    trail = _trail(state, episodes, row, task) if answering else []
    path = task in (SHORTEST_PATH, NAVIGATION)
    success = bool(is_success(clock, meta, task))
    due = int(meta[LENGTH]) if path else int(meta[ROUNDS] * meta[ANSWERS])
    first = int(episodes.offsets[row, clock[HERE]])
    optimal: list[int] = []
    if task == NAVIGATION and answering and not clock[DONE]:
        left = episodes.distance[row]
        leaving = range(first, int(episodes.offsets[row, clock[HERE] + 1]))
        optimal = [e - first for e in leaving if 0 <= left[episodes.targets[row, e]] == left[clock[HERE]] - 1]
    step = int(clock[TIME])
    if phase is Phase.DESCRIBE:
        source, label, target = edges[step]
        caption = f"{list(names.values())[source]}  {label}  {list(names.values())[target]}"
    elif phase is Phase.PLAN:
        caption = "thinking"
    elif answering:
        given = int(clock[GIVEN])
        caption = f"{int(clock[RIGHT])} of {given} right" if given else "no answer yet"
        if path:
            caption = (
                "arrived"
                if success
                else f"{given} {'move' if given == 1 else 'moves'}, at least {due} needed"
            )
    else:
        caption = "  ".join("_" if part is None else part for part in query[-1])
    return {
        **make_dict_observation(state, episodes, row, task),
        "scene": "graph",
        "steps_total": int(clock[END]),
        "task": TASKS[task],
        "nodes": list(names.values()),
        "labels": labels,
        "edges": edges,
        "positions": [(float(x), float(y)) for x, y in episodes.positions[row, :nodes]] if placed else None,
        "told": _told(state, episodes, row),
        "current": trail[-1] if trail else None,
        "trail": trail,
        "query": query,
        "answer": answer,
        "destination": int(meta[GOAL]) if path and phase is not Phase.DESCRIBE else None,
        "caption": caption,
        "min_moves": due,
        "moves": int(clock[GIVEN]),
        "satisfied": float(satisfied_share(state, episodes, row, task)),
        "success": success,
        "perfect": success and int(clock[GIVEN]) == due,
        "optimal_actions": optimal,
        "reward": float(state.score[row, 0]),
        "episode_return": float(state.score[row, 1]),
        "lesson": int(meta[LESSON]),
        "terminated": bool(clock[DONE]),
    }


def text_of(view: Mapping[str, Any]) -> str:
    """A view as text: phase and step, what is shown, the question, the answer so far."""

    def words(triple: Triple) -> str:
        return " ".join("_" if part is None else part for part in triple)

    lines = [
        f"{view['task']}: {view['phase']}, step {view['step']} of {view['steps_total']}: {view['caption']}"
    ]
    lines += [f"  asked: {words(triple)}" for triple in view["query"]]
    lines += [f"  {'right' if right else 'wrong'}: {words(triple)}" for triple, right in view["answer"]]
    if view["current"] is not None:
        lines.append(f"  at: {view['nodes'][view['current']]}")
    return "\n".join(lines)

"""Two limits on plans: what the reward asks for, and what the heads can represent.

`--what reward`: for goals of the evaluation's cells, the action values of the best return are computed
exactly over all boards; how often is a player that maximises them (ties drawn evenly) perfect, that is, done
in the minimum number of moves? `--what heads`: the graph network and a head learn the planner's first moves
by supervised learning, facts given; how many do they get right?

    python -m benchmarks.planning_limits --what heads --minutes 3
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
import tyro
from numpy.typing import NDArray

from benchmarks.planning_probe import FACTS, wanted_facts
from dnc_agent.heads import Head
from dnc_agent.relational import RelationalTrunk
from shrdlu_env.curriculum import Ranges
from shrdlu_env.goals import Constraint, Relation
from shrdlu_env.layout import Layout
from shrdlu_env.puzzles import CHOSEN, FIRST_ACTIONS, MIN_MOVES, NUM_GOALS, PuzzleBatch
from shrdlu_env.sampling import Sampler
from shrdlu_env.transitions import BoardTable, board_table
from train.config import AgentConfig, WorldConfig
from train.evaluation import draw_by_moves
from train.trainer import relational_arguments

WORLD = WorldConfig()
LAYOUT = Layout(WORLD.board_size)


@dataclass
class Limits:
    """Compute one of the limits."""

    what: Literal["reward", "heads"]
    """Which."""
    puzzles: int = 60
    """reward: puzzles of each cell."""
    cells: tuple[tuple[int, int], ...] = ((1, 1), (2, 3), (3, 2), (3, 6), (4, 4), (5, 6), (7, 3))
    """reward: (moves, constraints)."""
    minutes: float = 1.2
    """heads: how long."""
    width: int = 64
    """heads: of nodes."""
    rounds: int = 3
    """heads: of the graph network."""


def chosen_constraints(puzzles: PuzzleBatch, row: int) -> list[Constraint]:
    """The constraints of the goal that is asked for."""
    goal = puzzles.meta[row, CHOSEN]
    steps = puzzles.steps[row, puzzles.offsets[row, goal] : puzzles.offsets[row, goal + 1]].tolist()
    return [Constraint(first, Relation(relation), second) for _, first, relation, second in steps]


def action_values(
    table: BoardTable, holding: NDArray[np.float64], wanted: int, horizon: int
) -> list[NDArray[np.float64]]:
    """Best returns [n, A] of each action on each board, from the first step to the last."""
    boards = np.arange(len(table.squares))
    following = np.where(table.legal, table.next, boards[:, None])
    whole = holding == wanted
    rewards = WORLD.constraint_reward * holding[following] - WORLD.invalid_move_cost * ~table.legal
    rewards -= WORLD.undo_penalty * (whole[:, None] & ~whole[following])
    values, after = [], np.zeros(len(boards))
    for _ in range(horizon):
        values.append(rewards + after[following])
        after = values[-1].max(1)
    return values[::-1]


def perfect_chance(
    table: BoardTable, whole: NDArray[np.bool_], values: list[NDArray[np.float64]], start: int, moves: int
) -> float:
    """Probability that a player of best actions, ties drawn evenly, is done after exactly so many moves."""
    passing = table.next.shape[1] - 1
    reached, perfect = {(start, 0): 1.0}, 0.0
    for step in values:
        following: dict[tuple[int, int], float] = {}
        for (board, moved), chance in reached.items():
            best = np.flatnonzero(step[board] > step[board].max() - 1e-9)
            for action in best:
                then = int(table.next[board, action]) if table.legal[board, action] else board
                count = moved + int(action != passing)
                if not whole[then]:
                    following[then, count] = following.get((then, count), 0.0) + chance / len(best)
                elif count == moves:
                    perfect += chance / len(best)
        reached = following
    return perfect


def reward_limit(settings: Limits) -> None:
    """How often the best return is a perfect plan."""
    table = board_table(LAYOUT, (6, 6))
    holding: dict[Constraint, NDArray[np.bool_]] = {}
    for moves, constraints in settings.cells:
        rng = np.random.default_rng([3, constraints])
        ranges = Ranges((10, 10), (6, 6), (constraints, constraints), (1, 7))
        puzzles = draw_by_moves(rng, WORLD, ranges, settings.puzzles, 50_000)[moves]
        chances = []
        for row in range(puzzles.num_puzzles):
            wanted = chosen_constraints(puzzles, row)
            for constraint in set(wanted) - holding.keys():
                holding[constraint] = np.array([constraint.holds(board) for board in table.squares])
            held = np.sum([holding[constraint] for constraint in wanted], 0).astype(float)
            values = action_values(table, held, len(wanted), moves + WORLD.extra_moves)
            start = int(table.rows(puzzles.start[row : row + 1])[0])
            chances.append(perfect_chance(table, held == len(wanted), values, start, moves))
        print(f"{moves} moves, {constraints} constraints: {np.mean(chances):.3f} perfect", flush=True)


def first_moves(rng: np.random.Generator, count: int) -> tuple[torch.Tensor, ...]:
    """Boards [n, X], facts [n, FACTS], best first actions [n, 7], minimum moves [n] of lesson 26's goals."""
    drawn = Sampler(WORLD.board_size, 26).generate(rng, count)
    goals = int(drawn.meta[0, NUM_GOALS])
    puzzles = drawn.select(np.repeat(np.arange(count), goals))
    puzzles.meta[:, CHOSEN] = np.tile(np.arange(goals), count)
    board = np.eye(LAYOUT.blocks + 1, dtype=np.float32)[puzzles.start][..., 1:]
    observations = torch.zeros(count * goals, LAYOUT.size)
    observations[:, LAYOUT.board] = torch.from_numpy(board).flatten(1)
    asked = puzzles.goals[np.arange(count * goals), puzzles.meta[:, CHOSEN]]
    bits = torch.from_numpy(asked[:, FIRST_ACTIONS].astype(np.int64)).unsqueeze(1)
    best = ((bits >> torch.arange(7)) & 1).float()
    return observations, wanted_facts(puzzles), best, torch.from_numpy(asked[:, MIN_MOVES])


def heads_limit(settings: Limits) -> None:
    """How many of the planner's first moves the heads can learn when they are told them."""
    torch.manual_seed(0)
    config = AgentConfig(relational_width=settings.width, relational_rounds=settings.rounds)
    trunk = RelationalTrunk(FACTS, **relational_arguments(config, LAYOUT))
    head = Head(trunk.width, (128,), 7, gain=0.01)
    parameters = [*trunk.parameters(), *head.parameters()]
    optimizer = torch.optim.Adam(parameters, 3e-3)
    rng, begin, seen = np.random.default_rng(0), time.monotonic(), 0
    while (share := (time.monotonic() - begin) / (60 * settings.minutes)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = 3e-3 * (1 - share) + 1e-5
        observations, facts, best, _ = first_moves(rng, 50)
        log_p = torch.log_softmax(head(trunk(facts, observations)), -1)
        loss = -(log_p + torch.log(best + 1e-9)).logsumexp(-1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen += len(best)
    observations, facts, best, moves = first_moves(np.random.default_rng(9), 400)
    with torch.no_grad():
        chosen = head(trunk(facts, observations)).argmax(-1, keepdim=True)
    right = best.gather(1, chosen).squeeze(1)
    by_moves = ", ".join(f"{m}: {right[moves == m].mean():.2f}" for m in range(1, 8))
    print(f"{seen:,} goals seen, first moves right {right.mean():.3f}; by minimum moves {by_moves}")


def main(settings: Limits) -> None:
    """Compute one of the limits."""
    torch.set_num_threads(1)
    (reward_limit if settings.what == "reward" else heads_limit)(settings)


if __name__ == "__main__":
    main(tyro.cli(Limits))

"""n episodes with all that the single and the vector environment share: arguments, state, stepping."""

from __future__ import annotations

import numbers

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.blocks.episodes import (
    GO_TIME,
    PLANNED,
    TIME,
    State,
    advance,
    begin_rows,
    observe,
    plan_pending,
)
from shrdlu_env.blocks.layout import Layout
from shrdlu_env.blocks.lessons import LESSONS, Range, Ranges, check_whole
from shrdlu_env.blocks.planner import search_exceeded
from shrdlu_env.blocks.puzzles import NUM_BLOCKS, PuzzleBatch
from shrdlu_env.blocks.rules import MAX_FACTS, num_actions
from shrdlu_env.blocks.sampling import Sampler
from shrdlu_env.blocks.search import MAX_BOARDS
from shrdlu_env.blocks.tables import table_store
from shrdlu_env.blocks.view import View
from shrdlu_env.blocks.viewing import make_view


class Simulation:
    """n episodes side by side.

    Args:
        num_envs: n.
        board_size: S, 2 to 5.
        lesson: lesson 1 to 26 of the paper's curriculum; None means lesson 1 unless ranges are given.
        goals: explicit range (lowest, highest) of goals per puzzle. Giving any of the four ranges excludes
            `lesson`; ranges not given are lesson 1's.
        blocks: explicit range of blocks.
        constraints: explicit range of constraints per goal.
        depth: explicit range of search depths, in moves.
        extra_moves: acting steps past the minimum number of moves.
        constraint_reward: reward per constraint of the chosen goal that holds after an acting step.
        invalid_move_cost: taken off the reward of a step with an illegal move.
        undo_penalty: taken off the reward of a step that breaks a goal which was fully satisfied before it.
        earlier: share of episodes drawn uniformly from earlier lessons, 0 to 1.
        planner_info: whether optimal actions are planned at every step.
        max_boards: boards that one search may visit on boards too large for tables.

    Raises:
        ValueError: an argument is out of range, or no such puzzle exists.
    """

    def __init__(
        self,
        num_envs: int,
        *,
        board_size: int = 3,
        lesson: int | None = None,
        goals: Range | None = None,
        blocks: Range | None = None,
        constraints: Range | None = None,
        depth: Range | None = None,
        extra_moves: int = 6,
        constraint_reward: float = 1.0,
        invalid_move_cost: float = 0.1,
        undo_penalty: float = 1.0,
        earlier: float = 0.0,
        planner_info: bool = True,
        max_boards: int = MAX_BOARDS,
    ) -> None:
        self.num_envs = check_whole("num_envs", num_envs, 1)
        self.extra_moves = check_whole("extra_moves", extra_moves, 0)
        self.max_boards = check_whole("max_boards", max_boards, 1)
        rewards = {
            "constraint_reward": constraint_reward,
            "invalid_move_cost": invalid_move_cost,
            "undo_penalty": undo_penalty,
        }
        for name, value in rewards.items():
            if not isinstance(value, numbers.Real) or not 0 <= value < float("inf"):
                raise ValueError(f"{name}={value!r}: must be a finite number of at least 0")
        given = {"goals": goals, "blocks": blocks, "constraints": constraints, "depth": depth}
        explicit = {name: value for name, value in given.items() if value is not None}
        ranges = None
        if explicit:
            if lesson is not None:
                raise ValueError(
                    f"lesson={lesson!r} with {', '.join(explicit)}: give a lesson or ranges, not both"
                )
            rest = {name: getattr(LESSONS[0], name) for name in given}
            ranges = Ranges(**{**rest, **explicit})
        elif lesson is None:
            lesson = 1
        self.sampler = Sampler(board_size, lesson, ranges, earlier)
        self.size = self.sampler.board_size
        self.num_actions = num_actions(self.size)
        self.planning = bool(planner_info)
        self.layout = Layout(self.size, self.sampler.max_blocks)
        self.puzzles = self.sampler.empty(self.num_envs)
        self.state = State.empty(self.num_envs, self.size)
        self.rules = np.array(list(rewards.values()), np.float64)
        self.all_rows = np.arange(self.num_envs)
        self._scratch = np.zeros(MAX_FACTS, np.int64)
        self._store = table_store(self.size)

    def begin(
        self,
        rng: np.random.Generator,
        rows: NDArray[np.int64],
        fresh: bool = False,
        puzzles: PuzzleBatch | None = None,
        at_cue: bool = False,
    ) -> None:
        """Begin new episodes in the given rows; `fresh` ones sit out the `advance` that follows.

        Args:
            rng: source of new puzzles.
            rows: the episodes to begin.
            fresh: whether they sit out the next step.
            puzzles: puzzles to set instead of drawing new ones.
            at_cue: whether they begin at the go cue, as if the description had been told already.

        Raises:
            ValueError: the puzzles do not fit.
        """
        if puzzles is None:
            self.sampler.fill(rng, self.puzzles, rows)
        else:
            self.puzzles.put(rows, puzzles)
        begin_rows(self.state, self.puzzles, rows, self.extra_moves, self.size, fresh)
        if at_cue:
            self.state.clock[rows, TIME] = self.state.clock[rows, GO_TIME]

    def check_puzzles(self, puzzles: PuzzleBatch | None, count: int) -> PuzzleBatch | None:
        """Check that `count` given puzzles fit, before anything is changed.

        Raises:
            ValueError: they do not.
        """
        if puzzles is None:
            return None
        if not isinstance(puzzles, PuzzleBatch):
            raise ValueError(f"puzzles has type {type(puzzles).__name__}: must be a PuzzleBatch")
        self.puzzles.check(puzzles, count)
        most = int(puzzles.meta[:, NUM_BLOCKS].max())
        if most > self.layout.blocks:
            raise ValueError(f"puzzles: {most} blocks do not fit observations of {self.layout.blocks} blocks")
        return puzzles

    def advance(self, actions: NDArray[np.int64]) -> None:
        """Advance all episodes by one step; rewards are in `state.score[:, 0]`.

        Args:
            actions: int64[n], each from 0 to num_actions - 1.

        Raises:
            ValueError: planning needs a search that visits more than `max_boards` boards.
        """
        missing = advance(
            self._store.tables,
            self.puzzles,
            self.state,
            actions,
            self.rules,
            self._scratch,
            self.size,
            self.planning,
            self.max_boards,
        )
        while missing != PLANNED:
            if missing < PLANNED:
                blocks = int(self.state.squares[-2 - missing].max())
                raise ValueError(search_exceeded(self.size, blocks, self.max_boards))
            self._store.ensure(self.state.squares[missing], 0)
            missing = plan_pending(
                self._store.tables, self.puzzles, self.state, self._scratch, self.size, self.max_boards
            )

    def observe(self, rows: NDArray[np.int64], out: NDArray[np.float32]) -> None:
        """Write the observations of the given rows to out[row]."""
        observe(self.state, self.puzzles, rows, self.layout.blocks, out)

    def view(self, row: int) -> View:
        """What a spectator sees of one episode."""
        return make_view(self.state, self.puzzles, row, self.size, self.planning)

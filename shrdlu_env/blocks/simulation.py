"""Mini-SHRDLU in motion: n episodes with their arguments, as `shrdlu_env.task.Simulation` asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from shrdlu_env.blocks.episodes import (
    DONE,
    GO_TIME,
    GOAL,
    OPTIMAL,
    PENDING,
    PLANNED,
    PUZZLE,
    TIME,
    State,
    advance,
    begin_rows,
    observe,
    plan_pending,
)
from shrdlu_env.blocks.infos import make_info, make_infos
from shrdlu_env.blocks.labels import NOTHING, labels_of
from shrdlu_env.blocks.layout import Layout
from shrdlu_env.blocks.lessons import LESSONS, Range, Ranges
from shrdlu_env.blocks.planner import search_exceeded
from shrdlu_env.blocks.puzzle_checks import check_puzzles
from shrdlu_env.blocks.rules import MAX_FACTS, num_actions
from shrdlu_env.blocks.sampling import Sampler
from shrdlu_env.blocks.search import MAX_BOARDS, MOST_BOARDS, TOO_MANY_BOARDS, search
from shrdlu_env.blocks.tables import table_store
from shrdlu_env.blocks.view import DictObservation, View
from shrdlu_env.blocks.viewing import ansi, make_dict_observation, make_view
from shrdlu_env.checks import check_flag, check_number, check_whole, shown
from shrdlu_env.task import MAX_ENVS, NO_OPTIONS, Infos, Simulation

MOST_EXTRA_MOVES = 10**6
HIGHEST_REWARD = 1e9


class BlocksSimulation(Simulation):
    """n episodes of Mini-SHRDLU side by side.

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
        observability: "partial", or "full": the chosen goal's constraints stay visible from the cue on.

    Raises:
        TypeError: an argument has the wrong type.
        ValueError: an argument is out of range, or no such puzzle exists.
    """

    title = "Mini-SHRDLU"
    allowed_options = ("puzzles", "at_cue")

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
        observability: str = "partial",
    ) -> None:
        self.num_envs = check_whole("num_envs", num_envs, 1, MAX_ENVS)
        self.extra_moves = check_whole("extra_moves", extra_moves, 0, MOST_EXTRA_MOVES)
        self.max_boards = check_whole("max_boards", max_boards, 1, MOST_BOARDS)
        self.planning = check_flag("planner_info", planner_info)
        rewards = [
            check_number(name, value, 0.0, HIGHEST_REWARD)
            for name, value in (
                ("constraint_reward", constraint_reward),
                ("invalid_move_cost", invalid_move_cost),
                ("undo_penalty", undo_penalty),
            )
        ]
        given = {"goals": goals, "blocks": blocks, "constraints": constraints, "depth": depth}
        explicit = {name: value for name, value in given.items() if value is not None}
        ranges = None
        if explicit:
            if lesson is not None:
                raise ValueError(
                    f"lesson={shown(lesson)} with {', '.join(explicit)}: give a lesson or ranges, not both"
                )
            rest = {name: getattr(LESSONS[0], name) for name in given}
            ranges = Ranges(**{**rest, **explicit})
        elif lesson is None:
            lesson = 1
        Layout(observability=observability)  # before tables are built
        self.sampler = Sampler(board_size, lesson, ranges, earlier)
        self.size = self.sampler.board_size
        self.layout = Layout(self.size, self.sampler.max_blocks, observability)
        self.num_actions = num_actions(self.size)
        self.observation_space = spaces.Box(0.0, 1.0, (self.layout.size,), np.float32)
        self.action_space = spaces.Discrete(self.num_actions)
        self.puzzles = self.sampler.empty(self.num_envs)
        self.state = State.empty(self.num_envs, self.size)
        self._rules = np.array(rewards, np.float64)
        self._blocks, self._full = self.layout.blocks, self.layout.observability == "full"
        self._scratch = np.zeros(MAX_FACTS, np.int64)

    @property
    def rewards(self) -> NDArray[np.float64]:
        """Rewards of the last step, float64[n]."""
        return self.state.score[:, 0]

    @property
    def over(self) -> NDArray[np.int32]:
        """Which episodes are over, int32[n], 1 or 0."""
        return self.state.clock[:, DONE]

    @property
    def lesson(self) -> int:
        """The lesson that new episodes are drawn from, 0 for explicit ranges."""
        return self.sampler.lesson

    def set_lesson(self, lesson: int, earlier: float | None = None) -> None:
        """Draw new episodes from another lesson, 1 to 26; see `Sampler.set_lesson`."""
        self.sampler.set_lesson(lesson, earlier)

    def check_options(self, options: Mapping[str, Any], count: int) -> Mapping[str, Any]:
        """Check "puzzles", a `PuzzleBatch` of `count` puzzles, and "at_cue", a flag."""
        super().check_options(options, count)
        if options.get("puzzles") is not None:
            check_puzzles(options["puzzles"], self.puzzles, count, self.layout.blocks)
        check_flag("at_cue", options.get("at_cue", False))
        return options

    def begin(
        self, rng: np.random.Generator, rows: NDArray[np.int64], options: Mapping[str, Any] = NO_OPTIONS
    ) -> None:
        """Begin new episodes in the given rows.

        Args:
            rng: source of new puzzles.
            rows: the episodes to begin.
            options: "puzzles", a `PuzzleBatch` to set instead of drawing new ones; "at_cue", whether they begin at
                the go cue, as if they had been described already.
        """
        puzzles = options.get("puzzles")
        if puzzles is None:
            self.sampler.fill(rng, self.puzzles, rows)
        else:
            self.puzzles.put(rows, puzzles)
        begin_rows(self.state, self.puzzles, rows, self.extra_moves, self.size)
        if options.get("at_cue"):
            self.state.clock[rows, TIME] = self.state.clock[rows, GO_TIME]

    def advance(self, actions: NDArray[np.int64]) -> None:
        """Advance all episodes by one step.

        Args:
            actions: int64[n], each from 0 to num_actions - 1.

        Raises:
            ValueError: planning needs a search that visits more than `max_boards` boards.
        """
        if advance(self.puzzles, self.state, actions, self._rules, self.size, self.planning):
            self._plan()

    def _plan(self) -> None:
        """Optimal actions of all boards that have changed."""
        store = table_store(self.size)
        tables = store.tables
        while True:
            row = plan_pending(tables, self.puzzles, self.state, self._scratch, self.size)
            if row == PLANNED:
                return
            squares = self.state.squares[row]
            if tables.tabled[squares.max()]:
                tables = store.ensure(squares, 0)
            else:
                self._search(row)

    def _search(self, row: int) -> None:
        """Optimal actions of a board too large for tables."""
        clock, squares = self.state.clock[row], self.state.squares[row]
        puzzle, goal = clock[PUZZLE], clock[GOAL]
        first, end = self.puzzles.offsets[puzzle, goal : goal + 2]
        steps = self.puzzles.steps[puzzle]
        distance, bits = search(squares, self.size, steps, first, end, self.max_boards)
        if distance == TOO_MANY_BOARDS:
            raise ValueError(search_exceeded(self.size, int(squares.max()), self.max_boards))
        clock[OPTIMAL], clock[PENDING] = bits, 0

    def observe(self, rows: NDArray[np.int64], out: NDArray[np.float32]) -> None:
        """Write the observations of the given rows to out[row]."""
        observe(self.state, self.puzzles, rows, self._blocks, self._full, out)

    def infos(self) -> Infos:
        """Infos of all episodes (docs/reference/environment.md, 'Infos')."""
        return make_infos(self.state, self.num_actions, self.planning)

    def info(self) -> dict[str, Any]:
        """Infos of the first episode, as Python's numbers."""
        return make_info(self.state, self.num_actions, self.planning)

    def labels(self, row: int) -> dict[str, int]:
        """See `Simulation` and `shrdlu_env.blocks.labels`; `optimal`, the first action on a shortest path to the
        goal that is or will be asked for, -1 without a planner."""
        optimal = (self.state.clock[row, OPTIMAL] >> np.arange(self.num_actions)) & 1
        known = self.planning and optimal.any()
        return {
            **super().labels(row),
            **labels_of(self.dict_observation(row)),
            "optimal": int(optimal.argmax()) if known else NOTHING,
        }

    def dict_observation(self, row: int) -> DictObservation:
        """What the agent of one episode has been shown so far, in words."""
        return make_dict_observation(self.state, self.puzzles, row)

    def view(self, row: int) -> View:
        """What a spectator sees of one episode."""
        return make_view(self.state, self.puzzles, row, self.size, self.planning)

    def text(self, view: Mapping[str, Any]) -> str:
        """The view as text."""
        return ansi(cast(View, view))

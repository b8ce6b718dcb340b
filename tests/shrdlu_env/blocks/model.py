"""An episode once more, from a puzzle in words: what must be observed, paid and told at every step."""

from dataclasses import dataclass

import numpy as np

from shrdlu_env import Puzzle
from tests.shrdlu_env.blocks import oracle


@dataclass
class Rewards:
    constraint: float = 1.0
    invalid: float = 0.1
    undo: float = 1.0


class Episode:
    """Replays one episode of a puzzle by the rules of the oracle."""

    def __init__(
        self,
        puzzle: Puzzle,
        *,
        extra: int = 6,
        rewards: Rewards | None = None,
        width: int = 6,
        full: bool = False,
    ) -> None:
        self.board = oracle.from_rows(puzzle.board)
        self.puzzle, self.extra, self.rewards, self.width = puzzle, extra, rewards or Rewards(), width
        self.full = full
        self.script = [(goal.letter, str(c)) for goal in puzzle.goals for c in goal.constraints]
        self.chosen = puzzle.goals[puzzle.chosen]
        self.goal = frozenset(oracle.fact(str(c)) for c in self.chosen.constraints)
        self.fewest = oracle.fewest_moves(self.board, self.goal)
        self.time = self.moves = 0
        self.history: list[tuple[int, bool]] = []
        self.length = len(self.script) + self.fewest + extra

    @property
    def acting(self) -> bool:
        return len(self.script) <= self.time < self.length

    def step(self, action: int) -> tuple[float, bool]:
        reward = 0.0
        if self.acting:
            before = self.goal <= oracle.facts(self.board)
            after = oracle.act(self.board, action)
            self.moves += action < len(oracle.pairs(len(self.board)))
            self.board = self.board if after is None else after
            holding = self.goal & oracle.facts(self.board)
            reward = self.rewards.constraint * len(holding)
            reward -= self.rewards.invalid * (after is None)
            reward -= self.rewards.undo * (before and holding != self.goal)
            self.history.append((self.moves, holding == self.goal))
        self.time += 1
        return reward, self.time == self.length

    def observation(self) -> np.ndarray:
        if not self.full:
            return self.partial_observation()
        wanted = np.zeros((self.width, 4, self.width), np.float32)
        for constraint in self.chosen.constraints if self.time >= len(self.script) else ():
            text = str(constraint)
            wanted[int(text[0]) - 1, "ablr".index(text[1]), int(text[2]) - 1] = 1
        return np.concatenate([self.partial_observation(), wanted.reshape(-1)])

    def partial_observation(self) -> np.ndarray:
        if self.time < len(self.script):
            return oracle.observation(self.board, self.width, *self.script[self.time])
        letter = self.chosen.letter if self.time == len(self.script) else None
        return oracle.observation(self.board, self.width, letter, go=True)

    def perfect(self) -> bool:
        """Satisfied by exactly the fewest moves, and at every step from then on."""
        solved = [step for step, (_, holds) in enumerate(self.history) if holds]
        if not solved:
            return False
        first = solved[0]
        return self.history[first][0] == self.fewest and all(holds for _, holds in self.history[first:])

    def info(self, planner: bool = True) -> dict:
        go = self.time >= len(self.script)
        legal = oracle.legal(self.board)
        holding = len(self.goal & oracle.facts(self.board))
        success = holding == len(self.goal)
        info = {
            "action_mask": np.array(legal if go else [True] * len(legal), np.int8),
            "phase": 4 if go else 0,
            "acting": self.acting,
            "chosen": oracle.LETTERS.index(self.chosen.letter) if go else -1,
            "satisfied": holding / len(self.goal),
            "min_moves": self.fewest,
            "moves": self.moves,
            "success": success,
            "perfect": self.perfect(),
            "lesson": self.puzzle.lesson,
            "num_constraints": len(self.goal),
        }
        if planner:
            info["optimal_actions"] = np.array(oracle.optimal_actions(self.board, self.goal))
        return info


def assert_same_info(told: dict, expected: dict) -> None:
    assert told.keys() == expected.keys()
    for key, value in expected.items():
        if isinstance(value, np.ndarray):
            assert told[key].dtype == value.dtype, key
        np.testing.assert_array_equal(told[key], value, err_msg=key)


def row_of(infos: dict, row: int) -> dict:
    """Infos of one sub-environment, those that are there."""
    return {key: infos[key][row] for key in infos if not key.startswith("_") and infos["_" + key][row]}

"""Forked episodes on tensors: moves, rewards and observations are look-ups in a table of all boards.

Begins the same episodes as `forking.ForkedSource` out of the same draws and makes of the same actions the
same observations, rewards and infos, but all lanes live on the policy's device: a step waits for nothing, and
puzzles and descriptions of the next round are prepared while this one is learnt from.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dnc_agent.episodes import Prefix, Transition, numeric_infos
from dnc_agent.tensor_source import TensorSource
from shrdlu_env.envs.infos import make_infos
from shrdlu_env.episodes import (
    CHOSEN_LETTER,
    DONE,
    END_TIME,
    GO_TIME,
    HOLDING,
    MOVES,
    SOLVED_IN,
    TIME,
    UNDONE,
    WANTED,
    State,
    begin_rows,
)
from shrdlu_env.layout import Layout
from shrdlu_env.sampling import Sampler
from shrdlu_env.transitions import BoardTable, board_table, goal_bits
from train.ahead import Ahead
from train.forking import describe, draw_branches, native_world


class Round(NamedTuple):
    """What a round begins with, on the CPU; pinned where it is going to be copied to a GPU."""

    told: Tensor  #: float32[T1, P, X], descriptions, all over at the same step
    first: Tensor  #: bool[T1, P], where each begins
    lanes: Tensor  #: int64[5, B]: puzzle, board, steps of the episode, constraints wanted, letter
    asked: Tensor  #: int64[2, C, B]: word and bit of each constraint in the table's facts
    state: State  #: the lanes' episodes as the simulation begins them


def prepare(
    sampler: Sampler,
    rng: np.random.Generator,
    *,
    lanes: int,
    layout: Layout,
    table: BoardTable,
    extra_moves: int,
    pin: bool,
) -> Round:
    """Draw the puzzles of one round and set up its episodes.

    Args:
        sampler: what to draw.
        rng: source of all chance.
        lanes: B.
        layout: of the observations.
        table: of all boards.
        extra_moves: acting steps past the minimum number of moves.
        pin: put it into memory that a GPU copies from by itself.
    """
    branches = draw_branches(sampler, rng, lanes)
    told, first = describe(layout, branches.puzzles)
    state = State.empty(lanes, layout.board_size)
    begin_rows(state, branches.apart(), np.arange(lanes), extra_moves, layout.board_size, False)
    clock = state.clock
    numbers = (
        branches.puzzle,
        table.rows(state.squares),
        clock[:, END_TIME] - clock[:, GO_TIME],
        clock[:, WANTED],
        clock[:, CHOSEN_LETTER],
    )
    words, bits = goal_bits(branches.puzzles, branches.puzzle, branches.goal, layout)
    arrays = (told, first, np.array(numbers, np.int64), np.array([words.T, bits.T]))
    tensors = [torch.from_numpy(array) for array in arrays]
    if pin:
        tensors = [tensor.pin_memory() for tensor in tensors]
    told_t, first_t, lanes_t, asked_t = tensors
    return Round(told_t, first_t, lanes_t, asked_t, state)


class TableSource(TensorSource):
    """Every goal of a description acted out, as by `ForkedSource`, on a device.

    Args:
        env: Mini-SHRDLU's native vector environment; settings, lesson and generator are read from it.
        device: where the lanes live.

    Raises:
        ValueError: if the environment is another one, or has too many boards for a table.
    """

    def __init__(self, env: Any, device: torch.device | str = "cpu") -> None:
        self._world = native_world(env)
        simulation = self._world.simulation
        self.num_lanes = simulation.num_envs
        self._device = torch.device(device)
        table = board_table(simulation.layout, simulation.sampler.block_range)
        self._num_actions = table.next.shape[1]
        self._next, self._legal, self._facts, self._seen = (
            torch.as_tensor(array, device=device)
            for array in (table.next.reshape(-1), table.legal.reshape(-1), table.facts, table.observations)
        )
        self._constraint_reward, self._invalid_cost, self._undo_penalty = simulation.rules.tolist()
        self._ahead = Ahead(
            partial(
                prepare,
                lanes=self.num_lanes,
                layout=simulation.layout,
                table=table,
                extra_moves=simulation.extra_moves,
                pin=self._device.type == "cuda",
            )
        )

    @property
    def cpu_seconds_ahead(self) -> float:
        """CPU time spent so far on preparing rounds ahead, in their thread."""
        return self._ahead.cpu_seconds

    def close(self) -> None:
        """End the thread that prepares rounds."""
        self._ahead.close()

    def reset(self) -> tuple[Tensor, NDArray[np.bool_]]:
        """See `TensorSource`: every goal begins at the cue."""
        begun = self._ahead.take(self._world.simulation.sampler, self._world.np_random)
        puzzle, self._board, self._steps, self._wanted, letter = self._put(begun.lanes)
        self._word, self._bit = self._put(begun.asked)
        self.prefix = Prefix(self._put(begun.told), self._put(begun.first), puzzle)
        self._state = begun.state
        self._lengths = begun.lanes[2].numpy()
        self._time = 0
        self._holding, self._moves, self._solved_in = torch.zeros(
            3, self.num_lanes, dtype=torch.int64, device=self._device
        )
        # The goal's letter is shown with the cue, this once.
        observations = self._seen[self._board].scatter_(1, letter.unsqueeze(1), 1.0)
        return observations, np.ones(self.num_lanes, bool)

    def step(self, actions: Tensor) -> Transition:
        """See `TensorSource`; the torch form of `shrdlu_env.episodes.advance` past the cue."""
        live = self._steps > self._time
        before = self._holding == self._wanted
        move = self._board * self._num_actions + actions
        # Where nothing moves, an illegal action too, the board stays: what holds is a function of the board.
        self._board = torch.where(live, self._next[move], self._board)
        words = self._facts[self._board].T.gather(0, self._word)
        self._holding = ((words >> self._bit) & 1).sum(0)
        solved = self._holding == self._wanted
        self._moves = self._moves + (live & (actions < self._num_actions - 1))
        self._solved_in = torch.where(
            solved,
            torch.where(self._solved_in == 0, self._moves, self._solved_in),
            torch.where(before, UNDONE, self._solved_in),
        )
        # In double precision and in this order, the numbers are the simulation's to the last bit.
        reward = self._constraint_reward * self._holding.double()
        reward = reward - self._invalid_cost * (~self._legal[move]).double()
        reward = reward - self._undo_penalty * (before & ~solved).double()
        self._time += 1
        running = self._lengths > self._time
        return Transition(
            observations=self._seen[self._board],
            rewards=torch.where(live, reward, 0.0),
            terminated=~running,
            truncated=np.zeros(self.num_lanes, bool),
            acting=running,
            infos={},
        )

    def final(self) -> dict[str, np.ndarray]:
        """See `TensorSource`: the simulation's own infos, from what the device found; one transfer."""
        clock = self._state.clock
        found = torch.stack([self._holding, self._moves, self._solved_in]).cpu().numpy()
        clock[:, [HOLDING, MOVES, SOLVED_IN]] = found.T
        clock[:, TIME] = clock[:, END_TIME]
        clock[:, DONE] = 1
        return numeric_infos(make_infos(self._state, self._num_actions, False), self.num_lanes)

    def _put(self, tensor: Tensor) -> Tensor:
        return tensor.to(self._device, non_blocking=True)

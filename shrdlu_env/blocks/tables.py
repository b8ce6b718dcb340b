"""Distance tables: for every shape of a board, all boards reachable from it, nearest first.

Moves do not look at the numbers on the blocks, so distances survive any renumbering. One table per *shape*
(tuple of column heights) therefore serves all boards of that shape: number the blocks of the board at hand
1..k column by column, bottom to top, and look up the others under the same renumbering. A table holds, per
fact, a bit row over its boards (which of them carry the fact), per board the first actions of its shortest
paths, and per distance and n how many boards carry at least n facts which the start does not.
"""

from __future__ import annotations

import math
import threading
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shrdlu_env._jit import njit, njit_lean
from shrdlu_env.blocks.rules import MAX_BLOCKS, MAX_FACTS, list_facts, measure
from shrdlu_env.blocks.search import MAX_BOARDS, MAX_DEPTH, NO_LIMIT, TOO_MANY_BOARDS, decode, explore

TABLE_BOARDS = 50_000
"""Complete tables are kept where a shape has at most this many boards; past it the planner searches."""

TABLE_BYTES = 1 << 30
"""Memory after which all tables of one board size are dropped, to be built again when asked for."""

WORD = 63
"""Bits used of each word of a bit row (63, so that words stay non-negative int64)."""

SLOT_OFFSET, BIT_OFFSET, WORDS, LAYER_OFFSET, LAYERS, COMPLETE, BLOCKS = range(7)
FIRST_ACTIONS, MOVES = range(2)


class Tables(NamedTuple):
    """All tables of one board size, end to end in flat arrays.

    Attributes:
        slots: int32[(S+1)^S], shape -> number of its table, -1 where there is none yet.
        heads: int64[tables, 7], where each table's parts begin (columns as the constants above).
        bits: int64[...], bit rows, one per fact number, `WORDS` words each.
        paths: int32[..., 2], per board the bits of the first actions of shortest paths, and their length.
        facts: uint8[..., 1 + 12], per board the number of facts that the start lacks, then these facts.
        layers: int32[..., 1 + 12], per distance where it begins, then how many of its boards carry at least
            1, 2, ... such facts; these boards come first.
        tabled: bool[10], per number of blocks whether tables are complete.
    """

    slots: NDArray[np.int32]
    heads: NDArray[np.int64]
    bits: NDArray[np.int64]
    paths: NDArray[np.int32]
    facts: NDArray[np.uint8]
    layers: NDArray[np.int32]
    tabled: NDArray[np.bool_]


@njit_lean
def shape_code(heights: NDArray[np.int8], size: int) -> int:
    """Number of a shape: its heights as digits in base S + 1."""
    code = 0
    for column in range(size):
        code = code * (size + 1) + int(heights[column])
    return code


@njit
def _tabulate(
    keys: NDArray[np.int64],
    layer_starts: NDArray[np.int32],
    size: int,
    blocks: int,
    bits: NDArray[np.int64],
    facts: NDArray[np.uint8],
    layers: NDArray[np.int32],
    order: NDArray[np.int64],
) -> None:
    """Fill a table from the boards of a search; order[i] becomes the search's index of board i."""
    squares = np.zeros(size * size, np.int8)
    heights = np.zeros(size, np.int8)
    listed = np.zeros(2 * MAX_FACTS, np.int64)
    at_start = np.zeros(2 * MAX_BLOCKS * MAX_BLOCKS, np.bool_)
    decode(int(keys[0]), size, squares, heights)
    for i in range(list_facts(squares, size, blocks, listed)):
        at_start[listed[i]] = True
    new_facts = np.zeros(len(keys), np.int8)
    for index in range(len(keys)):
        decode(int(keys[index]), size, squares, heights)
        for i in range(list_facts(squares, size, blocks, listed)):
            new_facts[index] += not at_start[listed[i]]
    place = 0
    for depth in range(len(layer_starts) - 1):
        layers[depth, 0] = place
        for wanted in range(MAX_FACTS, -1, -1):
            for index in range(layer_starts[depth], layer_starts[depth + 1]):
                if new_facts[index] == wanted:
                    order[place] = index
                    place += 1
            if wanted > 0:
                layers[depth, wanted] = place - layers[depth, 0]
    layers[len(layer_starts) - 1, 0] = place
    for place in range(len(keys)):
        decode(int(keys[order[place]]), size, squares, heights)
        found = 0
        for i in range(list_facts(squares, size, blocks, listed)):
            fact = listed[i]
            bits[fact, place // WORD] |= 1 << (place % WORD)
            if not at_start[fact]:
                found += 1
                facts[place, found] = fact
        facts[place, 0] = found


class TableStore:
    """Builds and keeps the tables of one board size.

    Threads may share a store: `tables` is replaced as a whole, and what was read from it stays as it was.

    Args:
        size: S.
        table_boards: complete tables are kept where a shape has at most this many boards.
        table_bytes: memory after which all tables are dropped, in bytes.
    """

    def __init__(self, size: int, table_boards: int = TABLE_BOARDS, table_bytes: int = TABLE_BYTES) -> None:
        self.size = size
        self.table_bytes = table_bytes
        self._tabled = np.array([boards_per_shape(size, k) <= table_boards for k in range(MAX_BLOCKS + 1)])
        self._depths: dict[int, int] = {}
        self._lock = threading.Lock()
        self._clear()

    def _clear(self) -> None:
        self._depths.clear()
        self.tables = Tables(
            slots=np.full((self.size + 1) ** self.size, -1, np.int32),
            heads=np.zeros((0, 7), np.int64),
            bits=np.zeros(0, np.int64),
            paths=np.zeros((0, 2), np.int32),
            facts=np.zeros((0, 1 + MAX_FACTS), np.uint8),
            layers=np.zeros((0, 1 + MAX_FACTS), np.int32),
            tabled=self._tabled,
        )
        # Flat arrays with room to grow: `tables` holds views of their filled part.
        self._room = {
            name: getattr(self.tables, name) for name in ("heads", "bits", "paths", "facts", "layers")
        }

    def ensure(self, squares: NDArray[np.int8], depth: int) -> Tables:
        """Make the table for this board's shape, at least to this distance; complete where boards are few.

        Returns:
            Tables that have it, whatever other threads do to the store.

        Raises:
            ValueError: more than `search.MAX_BOARDS` boards would have to be listed.
        """
        with self._lock:
            self._ensure(squares, depth)
            return self.tables

    def _ensure(self, squares: NDArray[np.int8], depth: int) -> None:
        size = self.size
        heights = np.zeros(size, np.int8)
        measure(squares, size, heights)
        code = shape_code(heights, size)
        blocks = int(heights.sum())
        complete = bool(self._tabled[blocks])
        if self.tables.slots[code] >= 0 and self._depths[code] >= depth:
            return
        canonical = np.zeros(size * size, np.int8)
        number = 0
        for column in range(size):
            for row in range(heights[column]):
                number += 1
                canonical[row * size + column] = number
        limit = MAX_DEPTH if complete else depth
        none = np.zeros((0, 4), np.int8)
        status, _, keys, first, starts = explore(canonical, size, none, 0, 0, limit, NO_LIMIT, MAX_BOARDS)
        if status == TOO_MANY_BOARDS:
            raise ValueError(
                f"depth={depth} with blocks={blocks} on board_size={size}: more than {MAX_BOARDS} boards lie "
                "within that many moves; ask for a smaller depth"
            )
        complete = complete or len(starts) - 2 < depth
        words = -(-len(keys) // WORD)
        bits = np.zeros((2 * blocks * blocks, words), np.int64)
        facts = np.zeros((len(keys), 1 + MAX_FACTS), np.uint8)
        layers = np.zeros((len(starts), 1 + MAX_FACTS), np.int32)
        order = np.zeros(len(keys), np.int64)
        _tabulate(keys, starts, size, blocks, bits, facts, layers, order)
        if bits.nbytes + facts.nbytes + sum(a.nbytes for a in self.tables) > self.table_bytes:
            self._clear()
        head = np.array(
            [[len(self.tables.paths), len(self.tables.bits), words, len(self.tables.layers), len(starts) - 1,
              complete, blocks]],
            np.int64,
        )  # fmt: skip
        parts: dict[str, NDArray] = {
            "heads": head,
            "bits": bits.reshape(-1),
            "paths": np.stack([first[order], np.repeat(np.arange(len(starts) - 1), np.diff(starts))], 1),
            "facts": facts,
            "layers": layers,
        }
        # Another thread may be reading the tables as they are: a slot must not name a table they lack.
        slots = self.tables.slots.copy()
        slots[code] = len(self.tables.heads)
        grown = {name: self._append(name, part) for name, part in parts.items()}
        self.tables = self.tables._replace(slots=slots, **grown)
        self._depths[code] = MAX_DEPTH if complete else depth

    def _append(self, name: str, part: NDArray) -> NDArray:
        filled = len(getattr(self.tables, name))
        room = self._room[name]
        if filled + len(part) > len(room):
            grown = np.empty(
                (max(len(room) + len(room) // 4, filled + len(part)), *room.shape[1:]), room.dtype
            )
            grown[:filled] = room[:filled]
            room = self._room[name] = grown
        room[filled : filled + len(part)] = part
        return room[: filled + len(part)]


def boards_per_shape(size: int, blocks: int) -> int:
    """How many boards of k blocks there are: an upper bound for what can be reached from one of them."""
    shapes = [1] + [0] * blocks
    for _ in range(size):
        shapes = [sum(shapes[max(0, total - size) : total + 1]) for total in range(blocks + 1)]
    return shapes[blocks] * math.factorial(blocks)


@cache
def table_store(size: int) -> TableStore:
    """The process-wide store for one board size."""
    return TableStore(size)

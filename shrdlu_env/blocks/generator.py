"""Puzzles out of chance, in bulk: one compiled loop.

Source: Methods, 'Mini-SHRDLU'. What the paper leaves open is decided in docs/reference/environment.md, 'Puzzles'.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from shrdlu_env._jit import njit_lean
from shrdlu_env.blocks.planner import scan
from shrdlu_env.blocks.puzzles import (
    CHOSEN,
    DEPTH,
    FIRST_ACTIONS,
    LESSON,
    LETTER,
    MIN_MOVES,
    NUM_BLOCKS,
    NUM_GOALS,
    STEPS,
    PuzzleBatch,
)
from shrdlu_env.blocks.rules import MAX_FACTS, measure
from shrdlu_env.blocks.tables import COMPLETE, LAYER_OFFSET, LAYERS, SLOT_OFFSET, Tables, shape_code
from shrdlu_env.curriculum import draw_lesson


class Scratch(NamedTuple):
    """Room for one puzzle in the making: letters not yet given away, blocks column by column, facts, heights."""

    letters: NDArray[np.int64]
    order: NDArray[np.int64]
    facts: NDArray[np.int64]
    heights: NDArray[np.int8]

    @classmethod
    def empty(cls, size: int) -> Scratch:
        """For boards of this size."""
        return cls(
            np.zeros(26, np.int64),
            np.zeros(16, np.int64),
            np.zeros(MAX_FACTS, np.int64),
            np.zeros(size, np.int8),
        )


@njit_lean
def _below(rng: np.random.Generator, n: int) -> int:
    """A uniform number from 0 to n - 1; n is small, so the bias (below 2**-48) does not show."""
    return int(rng.random() * n)


@njit_lean
def _between(rng: np.random.Generator, low: int, high: int) -> int:
    """A uniform number from low to high, both included."""
    return int(low) + _below(rng, int(high) - int(low) + 1)


@njit_lean
def _without(entries: int, nth: int) -> int:
    """A list of entries of four bits without its nth."""
    before = (1 << 4 * nth) - 1
    return (entries & before) | (entries >> 4 & ~before)


@njit_lean
def _drop_blocks(
    rng: np.random.Generator, size: int, blocks: int, squares: NDArray[np.int8], heights: NDArray[np.int8]
) -> None:
    """Drop blocks in random order, each on a random column that is not full."""
    squares[:] = 0
    heights[:] = 0
    # Lists in order, four bits an entry: blocks in hand, columns that are not full.
    hand, free, open_columns = 0, 0, size
    for block in range(blocks, 0, -1):
        hand = hand << 4 | block
    for column in range(size - 1, -1, -1):
        free = free << 4 | column
    for remaining in range(blocks, 0, -1):
        nth = _below(rng, remaining)
        block = (hand >> 4 * nth) & 15
        hand = _without(hand, nth)
        nth = _below(rng, open_columns)
        column = (free >> 4 * nth) & 15
        squares[heights[column] * size + column] = block
        heights[column] += 1
        if heights[column] == size:
            free = _without(free, nth)
            open_columns -= 1


@njit_lean
def _draw_goal(
    rng: np.random.Generator,
    tables: Tables,
    table: int,
    ranges: NDArray[np.int32],
    size: int,
    order: NDArray[np.int64],
    blocks: int,
    facts: NDArray[np.int64],
    letter: int,
    steps: NDArray[np.int8],
    begin: int,
    goal: NDArray[np.int32],
) -> int:
    """Draw one goal into steps[begin:end] and goal[4]; returns end.

    `order[i]` is the block that the table numbers i + 1; `ranges` ends with the ranges of constraints and
    depth.
    """
    layer_offset = tables.heads[table, LAYER_OFFSET]
    last = tables.heads[table, LAYERS] - 1
    depth = last + 1
    while depth > last or tables.layers[layer_offset + depth, 1] == 0:
        depth = _between(rng, ranges[6], ranges[7])
    count = _between(rng, ranges[4], ranges[5])
    while tables.layers[layer_offset + depth, count] == 0:
        count -= 1
    layer = tables.layers[layer_offset + depth]
    inverse = (1 << 16) // blocks + 1
    board = tables.heads[table, SLOT_OFFSET] + layer[0] + _below(rng, layer[count])
    carried = int(tables.facts[board, 0])
    for i in range(carried):
        facts[i] = tables.facts[board, 1 + i]
    for i in range(count):
        j = i + _below(rng, carried - i)
        fact = facts[j]
        facts[j] = facts[i]
        facts[i] = fact
        beside = fact >= blocks * blocks
        pair = fact - beside * blocks * blocks
        # pair // blocks: a division takes longer.
        x = (pair * inverse) >> 16
        y = pair - x * blocks
        # Half of the time the other way round; whether, no processor can guess, so there is no branch.
        turned = int(rng.random() >= 0.5)
        steps[begin + i, 0] = letter
        steps[begin + i, 1 + 2 * turned] = order[x]
        steps[begin + i, 2] = 2 * beside + turned
        steps[begin + i, 3 - 2 * turned] = order[y]
    moves, actions = scan(tables, table, facts, count, size)
    goal[LETTER] = letter
    goal[DEPTH] = depth
    goal[MIN_MOVES] = moves
    goal[FIRST_ACTIONS] = actions
    return begin + count


@njit_lean
def fill(
    rng: np.random.Generator,
    tables: Tables,
    out: PuzzleBatch,
    rows: NDArray[np.int64],
    begin: int,
    resume: bool,
    lessons: NDArray[np.int32],
    lesson: int,
    earlier: float,
    size: int,
    scratch: Scratch,
) -> int:
    """Draw puzzles into out[rows[begin:]].

    Draws from row `lesson` of `lessons` or, with chance `earlier`, from a row above it. Such a row, int32[9],
    holds the ranges of goals, blocks, constraints and depth, then the lesson's number.

    Stops where it needs a distance table that is not there. Nothing is drawn between the start board
    and the goals, so carrying on after the table has been built (`resume=True`) draws what it would have
    drawn at once: what a seed gives does not depend on which tables happen to be in memory.

    Returns:
        Index into rows of the puzzle whose start board needs a table, or len(rows) when all are drawn.
    """
    letters, order, facts, heights = scratch.letters, scratch.order, scratch.facts, scratch.heights
    for index in range(begin, len(rows)):
        row = rows[index]
        meta = out.meta[row]
        squares = out.start[row]
        if resume and index == begin:
            measure(squares, size, heights)
        else:
            drawn = draw_lesson(rng, lesson, earlier)
            ranges = lessons[drawn]
            meta[LESSON] = ranges[8]
            meta[STEPS] = drawn
            meta[NUM_GOALS] = _between(rng, ranges[0], ranges[1])
            meta[NUM_BLOCKS] = _between(rng, ranges[2], ranges[3])
            _drop_blocks(rng, size, meta[NUM_BLOCKS], squares, heights)
        ranges = lessons[meta[STEPS]]
        blocks = int(meta[NUM_BLOCKS])
        while True:
            table = tables.slots[shape_code(heights, size)]
            if table < 0 or (not tables.heads[table, COMPLETE] and tables.heads[table, LAYERS] <= ranges[7]):
                return index
            layer_offset = tables.heads[table, LAYER_OFFSET]
            feasible = False
            for depth in range(ranges[6], min(ranges[7], tables.heads[table, LAYERS] - 1) + 1):
                feasible = feasible or tables.layers[layer_offset + depth, 1] > 0
            if feasible:
                break
            _drop_blocks(rng, size, blocks, squares, heights)
        # Anew for every puzzle: what one draws must not depend on how many came before it in this call.
        for letter in range(26):
            letters[letter] = letter
        place = 0
        for column in range(size):
            for level in range(heights[column]):
                order[place] = squares[level * size + column]
                place += 1
        end = 0
        for goal in range(meta[NUM_GOALS]):
            j = goal + _below(rng, 26 - goal)
            letter = letters[j]
            letters[j] = letters[goal]
            letters[goal] = letter
            out.offsets[row, goal] = end
            end = _draw_goal(
                rng,
                tables,
                table,
                ranges,
                size,
                order,
                blocks,
                facts,
                letter,
                out.steps[row],
                out.offsets[row, goal],
                out.goals[row, goal],
            )
        out.offsets[row, meta[NUM_GOALS] :] = end
        meta[STEPS] = end
        meta[CHOSEN] = _below(rng, meta[NUM_GOALS])
    return len(rows)

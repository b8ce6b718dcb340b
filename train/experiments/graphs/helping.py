"""What helped networks start with: a memory that files triples; in traversal, two heads that walk.

In traversal words start as copies of the input. While the query is told, head 0 looks for its first word, by the flag
that only that word has; from then on it goes from query to query by forward links. Head 1 looks up the triple that
begins where its last one ended, under the edge that head 0 read one step before. What to answer with it is not put in.
"""

from __future__ import annotations

from typing import Any

import torch

from dnc_agent.cores.dnc.core import DNC
from shrdlu_env.graphs.arrays import INFERENCE, SHORTEST_PATH
from shrdlu_env.graphs.coding import ANSWER, LABEL_WIDTH, TRANSITION, TRIPLE_WIDTH, WIDTH

OPTIONS = {"interface_skip": True, "reads_skip": True, "interface_bias": {"read_strengths": 60.0}}
"""Options of a core that can start walking; the strength of a lookup has to tell one wrong digit of six."""
FILING_OPTIONS = {"interface_skip": True, "interface_bias": {"read_strengths": 10.0}}
"""Options of a core that can start filing."""
FINDERS = {INFERENCE: "relation", SHORTEST_PATH: "path"}
"""What looks through the files, by task."""
FLAG = 8.0
"""Weight of the transition flag in a word: the first query is found by it, and not by what it asks."""
COMPLETE = 0.25
"""Weight in head 1's key of there being a destination at all, which told triples have and queries have not."""
SURE = 8.0
"""Bias of gates and modes that start open or shut."""
HIDDEN = 0.1
"""What is left of the hidden units' part, which starts as noise."""


def finder(task: int) -> dict[str, Any]:
    """The finder of a task, as `dnc_agent.supervised.NetworkDescription` takes it."""
    return {"name": FINDERS[task], "width": LABEL_WIDTH, "cue": TRANSITION, "answer": ANSWER}


@torch.no_grad()
def start_filing(core: DNC) -> None:
    """Set a core's initial weights: what has three labels is written as it is, each to a free location; nothing else.

    Raises:
        ValueError: if its words are too short.
    """
    if core.options.word_size < TRIPLE_WIDTH:
        raise ValueError(f"word_size={core.options.word_size!r}; finder needs at least {TRIPLE_WIDTH}")
    rows, weight, bias = core.interface_rows(), core.interface.weight, core.interface.bias
    hidden = core.options.hidden_total
    for field in ("write_vector", "write_gate", "allocation_gate", "free_gates"):
        _quieten(weight[rows[field]], hidden)
    vector, gate = weight[rows["write_vector"]], weight[rows["write_gate"]]
    vector[range(TRIPLE_WIDTH), range(hidden, hidden + TRIPLE_WIDTH)] = 1.0
    # Each label of a triple has three digits, each of which brings a third; two labels and a half shut the gate.
    gate[:, hidden : hidden + TRIPLE_WIDTH] = 2 * SURE / 3
    gate[:, hidden + ANSWER] = -6 * SURE
    bias[rows["write_gate"]] = -5 * SURE
    bias[rows["allocation_gate"]], bias[rows["free_gates"]] = SURE, -SURE


@torch.no_grad()
def start_walking(core: DNC) -> None:
    """Set a core's initial weights.

    Raises:
        ValueError: if its words are too short, or it has fewer than two heads.
    """
    chosen = core.options
    words, heads, hidden = chosen.word_size, chosen.read_heads, chosen.hidden_total
    if words < WIDTH or heads < 2:
        raise ValueError(
            f"word_size={words!r} with read_heads={heads!r}; walk_weights needs at least {WIDTH} and 2"
        )
    rows, weight, bias = core.interface_rows(), core.interface.weight, core.interface.bias
    seen, read = hidden, hidden + WIDTH  # first columns of the input and of the reads of the step before
    for field in (
        "write_vector",
        "read_keys",
        "read_strengths",
        "write_gate",
        "allocation_gate",
        "free_gates",
    ):
        _quieten(weight[rows[field]], hidden)
    _quieten(weight[rows["read_modes"]], hidden)

    vector = weight[rows["write_vector"]]
    vector[range(TRIPLE_WIDTH), range(seen, seen + TRIPLE_WIDTH)] = 1.0
    vector[TRANSITION, seen + TRANSITION] = FLAG
    bias[rows["write_gate"]], bias[rows["allocation_gate"]], bias[rows["free_gates"]] = SURE, SURE, -SURE
    weight[rows["write_gate"], seen + ANSWER] = -2 * SURE

    keys, key_bias = weight[rows["read_keys"]], bias[rows["read_keys"]]
    key_bias[TRANSITION] = FLAG
    source, edge, target = (torch.arange(k * LABEL_WIDTH, (k + 1) * LABEL_WIDTH) for k in range(3))
    # Head 1's key begins `words` rows further down; its own last word `words` columns further right.
    keys[words + source, read + source] = 1.0
    keys[words + source, read + words + target] = 1.0
    keys[words + edge, read + edge] = 1.0
    key_bias[words + target] = COMPLETE

    modes, mode_bias = weight[rows["read_modes"]], bias[rows["read_modes"]]
    backward, content, forward = range(3)
    mode_bias[content] = SURE
    modes[content, seen + ANSWER], modes[forward, seen + ANSWER] = -2 * SURE, SURE
    # Head 1 has read nothing yet: backward from nowhere is nowhere.
    mode_bias[3 + backward] = SURE
    modes[3 + backward, seen + ANSWER], modes[3 + content, seen + ANSWER] = -2 * SURE, SURE


def _quieten(rows: torch.Tensor, hidden: int) -> None:
    """Leave a little of the hidden units' part and nothing of the rest; `rows` is a view."""
    rows[:, :hidden] *= HIDDEN
    rows[:, hidden:] = 0.0

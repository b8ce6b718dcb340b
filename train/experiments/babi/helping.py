"""What a network with `sentence_weights` starts with: a location for each sentence, found by the words it shares.

Every word has a code of random signs. The first units of the controller add up the codes of the words since the last
full stop or answer, the later ones a little louder; at a full stop the sum is written to a free location. Read keys are
the sum as it stands, for every head but the first with what the head before it has just read: so a lookup can go on
from line to line while an answer is waited for. Which line matters, what came later, and what to say is not put in.

Weights are large where only their direction counts, in keys and codes: a step of training then turns them little.
With keys of length one a step size of 1e-3 undid them within some hundred updates (docs/results/babi.md).
"""

from __future__ import annotations

from typing import Any

import torch

from dnc_agent.cores.dnc.core import DNC
from shrdlu_env.text.vocabulary import MARK, PUNCTUATION, WORDS, word_id

STRENGTHS = (20.0, 10.0, 5.0)
"""Read strengths of the first heads, the last for all others too: a lookup has to tell one word shared of five, but by
a sharp one no other line is noticed, and a second step is found by accident only."""
CODE = 4.0
"""Length of an entry of a code in the candidate, which it saturates."""
GATHERED = -1.2
"""Bias of the input gates of the units that gather, so that they do not saturate."""
KEPT = (0.97, 0.6)
"""What units keep of their sums from word to word, the first and the last; evenly spaced between: so the sum tells the
order of its words."""
OPEN = 4.0
"""Bias of gates that start open; shut: minus it."""
RESET = -36.0
"""Weight from the units that mark an end to the forget gates of those that gather."""
WRITTEN = 4.0
"""Weight of the sum in the word that is written."""
KEY, FOLLOWED = 6.0, 3.0
"""Weights in a key: of the sum, and of what the head before read."""
SHUT, FULL_STOP = -20.0, 32.0
"""Bias of the write gate, and its weight on the unit that marks a full stop. A location that is written ever so little
has a direction already, and a lookup sees nothing else."""
NOISE = 0.1
"""What is left of the random weights of the interface."""


WITHOUT = ("temporal_links", "masked_lookup", "interface_norm", "gate_biases")
"""Settings of the network that are off where it starts so."""


def options(read_heads: int) -> dict[str, Any]:
    """Options of a core that can start so, beside those that are off."""
    strengths = [*STRENGTHS, *[STRENGTHS[-1]] * read_heads][:read_heads]
    return {"reads_skip": True, "interface_bias": {"read_strengths": strengths}}


@torch.no_grad()
def start_gathering(core: DNC, generator: torch.Generator) -> None:
    """Set a core's initial weights.

    Args:
        core: of one layer, with `options` and none of `WITHOUT`; its input is a word, one-hot.
        generator: of the codes.

    Raises:
        ValueError: if it has too few units for its words.
    """
    chosen = core.options
    words, hidden = chosen.word_size, chosen.hidden_size
    if hidden < words + 2:
        raise ValueError(
            f"hidden_size={hidden!r} with word_size={words!r}; sentence_weights needs at least {words + 2} units"
        )
    signs = torch.randint(0, 2, (words, len(WORDS)), generator=generator) * 2.0 - 1.0
    for mark in PUNCTUATION:
        signs[:, word_id(mark)] = 0.0
    _gather(core, signs)
    rows, weight, bias = core.interface_rows(), core.interface.weight, core.interface.bias
    weight *= NOISE
    weight[rows["write_vector"], :words] += WRITTEN * torch.eye(words)
    weight[rows["write_gate"]] = 0.0
    weight[rows["write_gate"], words] = FULL_STOP
    bias[rows["write_gate"]] = SHUT
    bias[rows["allocation_gate"]], bias[rows["free_gates"]] = OPEN, -OPEN
    keys, same = weight[rows["read_keys"]], torch.eye(words)  # a view
    for head in range(chosen.read_heads):
        key = keys[head * words : (head + 1) * words]
        key[:, :words] += KEY * same
        if head:
            key[:, hidden + (head - 1) * words : hidden + head * words] += FOLLOWED * same


def _gather(core: DNC, signs: torch.Tensor) -> None:
    """The controller: units that add up codes, and two after them that are on at a full stop and at an answer."""
    weight, bias = core.controller.weights[0], core.controller.biases[0]
    words, units = len(signs), core.options.hidden_size
    before = weight.shape[1] - units  # first column of the units of the step before
    stop, answer = words, words + 1
    kept = torch.linspace(*KEPT, words).logit()
    for gate, value in enumerate((GATHERED, kept, 0.0, OPEN)):  # input, forget, candidate, output
        rows = slice(gate * units, gate * units + words)
        weight[rows, : len(WORDS)] = 0.0
        weight[rows, len(WORDS) :] *= NOISE * NOISE
        bias[rows] = value
    weight[2 * units : 2 * units + words, : len(WORDS)] = CODE * signs
    for unit, mark in ((stop, "."), (answer, MARK)):
        for gate, value in enumerate((OPEN, -OPEN, 0.0, OPEN)):
            weight[gate * units + unit] = 0.0
            bias[gate * units + unit] = value
        weight[2 * units + unit, word_id(mark)] = OPEN
        weight[units : units + words, before + unit] = RESET

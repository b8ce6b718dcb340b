"""How soon does a core learn to recall a named goal? Supervised, without a policy; for the lab book.

The core sees descriptions of Mini-SHRDLU puzzles, then the cue; a linear readout of its features must name
the cued goal's constraints. In lesson 1 a loss of 2 log 2 = 1.39 nats means that both goals are known, but
not which is which.

    python benchmarks/recall_probe.py --interface-skip --read-strength 16
"""

from __future__ import annotations

import json
import statistics
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import tyro
from torch import nn

from dnc_agent import DNC, LSTM
from dnc_agent.cores.contract import RecurrentCore
from shrdlu_env.blocks.layout import Layout
from shrdlu_env.blocks.puzzles import CHOSEN, LETTER
from shrdlu_env.blocks.sampling import Sampler
from train.experiments.mini_shrdlu.recall import cued_facts, num_facts


@dataclass
class Probe:
    """Settings of one probe."""

    core: str = "dnc"
    lesson: int = 1
    updates: int = 4000
    batch: int = 64
    learning_rate: float = 3e-3
    hidden_size: int = 128
    memory_size: int = 32
    word_size: int = 32
    read_heads: int = 2
    interface_skip: bool = False
    tied_key_init: bool = False
    masked_lookup: bool = False
    read_strength: float | None = None
    """Initial bias of the read strengths, with open gates and content reads; None: no bias at all."""
    seed: int = 0
    threads: int = 1


def make_core(probe: Probe, layout: Layout) -> RecurrentCore[Any]:
    """The core to probe."""
    if probe.core == "lstm":
        return LSTM(layout.size, hidden_size=probe.hidden_size)
    bias: dict[str, Any] | None = None
    if probe.read_strength is not None:
        bias = {"write_gate": 2.0, "allocation_gate": 2.0, "free_gates": -2.0, "read_modes": (0.0, 2.0, 0.0)}
        bias["read_strengths"] = probe.read_strength
    return DNC(
        layout.size,
        hidden_size=probe.hidden_size,
        memory_size=probe.memory_size,
        word_size=probe.word_size,
        read_heads=probe.read_heads,
        interface_skip=probe.interface_skip,
        tied_key_init=probe.tied_key_init,
        masked_lookup=probe.masked_lookup,
        interface_bias=bias,
    )


def episodes(
    sampler: Sampler, layout: Layout, rng: np.random.Generator, batch: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Observations [T, B, X] from the first description step to the cue, and which are valid [T, B]."""
    puzzles = sampler.generate(rng, batch)
    told, lengths = layout.encode_descriptions(puzzles)
    x = np.concatenate([told, np.zeros_like(told[:1])])
    lanes = np.arange(batch)
    x[lengths, lanes] = 0.0
    x[lengths, lanes, layout.board] = told[0, :, layout.board]
    x[lengths, lanes, puzzles.goals[lanes, puzzles.meta[:, CHOSEN], LETTER]] = 1.0
    x[lengths, lanes, layout.go.start] = 1.0
    return torch.as_tensor(x), torch.as_tensor(np.arange(len(x))[:, None] <= lengths)


def main(probe: Probe) -> dict[str, Any]:
    """Train the probe; returns its settings, the loss every 500 updates, and when 90 % were recalled."""
    torch.set_num_threads(probe.threads)
    torch.manual_seed(probe.seed)
    rng, layout = np.random.default_rng(probe.seed), Layout()
    sampler = Sampler(3, probe.lesson)
    core = make_core(probe, layout)
    readout = nn.Linear(core.feature_size, num_facts(layout))
    optimizer = torch.optim.Adam([*core.parameters(), *readout.parameters()], lr=probe.learning_rate)
    losses: list[float] = []
    rights: list[float] = []
    reached, begin = None, time.process_time()
    for update in range(probe.updates):
        x, valid = episodes(sampler, layout, rng, probe.batch)
        steps, targets = cued_facts(layout, x, valid)
        answers = readout(core.unroll(x)[0][steps])
        loss = (
            nn.functional.binary_cross_entropy_with_logits(answers, targets, reduction="none").sum(-1).mean()
        )
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(core.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
        rights.append(((answers > 0) == (targets > 0.5)).all(-1).float().mean().item())
        if reached is None and update >= 50 and statistics.fmean(rights[-50:]) >= 0.9:
            reached = update + 1
    window = 100
    curve = {
        k: round(statistics.fmean(losses[k - window : k]), 3) for k in range(500, probe.updates + 1, 500)
    }
    return {
        "settings": vars(probe),
        "loss": curve,
        "right": round(statistics.fmean(rights[-window:]), 3),
        "updates_to_90_percent": reached,
        "cpu_seconds": round(time.process_time() - begin, 1),
    }


if __name__ == "__main__":
    print(json.dumps(main(tyro.cli(Probe))))

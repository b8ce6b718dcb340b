"""Planning alone: the goal's facts are shown, nothing has to be remembered; policy gradient learns the moves.

Tells what the acting head costs apart from the memory: `--head plain` sees board and facts through a hidden
layer, `--head relational` through the graph network of `dnc_agent.networks.relational`. Prints a line per check.


    python benchmarks/planning_probe.py --head relational --minutes 2
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
import tyro
from numpy.typing import NDArray
from torch import Tensor, nn

from dnc_agent.networks import distributions
from dnc_agent.networks.readouts import Head
from dnc_agent.networks.relational import RelationalTrunk
from dnc_agent.rl.returns import generalized_advantages, normalize
from shrdlu_env.blocks.puzzles import CHOSEN, PuzzleBatch
from shrdlu_env.blocks.sampling import Sampler
from train.experiments.mini_shrdlu.settings import AgentConfig, WorldConfig
from train.experiments.mini_shrdlu.wiring import relational_arguments
from train.experiments.mini_shrdlu.worlds import make_world

BLOCKS = 6
FACTS = 2 * BLOCKS * BLOCKS


@dataclass
class Probe:
    """Train a head on board and facts."""

    head: Literal["plain", "relational"] = "relational"
    """What joins board and facts."""
    hidden: int = 128
    """Units of the hidden layer after it."""
    learning_rate: float = 3e-3
    """Step size of Adam."""
    batch: int = 128
    """Episodes per update."""
    entropy: float = 0.05
    """Weight of the entropy bonus."""
    minutes: float = 2.0
    """How long."""
    check: int = 512
    """Puzzles of the gate, every 50 updates."""
    seed: int = 0
    """Of everything."""


class Player(nn.Module):
    """Logits and value from observations [M, X] and facts [M, FACTS]."""

    def __init__(self, settings: Probe, layout: Any, actions: int) -> None:
        super().__init__()
        self.board = layout.board
        self.trunk = None
        size = layout.board.stop - layout.board.start + FACTS
        if settings.head == "relational":
            self.trunk = RelationalTrunk(
                FACTS, **relational_arguments(AgentConfig(relational_width=32), layout)
            )
            size = self.trunk.width
        self.policy = Head(size, (settings.hidden,), actions, gain=0.01)
        self.value = Head(size, (settings.hidden,), 1, gain=1.0)

    def forward(self, observations: Tensor, facts: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        if self.trunk is None:
            seen = torch.cat([observations[:, self.board], facts], 1)
        else:
            seen = self.trunk(facts, observations)
        return self.policy(seen), self.value(seen).squeeze(-1)


def wanted_facts(puzzles: PuzzleBatch) -> Tensor:
    """Which facts the chosen goals want, [n, FACTS]: first "x on y", then "x left of y"."""
    found = torch.zeros(puzzles.num_puzzles, 2, BLOCKS, BLOCKS)
    for row in range(puzzles.num_puzzles):
        goal = puzzles.meta[row, CHOSEN]
        for step in puzzles.steps[row, puzzles.offsets[row, goal] : puzzles.offsets[row, goal + 1]].tolist():
            _, first, relation, second = step
            if relation % 2:
                first, second = second, first
            found[row, relation // 2, first - 1, second - 1] = 1.0
    return found.flatten(1)


def act_out(
    player: Player, world: Any, puzzles: PuzzleBatch, generator: torch.Generator | None
) -> tuple[Tensor, Tensor, Tensor, NDArray[Any], NDArray[Any], float]:
    """Episodes from the cue on; generator None takes modal actions.

    Returns:
        Observations [T, B, X], facts [B, FACTS], actions [T, B], rewards and valid [T, B], share satisfied.
    """
    shown, _ = world.reset(options={"puzzles": puzzles, "at_cue": True})
    facts, live = wanted_facts(puzzles), np.ones(puzzles.num_puzzles, bool)
    seen, taken, rewards, valid = [], [], [], []
    satisfied = np.zeros(puzzles.num_puzzles)
    while live.any():
        observations = torch.from_numpy(shown)
        with torch.no_grad():
            logits, _ = player(observations, facts)
        if generator is None:
            actions = distributions.mode(logits, logits.shape[-1])
        else:
            actions = distributions.sample(logits, logits.shape[-1], generator)
        shown, reward, ended, _, infos = world.step(actions.numpy())
        seen.append(observations)
        taken.append(actions)
        rewards.append(np.where(live, reward, 0.0))
        valid.append(live)
        satisfied = np.where(live & ended, infos["satisfied"], satisfied)
        live = live & ~ended
    return (
        torch.stack(seen),
        facts,
        torch.stack(taken),
        np.stack(rewards).astype(np.float32),
        np.stack(valid),
        float(satisfied.mean()),
    )


def learn(player: Player, optimizer: torch.optim.Optimizer, entropy: float, episodes: Any) -> None:
    """One update by plain policy gradient, as `EpisodicActorCritic` makes it."""
    seen, facts, taken, rewards, valid, _ = episodes
    mask = torch.from_numpy(valid)
    logits, values = player(seen[mask], facts.expand(len(seen), -1, -1)[mask])
    before = np.zeros_like(rewards)
    before[valid] = values.detach().numpy()
    advantages, returns = generalized_advantages(rewards, before, valid, valid, gamma=1.0, gae_lambda=0.75)
    log_p = torch.log_softmax(logits, -1)
    chosen = log_p.gather(-1, taken[mask].unsqueeze(-1)).squeeze(-1)
    gain = (chosen * torch.from_numpy(normalize(advantages, valid)[valid])).mean()
    error = (values - torch.from_numpy(returns[valid])).square().mean()
    loss = 0.25 * error - gain + entropy * (log_p.exp() * log_p).sum(-1).mean()
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(player.parameters(), 1.0)
    optimizer.step()


def main(settings: Probe) -> int:
    """Run the probe; returns the lesson that it has come to."""
    torch.set_num_threads(1)
    torch.manual_seed(settings.seed)
    generator, rng = torch.Generator().manual_seed(settings.seed), np.random.default_rng(settings.seed)
    lesson = 1
    world: Any = make_world(WorldConfig(), settings.batch, lesson=1, earlier=0.1).vector_env.unwrapped
    world.reset(seed=settings.seed)
    gate: Any = make_world(WorldConfig(), settings.check, lesson=1).vector_env.unwrapped
    player = Player(settings, world.layout, 7)
    optimizer = torch.optim.Adam(player.parameters(), settings.learning_rate)
    begin, updates = time.monotonic(), 0
    while time.monotonic() - begin < 60 * settings.minutes and lesson <= 26:
        learn(
            player,
            optimizer,
            settings.entropy,
            act_out(player, world, world.draw_puzzles(settings.batch), generator),
        )
        updates += 1
        if updates % 50 == 0:
            puzzles = Sampler(3, lesson).generate(rng, settings.check)
            satisfied = act_out(player, gate, puzzles, None)[-1]
            print(
                f"episodes {updates * settings.batch} lesson {lesson} satisfied {satisfied:.3f}", flush=True
            )
            if satisfied >= 0.85:
                lesson += 1
                if lesson <= 26:
                    world.set_lesson(lesson, 0.1)
    return lesson


if __name__ == "__main__":
    main(tyro.cli(Probe))

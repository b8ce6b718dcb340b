"""The smallest experiment: a learner that counts and draws. Shows what the generic parts need, and runs at once."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
import torch

from dnc_agent.checkpoint import read_checkpoint, write_checkpoint
from train import commands
from train.experiment import Experiment, Gate, Report, Watched
from train.settings import Config, Curriculum, Within, with_settings


@dataclass(frozen=True)
class ToyConfig(Config):
    """Settings of nothing."""

    curriculum: Curriculum = field(default_factory=lambda: Curriculum(gate_every=2, gate_episodes=1))
    step_size: Annotated[float, Within(0, 10)] = 1.0
    """How far a weight goes."""
    breaks_at: int = 10**9
    """Update at which a weight is not finite."""


@dataclass(frozen=True)
class ToyEvaluation:
    """What is evaluated."""

    episodes: Annotated[int, Within(0, 100)] = 3
    """Episodes."""


class ToyLearner:
    """On the contract of `dnc_agent.learner.Learner`."""

    def __init__(self, config: ToyConfig) -> None:
        self.config, self.lesson = config, 1
        self.rng = np.random.default_rng(config.seed)
        self.weight, self.begun = 0.0, 0
        self.episodes = self.steps = self.updates = 0
        self.logger = None

    def set_logger(self, logger):
        self.logger = logger

    def begin(self):
        self.begun += 1
        self.rng.random()

    def update(self):
        self.updates += 1
        self.episodes += 4
        self.steps += 40
        self.weight += self.config.step_size * self.rng.random() + self.lesson
        if self.updates >= self.config.breaks_at:
            raise FloatingPointError(f"update {self.updates}: the weight is not finite")
        self.logger.record("train/weight", self.weight)
        return {"accuracy": 0.5}

    def save(self, path, *, with_optimizer=True, extra=None):
        counters = [self.episodes, self.steps, self.updates]
        meta = {"counters": counters, "lesson": self.lesson, "extra": extra or {}}
        if with_optimizer:
            meta["rng"] = self.rng.bit_generator.state
        tensors = {"weight": torch.tensor(self.weight, dtype=torch.float64)}
        return write_checkpoint(path, tensors, meta, keep_previous=with_optimizer)

    def restore(self, path):
        tensors, meta = read_checkpoint(path)
        self.weight = float(tensors["weight"])
        self.episodes, self.steps, self.updates = meta["counters"]
        if "rng" in meta:
            self.rng.bit_generator.state = meta["rng"]
        return meta["extra"]


class Toy(Experiment):
    """Counting."""

    name = "toy"
    presets = {"default": ToyConfig(), "fast": ToyConfig(step_size=2.0)}  # noqa: RUF012
    lessons = 3
    Evaluation = ToyEvaluation

    def build(self, config):
        return ToyLearner(config)

    def load(self, path, config):
        learner = ToyLearner(config)
        learner.restore(path)
        return learner

    def set_lesson(self, learner, config, lesson):
        learner.lesson = lesson

    def gate(self, learner, config, lesson, rng):
        return Gate(float(rng.random()), {"spread": 0.25})

    def evaluate(self, agent, config, flags, progress, *, title):
        progress("counting", 0.5)
        rows = [{"episodes": flags.episodes, "weight": agent.weight}]
        table = {"table": rows} if flags.episodes else {}
        return Report({"title": title, **table}, f"# {title}\n", [])

    def watch(self, agent, config, *, lesson, deterministic, seed):
        return Watched("CartPole-v1", {}, lambda env: None)


def train(path, episodes, **settings):
    """Train a run until it has seen so many episodes."""
    config = with_settings(ToyConfig(), **settings)
    return commands.train(Toy(), path, config, minutes=None, max_episodes=episodes, quiet=True)


def meta(path):
    """The description in a checkpoint."""
    return read_checkpoint(path)[1]


def rows(path):
    """The run's gate checks without what the clock decides."""
    with open(path / "lessons.csv", newline="") as stream:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(stream)]

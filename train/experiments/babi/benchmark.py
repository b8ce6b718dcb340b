"""Words per CPU second, learning and answering, of every preset."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch

from dnc_agent.supervised import SupervisedLearner
from shrdlu_env.text import Story
from train.experiments.babi.report import generated
from train.experiments.babi.scoring import task_errors
from train.experiments.babi.settings import PRESETS, BabiConfig
from train.experiments.babi.wiring import build

#: All but what differs from `default` in its schedules alone.
MEASURED = {name: config for name, config in PRESETS.items() if name != "long"}


def bench_babi(
    *,
    presets: Mapping[str, BabiConfig] = MEASURED,
    updates: int = 10,
    questions: int = 40,
    repeats: int = 3,
) -> dict[str, Any]:
    """Words per CPU second of complete training, stories drawn, and of answering; presets take turns.

    Training is measured from the start, where most stories are cut short. Idle steps are counted as words in training,
    where they are steps like all others; answering counts the words of the stories.

    Args:
        presets: what is measured.
        updates: in each turn.
        questions: of each task, at least, in each turn.
        repeats: turns.

    Returns:
        `words_per_cpu_second`: by preset, `training` and `answering` (medians), and the single measurements.
    """
    torch.set_num_threads(1)
    stories = generated(questions, 0)
    turns: dict[tuple[str, str], Callable[[], float]] = {}
    for name, config in presets.items():
        learner = build(config)
        turns[name, "training"] = partial(_learn, learner, updates)
        turns[name, "answering"] = partial(_answer, learner, stories, config.stories.idle_steps)
    for run in turns.values():
        run()
    measured: dict[tuple[str, str], list[float]] = {key: [] for key in turns}
    for _ in range(repeats):
        for key, run in turns.items():
            measured[key].append(run())
    kinds = ("training", "answering")
    return {
        "benchmark": "babi",
        "words_per_cpu_second": {
            name: {kind: statistics.median(measured[name, kind]) for kind in kinds} for name in presets
        },
        "measurements": {name: {kind: measured[name, kind] for kind in kinds} for name in presets},
    }


def _learn(learner: SupervisedLearner, updates: int) -> float:
    before, begin = learner.steps, time.process_time()
    for _ in range(updates):
        learner.update()
    return (learner.steps - before) / (time.process_time() - begin)


def _answer(learner: SupervisedLearner, stories: Sequence[Story], idle_steps: int) -> float:
    begin = time.process_time()
    task_errors(learner, stories, idle_steps)
    return sum(story.length for story in stories) / (time.process_time() - begin)

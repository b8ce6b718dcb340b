"""Navigation as an experiment. What needs PyTorch is imported when it is used: `--help` comes by here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from train.errors import UsageError
from train.experiment import DrawnSet, Experiment, FixedSet, Gate, Progress, Report, Watched
from train.experiments.navigation import settings
from train.experiments.navigation.settings import NavigationConfig

if TYPE_CHECKING:
    import numpy as np

    from dnc_agent import EpisodicActorCritic


class Navigation(Experiment):
    """A map is described edge by edge, then a node to go to is named: walk there by the signs."""

    name = "navigation"
    presets = settings.PRESETS
    history = settings.HISTORY
    lessons = settings.LESSONS
    score = "shortest"
    shown = ("shortest", "arrived")
    sets = {  # noqa: RUF012
        "navigation-v1": FixedSet(
            "1,000 walks of the last lesson",
            "16db1f95c49b9298458ec786fd6ef499533aa8c5cfd4d701b135d7c128a9d3d8",
        )
    }
    Evaluation = settings.Evaluation
    Watching = settings.Watching
    Play = settings.Play

    def build(self, config: NavigationConfig) -> EpisodicActorCritic:
        """See `Experiment.build`."""
        from train.experiments.navigation.wiring import build

        return build(config)

    def batch_size(self, config: NavigationConfig) -> int:
        """Those of a batch."""
        return config.learn.episodes_per_batch

    def load(self, path: Path, config: NavigationConfig) -> EpisodicActorCritic:
        """See `Experiment.load`."""
        from dnc_agent import EpisodicActorCritic
        from shrdlu_env.graphs.coding import LABEL_WIDTH, WIDTH

        agent = EpisodicActorCritic.load(path, device="cpu")
        expected, found = WIDTH + LABEL_WIDTH * config.world.slots, agent.policy.observation_size
        if found != expected:
            raise UsageError(f"{path} observes {found} columns; {config.world.slots} slots make {expected}")
        return agent

    def set_lesson(self, learner: EpisodicActorCritic, config: NavigationConfig, lesson: int) -> None:
        """See `Experiment.set_lesson`."""
        from train.experiments.navigation.wiring import set_lesson

        set_lesson(learner, lesson, config.curriculum.earlier)

    def gate(
        self, learner: EpisodicActorCritic, config: NavigationConfig, lesson: int, rng: np.random.Generator
    ) -> Gate:
        """The share of shortest paths, by the most probable moves."""
        from train.experiments.navigation.evaluating import draw, place_of_lesson, walk

        place = place_of_lesson(lesson)
        episodes = draw(config.world, place, config.curriculum.gate_episodes, rng)
        found = walk(learner, config.world, place, episodes)
        return Gate(found.shortest / found.episodes, {"arrived": found.arrived / found.episodes})

    def evaluate(
        self,
        agent: EpisodicActorCritic,
        config: NavigationConfig,
        flags: settings.Evaluation,
        progress: Progress,
        *,
        title: str,
    ) -> Report:
        """Shortest paths and arrivals on random graphs of a lesson or on a given graph."""
        from train.experiments.navigation.report import evaluate

        return evaluate(agent, config.world, flags, progress, title=title)

    def draw_set(self, name: str) -> DrawnSet:
        """See `Experiment.draw_set`."""
        from train.experiments.navigation.fixed import draw_set

        return draw_set()

    def short_evaluation(
        self, config: NavigationConfig, episodes_per_cell: int, lesson: int
    ) -> settings.Evaluation | None:
        """The lesson that the run has reached."""
        return settings.Evaluation(episodes=episodes_per_cell, lesson=lesson) if episodes_per_cell else None

    def watch(
        self,
        agent: EpisodicActorCritic,
        config: NavigationConfig,
        *,
        lesson: int | None,
        deterministic: bool,
        seed: int,
        graph: str | None = None,
        paths: int = 4,
    ) -> Watched:
        """See `Experiment.watch`; graph and paths as in an evaluation."""
        from dataclasses import asdict

        from train.experiments.navigation.evaluating import place_of_lesson
        from train.experiments.navigation.worlds import ENV_ID
        from train.watching import WatchedAgent

        if graph is not None:
            from train.experiments.navigation.testing import place_on

            place = place_on(graph, paths)
        else:
            lesson = self.lessons if lesson is None else lesson
            if not 1 <= lesson <= self.lessons:
                raise UsageError(f"lesson={lesson!r}; it must lie between 1 and {self.lessons}")
            place = place_of_lesson(lesson)
        for core in agent.policy.cores:
            if core.memory_size is not None:
                core.resize(place.locations)
        return Watched(
            ENV_ID,
            {**place.drawn, **asdict(config.world)},
            lambda _: WatchedAgent(agent.policy, deterministic=deterministic, seed=seed),
        )

    def play(self, flags: settings.Play) -> tuple[str, dict[str, Any]]:
        """See `Experiment.play`."""
        from train.experiments.navigation.worlds import ENV_ID

        return ENV_ID, {"lesson": flags.lesson}

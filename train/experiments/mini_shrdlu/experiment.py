"""Mini-SHRDLU as an experiment. What needs PyTorch is imported when it is used: `--help` comes by here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from train.errors import UsageError
from train.experiment import DrawnSet, Experiment, FixedSet, Gate, Progress, Report, Watched
from train.experiments.mini_shrdlu import settings
from train.experiments.mini_shrdlu.settings import MiniShrdluConfig

if TYPE_CHECKING:
    import numpy as np

    from dnc_agent import EpisodicActorCritic

#: Puzzles drawn at most at the end of a session, where rare cells may stay thin: `shrdlu evaluate` looks harder.
FEW_DRAWS = 20_000


class MiniShrdlu(Experiment):
    """Goals are described one after the other, then one is asked for by name: stack blocks until it holds."""

    name = "mini-shrdlu"
    presets = settings.PRESETS
    lessons = 26
    score = "satisfied"
    shown = ("satisfied", "perfect")
    sets = {  # noqa: RUF012
        "mini-shrdlu-v1": FixedSet(
            "1,000 puzzles of lesson 26 on a board of 3 x 3",
            "7f1f7ae55fed5adb8b26debc2b112863d8ab3c4a8e3da4e6ce68e8973fdae360",
        )
    }
    history = settings.HISTORY
    Evaluation = settings.Evaluation
    Play = settings.Play

    def build(self, config: MiniShrdluConfig) -> EpisodicActorCritic:
        """See `Experiment.build`."""
        from train.experiments.mini_shrdlu.wiring import build

        return build(config)

    def load(self, path: Path, config: MiniShrdluConfig) -> EpisodicActorCritic:
        """See `Experiment.load`."""
        from dnc_agent import EpisodicActorCritic
        from shrdlu_env.blocks.layout import Layout

        agent = EpisodicActorCritic.load(path, device="cpu")
        size = config.world.board_size
        expected, found = Layout(size).size, agent.policy.observation_size
        if found != expected:
            raise UsageError(
                f"{path} observes {found} features; Mini-SHRDLU on a {size} x {size} board has {expected}"
            )
        return agent

    def set_lesson(self, learner: EpisodicActorCritic, config: MiniShrdluConfig, lesson: int) -> None:
        """See `Experiment.set_lesson`."""
        assert learner.env is not None
        learner.env.env_method("set_lesson", lesson, config.curriculum.earlier)

    def gate(
        self, learner: EpisodicActorCritic, config: MiniShrdluConfig, lesson: int, rng: np.random.Generator
    ) -> Gate:
        """The mean share of the asked goal's constraints that hold at the end, with modal actions."""
        from train.experiments.mini_shrdlu.evaluation import evaluate_lesson

        episodes = config.curriculum.gate_episodes
        found = evaluate_lesson(learner, config.world, lesson, episodes=episodes, rng=rng)
        shares = {"success": found.success / found.episodes, "perfect": found.perfect / found.episodes}
        return Gate(found.satisfied, shares)

    def evaluate(
        self,
        agent: EpisodicActorCritic,
        config: MiniShrdluConfig,
        flags: settings.Evaluation,
        progress: Progress,
        *,
        title: str,
    ) -> Report:
        """The paper's table, every lesson, and conditions that training never had."""
        from train.experiments.mini_shrdlu.report import evaluate

        return evaluate(agent, config.world, flags, progress, title=title)

    def batch_size(self, config: MiniShrdluConfig) -> int:
        """Those of a batch, or of a part of it."""
        return config.learn.minibatch_episodes or config.learn.episodes_per_batch

    def draw_set(self, name: str) -> DrawnSet:
        """See `Experiment.draw_set`."""
        from train.experiments.mini_shrdlu.fixed import draw_set

        return draw_set()

    def shareable(self, config: MiniShrdluConfig) -> int:
        """The whole batch, of which there is one pass."""
        learn = config.learn
        several = learn.n_epochs > 1 or learn.minibatch_episodes is not None
        return 1 if several else learn.episodes_per_batch

    def short_evaluation(
        self, config: MiniShrdluConfig, episodes_per_cell: int, lesson: int
    ) -> settings.Evaluation | None:
        """The table, and the lessons up to the one after the current."""
        if not episodes_per_cell:
            return None
        return settings.Evaluation(
            episodes=episodes_per_cell, last_lesson=min(lesson + 1, self.lessons), max_draws=FEW_DRAWS
        )

    def watch(
        self,
        agent: EpisodicActorCritic,
        config: MiniShrdluConfig,
        *,
        lesson: int | None,
        deterministic: bool,
        seed: int,
    ) -> Watched:
        """See `Experiment.watch`."""
        from shrdlu_env.blocks.lessons import check_lesson
        from train.experiments.mini_shrdlu.worlds import ENV_ID, world_arguments
        from train.watching import WatchedAgent

        lesson = check_lesson(self.lessons if lesson is None else lesson)
        return Watched(
            ENV_ID,
            world_arguments(config.world, lesson=lesson),
            lambda _: WatchedAgent(agent.policy, deterministic=deterministic, seed=seed),
        )

    def play(self, flags: settings.Play) -> tuple[str, dict[str, Any]]:
        """See `Experiment.play`."""
        from train.experiments.mini_shrdlu.worlds import ENV_ID

        return ENV_ID, {"lesson": flags.lesson, "board_size": flags.board_size}

    def benchmark(self) -> dict[str, Any]:
        """See `Experiment.benchmark`."""
        from train.experiments.mini_shrdlu.benchmark import bench_train

        return bench_train()

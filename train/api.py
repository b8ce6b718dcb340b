"""Agents from Python: the same that the command line builds and trains."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from stable_baselines3.common.logger import Logger

from dnc_agent.checkpoint import resolve
from dnc_agent.checks import check_path, shown
from dnc_agent.learner import Learner
from train import commands, experiments
from train.errors import UsageError
from train.experiment import Experiment
from train.files import at_home
from train.precision import settled
from train.running import check
from train.session import Limits
from train.settings import with_settings
from train.standing import branch_off
from train.starting import starting_config

if TYPE_CHECKING:
    from dnc_agent.rl.algorithm import EpisodicActorCritic
    from dnc_agent.supervised import SupervisedLearner


@overload
def make_agent(
    experiment: experiments.ByPolicyGradient = ..., preset: str | None = ..., **settings: Any
) -> EpisodicActorCritic: ...
@overload
def make_agent(
    experiment: experiments.BySupervision, preset: str | None = ..., **settings: Any
) -> SupervisedLearner: ...
@overload
def make_agent(experiment: str, preset: str | None = ..., **settings: Any) -> Learner: ...
def make_agent(experiment: str = experiments.DEFAULT, preset: str | None = None, **settings: Any) -> Learner:
    """The agent that `shrdlu train` builds, in its training environment, before the run has taught it anything.

        agent = train.make_agent(seed=1)

    With `branch`, a run, an exported agent or a checkpoint file, it begins as a run does that branches off there: with
    that agent's weights, counters and lesson, and with its settings where no others are given.

    Args:
        experiment: what it is to learn; `shrdlu train --help` lists all.
        preset: settings to start from; None: those of `branch`, where that is given, else the experiment's first.
        **settings: settings that differ, by the names of `shrdlu train`'s flags, such as `learning_rate=1e-3`.

    Returns:
        A learner: `begin()` once, which one that branched off goes on without, then `update()` again and again. It
        logs nothing before `set_logger`.

    Raises:
        FileNotFoundError: if there is no agent to branch off.
        ValueError: naming a setting that there is not or that is out of range; or if the agent to branch off is
            damaged, of another shape or experiment, or not of a run.
    """
    found = experiments.find(experiment)
    _check_preset(found, preset)
    settings = _at_home(settings)
    start = starting_config(found, None, preset=preset, branch=settings.get("branch"))
    config = with_settings(start, **settings)
    check(found, config, Limits())
    config = settled(found, config, None)
    learner = found.build(config)
    learner.set_logger(Logger(None, []))
    if config.branch is not None:
        branch_off(found, learner, config, resolve(config.branch))
    return learner


@overload
def run(
    experiment: experiments.ByPolicyGradient = ...,
    path: str | Path | None = ...,
    *,
    minutes: float | None = ...,
    until_lesson: int | None = ...,
    preset: str | None = ...,
    quiet: bool = ...,
    **settings: Any,
) -> EpisodicActorCritic: ...
@overload
def run(
    experiment: experiments.BySupervision,
    path: str | Path | None = ...,
    *,
    minutes: float | None = ...,
    until_lesson: int | None = ...,
    preset: str | None = ...,
    quiet: bool = ...,
    **settings: Any,
) -> SupervisedLearner: ...
@overload
def run(
    experiment: str,
    path: str | Path | None = ...,
    *,
    minutes: float | None = ...,
    until_lesson: int | None = ...,
    preset: str | None = ...,
    quiet: bool = ...,
    **settings: Any,
) -> Learner: ...
def run(
    experiment: str = experiments.DEFAULT,
    path: str | Path | None = None,
    *,
    minutes: float | None = 10.0,
    until_lesson: int | None = None,
    preset: str | None = None,
    quiet: bool = True,
    **settings: Any,
) -> Learner:
    """Train an agent through the curriculum, or go on with a run: `shrdlu train` in one line.

        agent = train.run(until_lesson=1)

    trains the first experiment's default until its first lesson is complete, which took 0.4 to 1.1 minutes of one
    core on five seeds of five; a fresh installation compiles for another minute.

    Args:
        experiment: what to learn.
        path: run directory; None: runs/EXPERIMENT. A run that is there goes on. `~` is the home directory.
        minutes: of training at most; None: no limit.
        until_lesson: stop once this lesson is complete.
        preset: settings to start from; None: those of the run, for a new one those of its `branch`, where that is
            given, else the experiment's first.
        quiet: no progress bar.
        **settings: settings that differ, by the names of `shrdlu train`'s flags.

    Returns:
        The learner as it stands at the end; the run directory holds it, too.

    Raises:
        FileNotFoundError: if there is no agent to branch off.
        ValueError: if a setting does not fit, or the directory is another run's.
    """
    found = experiments.find(experiment)
    check_path("path", path)
    place = Path("runs") / experiment if path is None else at_home(path)
    _check_preset(found, preset)
    settings = _at_home(settings)
    start = starting_config(found, place, preset=preset, branch=settings.get("branch"))
    return commands.train(
        found,
        place,
        with_settings(start, **settings),
        minutes=minutes,
        until_lesson=until_lesson,
        episodes_per_cell=0,
        quiet=quiet,
    )


def _at_home(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings as they are given, with what `branch` names as a configuration has it."""
    branch = settings.get("branch")
    check_path("branch", branch)
    return settings if branch is None else settings | {"branch": str(at_home(branch))}


def _check_preset(experiment: Experiment, preset: str | None) -> None:
    presets = experiment.presets
    if preset is not None and (not isinstance(preset, str) or preset not in presets):
        raise UsageError(f"preset={shown(preset)}; allowed are {', '.join(presets)}")

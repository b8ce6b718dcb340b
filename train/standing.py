"""Where a run stands, and how a learner gets there: from the run's own checkpoint or from another run's."""

from __future__ import annotations

import shlex
from pathlib import Path

from dnc_agent.learner import Learner
from train.agents import identify
from train.errors import UsageError
from train.experiment import Experiment
from train.keeping import portable
from train.rundir import LESSONS_TABLE, RunDirectory
from train.settings import Config, differences, to_json
from train.states import Standing, read_standing
from train.tables import cut_logs, cut_table


def check_resumable(directory: RunDirectory) -> None:
    """Refuse to go on with a directory that is no run, or whose configuration is not that of its checkpoint.

    An exported agent is no run: to go on would cost others the agent, and the run its optimizer state.

    Raises:
        UsageError: with the command that branches off an exported agent, or the setting that differs.
    """
    found = identify(directory.path)
    if found.exported:
        raise UsageError(
            f"{directory.path} is an exported agent, not a run; train on from it with "
            f"shrdlu train --run runs/NAME --branch {shlex.quote(str(directory.path))}"
        )
    saved = directory.saved()
    if saved is None or saved.experiment.name != found.experiment.name:
        return
    changed = differences(found.config, saved.config)
    if changed:
        raise UsageError(
            f"{directory.config_file} is damaged or was changed: its checkpoint was trained with other settings "
            f"({'; '.join(changed)}); put back what belongs to it"
        )


def branch_off(experiment: Experiment, learner: Learner, config: Config, checkpoint: Path) -> Standing:
    """Load another run's checkpoint into a fresh learner, note where it came from, and take up the lesson asked for.

    Raises:
        ValueError: if it is damaged, of another shape or experiment, or not of a run.
    """
    found = identify(checkpoint)
    if found.experiment.name != experiment.name:
        raise UsageError(
            f"branch={checkpoint}: an agent of {found.experiment.name}, not of {experiment.name}"
        )
    standing = take_up(experiment, learner, config, checkpoint)
    state = standing.state
    origin = {
        "path": str(checkpoint),
        "episodes": learner.episodes,
        "steps": learner.steps,
        "updates": learner.updates,
        "seconds": state.seconds,
        "lesson": state.lesson,
        "settings": to_json(portable(found.config)),
    }
    lesson = config.curriculum.lesson
    if lesson is not None and lesson != state.lesson:
        experiment.set_lesson(learner, config, lesson)
        state.lesson, state.completed = lesson, min(state.completed, lesson - 1)
        state.updates_in_lesson = state.episodes_in_lesson = 0
    return Standing(state, [*standing.lineage, origin])


def go_on(
    experiment: Experiment, learner: Learner, config: Config, directory: RunDirectory, *, writes: bool = True
) -> Standing:
    """Load a run's own checkpoint and cut back everything that the run shows to it, unless another process does.

    Raises:
        ValueError: if it is damaged or does not fit.
    """
    standing = take_up(experiment, learner, config, directory.checkpoint)
    if writes:
        cut_table(directory.path / LESSONS_TABLE, "updates", standing.state.checked_at)
        cut_logs(directory.logs, learner.steps)
    return standing


def take_up(experiment: Experiment, learner: Learner, config: Config, checkpoint: Path) -> Standing:
    """Load a run's checkpoint into a fresh learner and give it the lesson that the run has reached.

    Raises:
        ValueError: if it is damaged, of another shape or experiment, or not of a run.
    """
    extra = learner.restore(checkpoint)
    try:
        standing = read_standing(extra, experiment.lessons)
        if standing is not None:
            _check_counted(learner, standing)
    except UsageError as error:
        raise UsageError(f"{checkpoint} is damaged: {error}") from None
    if standing is None:
        raise UsageError(f"{checkpoint} is an agent without a run; it cannot be resumed")
    experiment.set_lesson(learner, config, standing.state.lesson)
    return standing


def _check_counted(learner: Learner, standing: Standing) -> None:
    state = standing.state
    for name, value, most in (
        ("checked_at", state.checked_at, learner.updates),
        ("updates_in_lesson", state.updates_in_lesson, learner.updates),
        ("episodes_in_lesson", state.episodes_in_lesson, learner.episodes),
    ):
        if value > most:
            raise UsageError(f"run.{name}={value}; the learner has done {most}")

"""Where a run stands, and how a learner gets there: from the run's own checkpoint or from another run's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from dnc_agent.learner import Learner
from train.agents import identify
from train.errors import UsageError
from train.experiment import Experiment
from train.rundir import LESSONS_TABLE, RunDirectory
from train.settings import Config, differences, to_json
from train.tables import cut_logs, cut_table


@dataclass
class RunState:
    """What a run carries from session to session beside the learner itself."""

    lesson: int
    updates_in_lesson: int = 0
    episodes_in_lesson: int = 0
    seconds: float = 0.0
    completed: int = 0
    """Highest lesson completed so far."""
    checked_at: int = 0
    """Updates at the last check of the gate; a session that begins there does not repeat it."""
    sessions: int = 0


class Standing(NamedTuple):
    """Where a run stands and what it branched off, the oldest first."""

    state: RunState
    lineage: list[dict[str, Any]]


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
            f"shrdlu train --run runs/NAME --branch {directory.path}"
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
    """Load another run's checkpoint into a fresh learner and note where it came from.

    Raises:
        ValueError: if it is damaged, of another shape or experiment, or not of a run.
    """
    found = identify(checkpoint)
    if found.experiment.name != experiment.name:
        raise UsageError(
            f"branch={checkpoint}: an agent of {found.experiment.name}, not of {experiment.name}"
        )
    standing = _restore(experiment, learner, config, checkpoint)
    state = standing.state
    origin = {
        "path": str(checkpoint),
        "episodes": learner.episodes,
        "steps": learner.steps,
        "updates": learner.updates,
        "seconds": state.seconds,
        "lesson": state.lesson,
        "settings": to_json(found.config),
    }
    return Standing(state, [*standing.lineage, origin])


def go_on(
    experiment: Experiment, learner: Learner, config: Config, directory: RunDirectory, *, writes: bool = True
) -> Standing:
    """Load a run's own checkpoint and cut back everything that the run shows to it, unless another process does.

    Raises:
        ValueError: if it is damaged or does not fit.
    """
    standing = _restore(experiment, learner, config, directory.checkpoint)
    if writes:
        cut_table(directory.path / LESSONS_TABLE, "updates", standing.state.checked_at)
        cut_logs(directory.logs, learner.steps)
    return standing


def _restore(experiment: Experiment, learner: Learner, config: Config, checkpoint: Path) -> Standing:
    extra = learner.restore(checkpoint)
    try:
        standing = Standing(RunState(**extra["run"]), list(extra.get("lineage", [])))
    except (KeyError, TypeError):
        raise UsageError(f"{checkpoint} is an agent without a run; it cannot be resumed") from None
    experiment.set_lesson(learner, config, standing.state.lesson)
    return standing

"""Which settings a run starts from, before those that are given: its own, those of what it branches off, a preset."""

from __future__ import annotations

from pathlib import Path

from train.experiment import Experiment
from train.keeping import beginning_with
from train.rundir import RunDirectory, Saved
from train.settings import Config


def starting_config(
    experiment: Experiment, run: Path | None, *, preset: str | None, branch: str | None
) -> Config:
    """The settings of a run unless others are given.

    Args:
        experiment: that is trained.
        run: directory of the run; where it is one already, it goes on. None: of an agent without a run.
        preset: settings to start from, whatever there is; None: those of the run, for a new one those of the run that
            it branches off, else the experiment's first.
        branch: run or agent that a new run branches off; None: none.
    """
    if preset is not None:
        config: Config = experiment.presets[preset]
        return config
    found = None if run is None else RunDirectory(run).saved()
    branched = found is None and branch is not None
    if branched:
        found = saved_in(Path(str(branch)))
    if found is None or found.experiment.name != experiment.name:
        return experiment.default()
    # Where a branch begins is where the other run stands, not where that one began.
    return beginning_with(found.config, None) if branched else found.config


def saved_in(path: Path) -> Saved | None:
    """Experiment and settings of a run, an exported agent or a checkpoint file; None: there is none."""
    saved = RunDirectory.around(path).saved()
    if saved is not None or not path.exists():
        return saved
    # A checkpoint by itself says what it is; reading it needs PyTorch.
    from train.agents import identify

    found = identify(path)
    return Saved(found.experiment, found.config)

"""Which experiment a checkpoint is of, with which settings: everything else about it follows from that."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from dnc_agent.checkpoint import read_checkpoint, resolve
from train import experiments
from train.errors import UsageError, shown
from train.experiment import Experiment
from train.keeping import placed
from train.rundir import RunDirectory, Saved, config_from_json, config_to_json
from train.settings import Config
from train.states import Standing, read_standing


class Identity(NamedTuple):
    """What a checkpoint says about itself."""

    file: Path
    experiment: Experiment
    config: Config
    extra: dict[str, Any]
    """What its run kept in it (see `describe`)."""
    exported: bool
    """Whether it was made to be kept or shared, without what only resuming needs."""
    standing: Standing | None
    """Where its run stands; None: it was saved outside of any run."""


def describe(
    experiment: Experiment, config: Config, run: dict[str, Any], lineage: list[dict[str, Any]]
) -> dict[str, Any]:
    """What a run keeps in its checkpoints beside the learner: the inverse of `identify`.

    Args:
        experiment: of the run.
        config: of the run.
        run: where it stands (see `train.states.RunState`).
        lineage: what it branched off, the oldest first: path, episodes, steps, updates, seconds, lesson and
            settings of each.
    """
    return {
        "experiment": experiment.name,
        "config": config_to_json(experiment, config),
        "run": run,
        "lineage": lineage,
    }


def identify(path: Path) -> Identity:
    """What a checkpoint is.

    Args:
        path: run directory, exported agent or checkpoint file.

    Raises:
        FileNotFoundError: if there is none.
        UsageError: if its description is damaged or of another release.
    """
    file = resolve(path)
    meta = read_checkpoint(file)[1]
    extra = meta.get("extra")
    if not isinstance(extra, dict):
        raise UsageError(f"{file} is damaged: its description lacks extra")
    # From before checkpoints named their experiment: the configuration lies beside it, or is the usual one.
    saved = None if "config" in extra else RunDirectory.around(file).saved()
    try:
        if "config" in extra:
            saved = _named(extra)
        elif saved is None:
            usual = experiments.find(experiments.DEFAULT)
            saved = Saved(usual, usual.default())
        standing = read_standing(extra, saved.experiment.lessons)
        exported = extra.get("exported", "config" not in extra and "run" in extra and "shuffler" not in meta)
        if not isinstance(exported, bool):
            raise UsageError(f"exported={shown(exported)}; allowed are True and False")
    except ValueError as error:
        raise UsageError(f"{file} is damaged: {error}") from None
    config = placed(saved.config, file.parent)
    return Identity(file, saved.experiment, config, extra, exported, standing)


def _named(extra: dict[str, Any]) -> Saved:
    config = extra["config"]
    if isinstance(config, dict) and "experiment" not in config:
        raise UsageError("missing setting config.experiment")
    saved = config_from_json(config)
    if extra.get("experiment", saved.experiment.name) != saved.experiment.name:
        raise UsageError(f"experiment={shown(extra['experiment'])}, but config is of {saved.experiment.name}")
    return saved


def load_agent(path: Path) -> tuple[Any, Identity]:
    """An agent to evaluate or watch, and what it is.

    Raises:
        FileNotFoundError: if there is none.
        ValueError: if it is damaged or does not fit its experiment.
    """
    found = identify(path)
    return found.experiment.load(found.file, found.config), found

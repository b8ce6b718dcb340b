"""A run is a directory: configuration, checkpoint, logs, tables; used by one process at a time."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import IO, Any, NamedTuple

from train import experiments
from train.beginning import Beginning
from train.errors import UsageError, shown
from train.experiment import Experiment
from train.files import cannot_write, clear_leftovers, probe, write_text
from train.keeping import FOLDER, keep_files, placed, portable, taken_over
from train.settings import Config, completed, differences, from_json, migrated, to_json
from train.tables import whole_rows

LOCK_NAME = "run.lock"
CONFIG_NAME = "config.json"
#: A row per check of the gate.
LESSONS_TABLE = "lessons.csv"
#: Named here as well as in `dnc_agent.checkpoint`, which imports PyTorch; a test holds them together.
CHECKPOINT_NAME = "agent.safetensors"
#: The checkpoint before, which `dnc_agent.checkpoint.PREVIOUS` names; spelt out, so that no torch is loaded for it.
PREVIOUS_NAME = CHECKPOINT_NAME + ".previous"
#: Per session, in the directory of logs; empty up to the first update.
PROGRESS = "progress-*.csv"
#: All that training writes.
WRITTEN = (
    *(CONFIG_NAME, LESSONS_TABLE, CHECKPOINT_NAME, PREVIOUS_NAME, LOCK_NAME),
    *(f"log/{PROGRESS}", "log/events.out.tfevents.*", f"{FOLDER}/*"),
)


class Saved(NamedTuple):
    """What a configuration says: which experiment, with which settings."""

    experiment: Experiment
    config: Config


def config_to_json(experiment: Experiment, config: Config) -> dict[str, Any]:
    """A configuration that names its experiment, and files as they lie beside it."""
    return {"experiment": experiment.name, **to_json(portable(config))}


def config_from_json(data: Any) -> Saved:
    """The inverse of `config_to_json`; reads configurations from before experiments had names, too.

    Raises:
        UsageError: if it is foreign, or names a setting that is gone and was in use.
    """
    if not isinstance(data, dict):
        raise UsageError(f"expected an object, got {shown(data)}")
    if "experiment" in data:
        experiment = experiments.find(data["experiment"] if isinstance(data["experiment"], str) else "?")
        named = {name: value for name, value in data.items() if name != "experiment"}
        settings = completed(named, experiment.history)
    else:
        experiment = experiments.find(experiments.DEFAULT)
        settings = migrated(data, experiment.history)
    return Saved(experiment, from_json(type(experiment.default()), settings))


class RunDirectory:
    """The files of one run.

    Args:
        path: the directory; it need not exist.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._lock: IO[str] | None = None
        self._beginning: Beginning | None = None

    @classmethod
    def around(cls, path: Path) -> RunDirectory:
        """The run that a path names: its directory, or a checkpoint in it."""
        return cls(path if path.is_dir() else path.parent)

    @property
    def config_file(self) -> Path:
        """The run's configuration."""
        return self.path / CONFIG_NAME

    @property
    def checkpoint(self) -> Path:
        """The newest checkpoint."""
        return self.path / CHECKPOINT_NAME

    @property
    def logs(self) -> Path:
        """TensorBoard events and CSV logs."""
        return self.path / "log"

    @property
    def trained_here(self) -> bool:
        """Whether training has had this very directory, which a copy of a run does not show."""
        return (self.path / LOCK_NAME).exists()

    def saved(self) -> Saved | None:
        """The configuration kept here, None in a new directory.

        Raises:
            UsageError: if the file is damaged or foreign.
        """
        if not self.config_file.exists():
            return None
        try:
            found = config_from_json(json.loads(self.config_file.read_text("utf-8")))
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{self.config_file} is not a run configuration: {_line(error)}") from None
        return found._replace(config=placed(found.config, self.path))

    def check(self, experiment: Experiment, config: Config) -> None:
        """Refuse a directory that belongs to something else; nothing is changed.

        Raises:
            UsageError: if it holds something else, or a setting differs.
        """
        if self.path.exists() and not self.path.is_dir():
            raise UsageError(f"{self.path} is a file; a run needs a directory")
        saved = self.saved()
        if saved is None and self.path.is_dir() and not all(map(_is_leftover, self.path.iterdir())):
            raise UsageError(f"{self.path} is not empty and not a run; choose another --run")
        if saved is not None and not self.checkpoint.exists():
            # Killed before its first checkpoint, a run begins again, with whatever settings.
            self._check_untrained(saved.config.branch)
        elif saved is not None:
            if saved.experiment.name != experiment.name:
                raise UsageError(f"{self.path} is a run of {saved.experiment.name}; choose another --run")
            changed = differences(saved.config, taken_over(config, saved.config))
            if changed:
                raise UsageError(
                    f"{self.path} was started with other settings ({'; '.join(changed)}); "
                    "choose another --run or leave them as they were"
                )

    def _check_untrained(self, branch: str | None) -> None:
        """Refuse a run without its checkpoint that has been trained: to begin again would cost what is left of it.

        Raises:
            UsageError: with what shows it, and how to go on.
        """
        if (self.path / PREVIOUS_NAME).exists():
            from dnc_agent.checkpoint import one_before

            before = one_before(self.checkpoint)
            raise UsageError(f"{self.checkpoint} is missing{before}, or choose another --run")
        shown = [file for file in sorted(self.logs.glob(PROGRESS)) if file.stat().st_size]
        if self._own_rows(branch):
            shown.insert(0, self.path / LESSONS_TABLE)
        if shown:
            raise UsageError(
                f"{self.checkpoint} is missing, but {shown[0]} shows that the run was trained; "
                "put the checkpoint back or choose another --run"
            )

    def _own_rows(self, branch: str | None) -> bool:
        """Whether the table of lessons has rows that are not copied from the run that this one branched off."""
        tables = [self.path / LESSONS_TABLE]
        if branch is not None:
            tables.append(RunDirectory.around(Path(branch)).path / LESSONS_TABLE)
        own, *copied = [set(whole_rows(table, "updates")[1]) if table.exists() else set() for table in tables]
        return bool(own.difference(*copied))

    def open(self, experiment: Experiment, config: Config) -> None:
        """Create the directory or check that it belongs to this configuration, and lock it; keep its files.

        Raises:
            UsageError: if another process uses it, if it holds something else, if a setting differs, or if
                nothing can be written there.
        """
        self.check(experiment, config)
        probe(self.path)
        beginning = Beginning(self.path, WRITTEN)
        self._beginning = None
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.lock()
            clear_leftovers(self.path)
            if not self.checkpoint.exists():
                self._beginning = beginning
                # Without a checkpoint it is at most the copy of another run's.
                (self.path / LESSONS_TABLE).unlink(missing_ok=True)
            elif (saved := self.saved()) is not None:
                config = taken_over(config, saved.config)
            keep_files(config, self.path)
            text = json.dumps(config_to_json(experiment, placed(config, self.path)), indent=2) + "\n"
            if not self.config_file.exists() or self.config_file.read_text("utf-8") != text:
                write_text(self.config_file, text)
            self.logs.mkdir(exist_ok=True)
        except (OSError, UsageError) as error:
            self.discard()
            self.close()
            raise cannot_write(self.path, error) if isinstance(error, OSError) else error from None

    def lock(self) -> None:
        """Take the directory for this process; the lock goes with the process, however it ends.

        Raises:
            UsageError: if another process has it.
        """
        file = open(self.path / LOCK_NAME, "a+", encoding="utf-8")  # noqa: SIM115 - held until `close`
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            owner = file.read().strip()
            file.close()
            raise UsageError(f"{self.path} is in use by another process ({owner or 'unknown'})") from None
        file.truncate(0)
        file.write(f"pid {os.getpid()}\n")
        file.flush()
        self._lock = file

    def close(self) -> None:
        """Give the directory free."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def discard(self) -> None:
        """Take back a run that this process began and could not start, so that it is in nobody's way."""
        if self._beginning is not None:
            self._beginning.take_back()

    def append_row(self, name: str, row: dict[str, Any]) -> None:
        """Append one row to a CSV file of the run; the first row brings the header."""
        path = self.path / name
        line = ",".join(f"{value:.6g}" if isinstance(value, float) else str(value) for value in row.values())
        new = not path.exists()
        try:
            with open(path, "a", encoding="utf-8") as file:
                file.write((",".join(row) + "\n" if new else "") + line + "\n")
        except OSError as error:
            raise cannot_write(path, error) from None


def _is_leftover(path: Path) -> bool:
    """Whether a run that was killed before it kept its configuration may have left this file."""
    return path.name == LOCK_NAME or (path.name.startswith(".") and path.name.endswith(".tmp"))


def _line(error: BaseException) -> str:
    return "too deeply nested" if isinstance(error, RecursionError) else str(error).replace("\n", " ")

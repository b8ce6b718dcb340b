"""A run is a directory: configuration, checkpoint, logs, tables; used by one process at a time."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import IO, Any

from dnc_agent.checkpoint import FILE_NAME
from train.config import RunConfig, differences, from_json, to_json
from train.errors import UsageError

LOCK_NAME = "run.lock"
#: A row per check of the gate.
LESSONS_TABLE = "lessons.csv"


def write_text(path: Path, text: str) -> None:
    """Write a text file under a temporary name in its directory, then rename it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _is_leftover(path: Path) -> bool:
    """Whether a run that was killed before it kept its configuration may have left this file."""
    return path.name == LOCK_NAME or (path.name.startswith(".") and path.name.endswith(".tmp"))


class RunDirectory:
    """The files of one run.

    Args:
        path: the directory; it need not exist.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._lock: IO[str] | None = None

    @classmethod
    def around(cls, path: Path) -> RunDirectory:
        """The run that a path names: its directory, or a checkpoint in it."""
        return cls(path if path.is_dir() else path.parent)

    @property
    def config_file(self) -> Path:
        """The run's configuration."""
        return self.path / "config.json"

    @property
    def checkpoint(self) -> Path:
        """The newest checkpoint."""
        return self.path / FILE_NAME

    @property
    def logs(self) -> Path:
        """TensorBoard events and CSV logs."""
        return self.path / "log"

    def saved_config(self) -> RunConfig | None:
        """The configuration kept here, None in a new directory.

        Raises:
            UsageError: if the file is damaged or foreign.
        """
        if not self.config_file.exists():
            return None
        try:
            return from_json(RunConfig, json.loads(self.config_file.read_text("utf-8")))
        except (json.JSONDecodeError, UnicodeDecodeError, ValueError, TypeError) as error:
            raise UsageError(f"{self.config_file} is not a run configuration: {error}") from None

    def open(self, config: RunConfig) -> None:
        """Create the directory or check that it belongs to this configuration, and lock it.

        Raises:
            UsageError: if another process uses it, if it holds something else, or if a setting differs.
        """
        if self.path.exists() and not self.path.is_dir():
            raise UsageError(f"{self.path} is a file; a run needs a directory")
        saved = self.saved_config()
        if saved is None and self.path.is_dir() and not all(map(_is_leftover, self.path.iterdir())):
            raise UsageError(f"{self.path} is not empty and not a run; choose another --run")
        if saved is not None:
            changed = differences(saved, config)
            if changed:
                raise UsageError(
                    f"{self.path} was started with other settings ({'; '.join(changed)}); "
                    "choose another --run or leave them as they were"
                )
        self.path.mkdir(parents=True, exist_ok=True)
        self.lock()
        for file in (self.config_file, self.checkpoint):
            for abandoned in self.path.glob(f".{file.name}.*.tmp"):
                abandoned.unlink()
        if saved is None:
            write_text(self.config_file, json.dumps(to_json(config), indent=2) + "\n")
        self.logs.mkdir(exist_ok=True)

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

    def append_row(self, name: str, row: dict[str, Any]) -> None:
        """Append one row to a CSV file of the run; the first row brings the header."""
        path = self.path / name
        line = ",".join(f"{value:.6g}" if isinstance(value, float) else str(value) for value in row.values())
        new = not path.exists()
        with open(path, "a", encoding="utf-8") as file:
            file.write((",".join(row) + "\n" if new else "") + line + "\n")

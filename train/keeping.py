"""What a run keeps, whatever is asked for when it goes on: choices that were left open, and files that settings name.

A setting of type `Annotated[str | None, InputFile()]` names a file. A run has a copy of it in `files/`, reads that
alone, and hands it on to branches and exported agents.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

from train.files import replacing
from train.settings import Config, InputFile, leaves, with_settings

ConfigT = TypeVar("ConfigT", bound=Config)
#: Of a run or an exported agent.
FOLDER = "files"


def taken_over(config: ConfigT, saved: Config) -> ConfigT:
    """A configuration with what is left open, and the files, as a run has them.

    Args:
        config: as asked for. A file that it names counts as the run's where both have the same content, or where it
            is gone by now and the run's copy has its name.
        saved: that of the run.
    """
    if config.matmul_precision == "auto":
        config = dataclasses.replace(config, matmul_precision=saved.matmul_precision)
    if config.curriculum.lesson is None:
        config = beginning_with(config, saved.curriculum.lesson)
    kept = dict(_named(saved))
    return _renamed(
        config,
        {name: kept[name] for name, value in _named(config) if name in kept and _same(value, kept[name])},
    )


def beginning_with(config: ConfigT, lesson: int | None) -> ConfigT:
    """A configuration with another first lesson."""
    return dataclasses.replace(config, curriculum=dataclasses.replace(config.curriculum, lesson=lesson))


def placed(config: ConfigT, folder: Path) -> ConfigT:
    """A configuration that names the files kept in a folder: the inverse of `portable`.

    Runs of earlier releases have none, and their files are where they say.
    """
    found = {name: (Path(value), _copy(value, folder)) for name, value in _named(config)}
    return _renamed(
        config,
        {
            name: str(copy)
            for name, (said, copy) in found.items()
            if copy.is_file() or (said.parent == Path(FOLDER) and not said.exists())
        },
    )


def portable(config: ConfigT) -> ConfigT:
    """A configuration that names kept files as they lie in the folder of whoever has it: `files/NAME`."""
    kept = {name: _copy(value, Path()) for name, value in _named(config) if Path(value).parent.name == FOLDER}
    return _renamed(config, {name: str(copy) for name, copy in kept.items()})


def keep_files(config: Config, folder: Path) -> None:
    """Copy the files that a configuration names into a folder.

    Raises:
        UsageError: if one cannot be written.
        OSError: if one cannot be read.
    """
    for _, value in _named(config):
        content, copy = Path(value).read_bytes(), _copy(value, folder)
        if not copy.is_file() or copy.read_bytes() != content:
            with replacing(copy) as temporary:
                temporary.write_bytes(content)


def _named(config: Config) -> Iterator[tuple[str, str]]:
    for name, hint, value in leaves(config):
        notes = getattr(hint, "__metadata__", ())
        if value is not None and any(isinstance(note, InputFile) for note in notes):
            yield name.rpartition(".")[2], value


def _renamed(config: ConfigT, values: dict[str, Any]) -> ConfigT:
    return with_settings(config, **values) if values else config


def _copy(value: str, folder: Path) -> Path:
    return folder / FOLDER / Path(value).name


def _same(asked: str, kept: str) -> bool:
    one, other = Path(asked), Path(kept)
    if not one.exists():
        return one.name == other.name
    return one.is_file() and other.is_file() and one.read_bytes() == other.read_bytes()

"""Episodes as files: a NumPy archive with a JSON header, no pickles, written whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.blocks.view import View
from shrdlu_env.viewer.recording.episode import CONTROLS, INTERNALS, Episode, Step, check_internals
from shrdlu_env.viewer.recording.files import replacing

FORMAT = "shrdlu-episode"
VERSION = 1
SUFFIX = ".npz"


def plain(value: Any) -> Any:
    """A value as JSON knows it: arrays become lists, NumPy scalars Python ones, tuples lists.

    Raises:
        ValueError: it holds something that JSON has no word for.
    """
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise ValueError(f"only plain values can be recorded, got {type(value).__name__}: {value!r}")


def save(episode: Episode, path: str | os.PathLike[str]) -> Path:
    """Write an episode to one file; a file of that name is replaced only once the new one is complete.

    Args:
        episode: what to write.
        path: where; the suffix must be ".npz".

    Returns:
        The path.

    Raises:
        ValueError: the suffix is another, or the episode holds values that are not plain.
    """
    path = Path(path)
    if path.suffix != SUFFIX:
        raise ValueError(f'path must end in "{SUFFIX}", got {str(path)!r}')
    header = {
        "format": FORMAT,
        "version": VERSION,
        "env_id": episode.env_id,
        "env_kwargs": plain(dict(episode.env_kwargs)),
        "seed": episode.seed,
        "reset_options": plain(dict(episode.reset_options)) if episode.reset_options is not None else None,
        "agent": episode.agent,
        "steps": [
            {
                "view": plain(dict(step.view)),
                "info": plain(dict(step.info)),
                "action": step.action,
                "control": step.control,
                "reward": float(step.reward),
            }
            for step in episode.steps
        ],
    }
    arrays: dict[str, NDArray[Any]] = {
        "header": np.frombuffer(json.dumps(header).encode(), np.uint8),
        "looked": np.array([step.internals is not None for step in episode.steps]),
    }
    if all(step.observation is not None for step in episode.steps):
        arrays["observations"] = np.stack([np.asarray(step.observation) for step in episode.steps])
    for name in sorted(episode.known):
        arrays[f"internals.{name}"] = episode.stack(name)
    with replacing(path) as temporary, open(temporary, "wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
        file.flush()
        os.fsync(file.fileno())
    return path


def load(path: str | os.PathLike[str]) -> Episode:
    """Read an episode back.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is damaged, no episode, or of a newer version; the message is one line.
    """
    name = str(path)
    try:
        # Opened here, not by NumPy, which leaves a damaged file open.
        with open(path, "rb") as file:
            arrays = _read_archive(file)
    except FileNotFoundError:
        raise
    except Exception as error:
        # Damaged bytes make zipfile, zlib and NumPy raise nearly anything.
        raise ValueError(f"{name} is no episode, or damaged: not a readable NumPy archive") from error
    if "header" not in arrays:
        raise ValueError(f"{name} is no episode: it has no header")
    try:
        header = json.loads(arrays["header"].astype(np.uint8).tobytes().decode())
        kind, version = header["format"], int(header["version"])
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{name} is no episode, or damaged: its header cannot be read") from error
    if kind != FORMAT:
        raise ValueError(f"{name} is no episode: its format is {kind!r}, expected {FORMAT!r}")
    if version > VERSION:
        raise ValueError(f"{name} is an episode of version {version}; this program reads up to {VERSION}")
    try:
        return _from_parts(header, arrays)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise ValueError(f"{name} is damaged: {' '.join(str(error).split())}") from error


def _read_archive(file: IO[bytes]) -> dict[str, NDArray[Any]]:
    archive = np.load(file, allow_pickle=False)
    if not isinstance(archive, np.lib.npyio.NpzFile):
        raise ValueError("a single array")
    with archive:
        return {key: archive[key] for key in archive.files}


def _from_parts(header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Episode:
    rows = header["steps"]
    stacks = {
        key.removeprefix("internals."): array for key, array in arrays.items() if key.startswith("internals.")
    }
    observations, looked = arrays.get("observations"), arrays["looked"]
    for key, array in [*arrays.items()]:
        if key != "header" and len(array) != len(rows):
            raise ValueError(f"{key} has {len(array)} entries for {len(rows)} steps")
    unknown = set(stacks) - set(INTERNALS)
    if unknown:
        raise ValueError(f"unknown internals {sorted(unknown)}")
    steps = []
    for t, row in enumerate(rows):
        last = t == len(rows) - 1
        if last != (row["action"] is None) or (row["control"] is not None and row["control"] not in CONTROLS):
            raise ValueError(f"step {t} has no valid action or control")
        check_view(row["view"], t)
        internals = check_internals({key: stack[t] for key, stack in stacks.items()}) if looked[t] else None
        steps.append(
            Step(
                view=row["view"],
                info=dict(row["info"]),
                observation=None if observations is None else observations[t],
                internals=internals,
                action=None if last else int(row["action"]),
                control=row["control"],
                reward=float(row["reward"]),
            )
        )
    return Episode(
        steps=tuple(steps),
        env_id=header["env_id"],
        env_kwargs=dict(header["env_kwargs"]),
        seed=header["seed"],
        reset_options=header["reset_options"],
        agent=str(header["agent"]),
    )


def check_view(view: dict[str, Any], t: int) -> None:
    """Refuse a view that could not be drawn.

    Raises:
        ValueError: it is neither a board's nor a graph's view, or parts are missing.
    """
    if not isinstance(view, dict) or not ("board" in view or "nodes" in view):
        raise ValueError(f"step {t} shows neither a board nor a graph")
    if "board" in view:
        missing = View.__required_keys__ - set(view)
        if missing:
            raise ValueError(f"the view of step {t} lacks {', '.join(sorted(missing))}")
        board = np.asarray(view["board"])
        if board.ndim != 2 or board.shape[0] != board.shape[1] or board.min() < 0 or board.max() > 9:
            raise ValueError(f"the board of step {t} is not a square of block numbers 0 to 9")

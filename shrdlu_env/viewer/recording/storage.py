"""Episodes as files: a NumPy archive with a JSON header, no pickles, written whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.checks import check_path, check_source, shown
from shrdlu_env.viewer.recording.archive import read_archive
from shrdlu_env.viewer.recording.episode import CONTROLS, LONGEST, Episode, Step, plain
from shrdlu_env.viewer.recording.files import replacing
from shrdlu_env.viewer.recording.internals import MOST_BYTES, check_internals, check_name
from shrdlu_env.viewer.scenes.registry import scene_name, scene_of

FORMAT = "shrdlu-episode"
# 1: no scene names, internals by a closed list of names; still read.
VERSION = 2
SUFFIX = ".npz"
_LARGEST_NUMBER = 1e12


def save(episode: Episode, path: str | os.PathLike[str]) -> Path:
    """Write an episode to one file; a file of that name is replaced only once the new one is complete.

    Args:
        episode: what to write.
        path: where; the suffix must be ".npz".

    Returns:
        The path.

    Raises:
        ValueError: the suffix is another, or the episode holds values that are not plain or too many to be
            read back.
    """
    if not isinstance(episode, Episode):
        raise TypeError(f"episode={shown(episode)}: must be an Episode")
    path = check_path("path", path)
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
        "left_out": plain(dict(episode.left_out)),
        "steps": [
            {
                "view": plain(dict(step.view)),
                "info": plain(dict(step.info)),
                "action": plain(step.action),
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
    total = sum(array.nbytes for array in arrays.values())
    if total > MOST_BYTES or len(episode) > LONGEST:
        raise ValueError(
            f"an episode file holds at most {MOST_BYTES:,} bytes and {LONGEST:,} steps, "
            f"got {total:,} bytes and {len(episode):,} steps"
        )
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
    name = str(check_path("path", path))
    try:
        with open(check_source("path", path), "rb") as file:
            arrays = read_archive(file)
    except (FileNotFoundError, IsADirectoryError, PermissionError):
        raise
    except ValueError as error:
        raise ValueError(f"{name} is no episode, or damaged: {_one_line(error)}") from error
    except Exception as error:
        # Damaged bytes make zipfile, zlib and NumPy raise nearly anything.
        raise ValueError(f"{name} is no episode, or damaged: not a readable NumPy archive") from error
    if "header" not in arrays:
        raise ValueError(f"{name} is no episode: it has no header")
    try:
        text = arrays["header"].astype(np.uint8).tobytes().decode()
        header = json.loads(text, parse_constant=_no_constant)
        kind, version = header["format"], header["version"]
        known = isinstance(version, int) and version >= 1
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"{name} is no episode, or damaged: its header cannot be read") from error
    if kind != FORMAT or not known:
        raise ValueError(f"{name} is no episode: its format is {_one_line(kind)!r}, expected {FORMAT!r}")
    if version > VERSION:
        raise ValueError(f"{name} is an episode of version {version}; this program reads up to {VERSION}")
    try:
        return _from_parts(header, arrays)
    except KeyError as error:
        raise ValueError(f"{name} is damaged: it lacks {error}") from error
    except ValueError as error:
        raise ValueError(f"{name} is damaged: {_one_line(error)}") from error


def _one_line(error: object) -> str:
    return " ".join(str(error).split())[:300]


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def _of(value: Any, kinds: type | tuple[type, ...], what: str) -> Any:
    """`value`, which must be of one of these kinds."""
    if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is int):
        raise ValueError(f"{what} is of the wrong kind: {type(value).__name__}")
    return value


def _maybe(value: Any, kind: type, what: str) -> Any:
    return None if value is None else _of(value, kind, what)


def _number(value: Any, what: str) -> float:
    # Compared before it is made a float, which the longest integers cannot be.
    if not abs(_of(value, (int, float), what)) <= _LARGEST_NUMBER:
        raise ValueError(f"{what} is out of range")
    return float(value)


def _from_parts(header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Episode:
    rows = _of(header["steps"], list, "steps")
    if not 1 <= len(rows) <= LONGEST + 1:
        raise ValueError(f"it has {len(rows)} steps, from 1 to {LONGEST + 1} are read")
    stacks = {
        check_name(key.removeprefix("internals.")): array
        for key, array in arrays.items()
        if key.startswith("internals.")
    }
    observations, looked = arrays.get("observations"), arrays["looked"]
    for key, array in [*arrays.items()]:
        if key != "header" and (array.ndim == 0 or len(array) != len(rows)):
            raise ValueError(f"{key} has {len(array) if array.ndim else 'no'} entries for {len(rows)} steps")
    if looked.ndim != 1 or looked.dtype.kind != "b":
        raise ValueError("looked must hold one truth value a step")
    if observations is not None:
        observations = observations.astype(np.float32)
        if not np.isfinite(observations).all():
            raise ValueError("observations must be finite")
    steps = []
    for t, row in enumerate(rows):
        internals = None
        if looked[t]:
            internals = check_internals({key: stack[t] for key, stack in stacks.items()})
        observation = None if observations is None else observations[t]
        steps.append(_step(_of(row, dict, f"step {t}"), t, t == len(rows) - 1, observation, internals))
    if len({step.view["scene"] for step in steps}) > 1:
        raise ValueError("its views belong to different scenes")
    return Episode(
        steps=tuple(steps),
        env_id=_maybe(header["env_id"], str, "env_id"),
        env_kwargs=dict(_of(header["env_kwargs"], dict, "env_kwargs")),
        seed=_maybe(header["seed"], int, "seed"),
        reset_options=_maybe(header["reset_options"], dict, "reset_options"),
        agent=_of(header["agent"], str, "agent")[:200],
        left_out={str(k): tuple(v) for k, v in _of(header.get("left_out", {}), dict, "left_out").items()},
    )


def _step(
    row: dict[str, Any],
    t: int,
    last: bool,
    observation: NDArray[np.float32] | None,
    internals: dict[str, NDArray[np.float32]] | None,
) -> Step:
    """One step, checked."""
    action, control = row["action"], row["control"]
    valid = action is None if last else _is_action(action)
    if not valid or (control is not None and control not in CONTROLS):
        raise ValueError(f"step {t} has no valid action or control")
    view, info = (
        _of(row["view"], dict, f"the view of step {t}"),
        _of(row["info"], dict, f"the info of step {t}"),
    )
    try:
        view = {**view, "scene": scene_name(view)}
        scene_of(view).check(view)
    except ValueError as error:
        raise ValueError(f"step {t}: {error}") from error
    mask = info.get("action_mask", [])
    if not isinstance(mask, list) or any(bit not in (0, 1) for bit in mask):
        raise ValueError(f"step {t}: info['action_mask'] must be a list of 0 and 1")
    reward = _number(row["reward"], f"the reward of step {t}")
    return Step(view, info, observation, internals, action, control, reward)


def _is_action(action: Any) -> bool:
    """Whether an action is a number, or a list of numbers or of such lists, as a space's samples are."""
    if isinstance(action, list):
        return len(action) <= LONGEST and all(_is_action(part) for part in action)
    if isinstance(action, bool) or not isinstance(action, int | float):
        return False
    return abs(action) <= _LARGEST_NUMBER

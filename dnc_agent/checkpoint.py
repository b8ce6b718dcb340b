"""Checkpoints: tensors and one JSON object in one safetensors file, written atomically, read without code.

The JSON object describes what the tensors are. Whoever writes one puts into it, beside what is his own:

- `kind`: which learner wrote it, "actor-critic" or "supervised"; `dnc_agent.load` looks at it;
- `experiment`: the name of the experiment that it was trained for, or None;
- `lineage`: a list of objects, one for each run that it branched off: from where, with which settings, for how long;
- `extra`: whatever the session wants to keep.

`description` makes one. A SHA-256 digest over all of it and every tensor is stored beside it and checked on reading.

What is written to a path is what reading that path gives: PATH without a suffix names the file PATH.safetensors, also
where there is a directory PATH. If that holds `agent.safetensors`, as the directory of a run does, reading takes that
one, and writing refuses PATH: whoever means the file in the directory, or the one beside it, names it in full.
"""

import hashlib
import json
import os
import shlex
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from dnc_agent.checks import shown
from dnc_agent.migration import upgrade

FORMAT = "shrdlu-dnc"
VERSION = 2
#: The file looked for where a directory is given.
FILE_NAME = "agent.safetensors"
#: Added to the name of a file that was replaced.
PREVIOUS = ".previous"
#: No description of ours comes near it; more is not even looked at.
MOST_HEADER_BYTES = 2**23


def description(
    kind: str,
    extra: Mapping[str, Any] | None = None,
    *,
    experiment: str | None = None,
    lineage: Sequence[Mapping[str, Any]] = (),
    **parts: Any,
) -> dict[str, Any]:
    """The JSON object that goes into a checkpoint.

    Args:
        kind: see the module.
        extra: see the module; an `experiment` or a `lineage` in it goes before those given apart.
        experiment: see the module.
        lineage: see the module.
        **parts: the writer's own.
    """
    kept = dict(extra or {})
    common = {
        "kind": kind,
        "experiment": kept.get("experiment", experiment),
        "lineage": [dict(entry) for entry in kept.get("lineage", lineage)],
        "extra": kept,
    }
    return common | parts


def resolve(path: str | os.PathLike[str]) -> Path:
    """The checkpoint file that a path names.

    Args:
        path: a file, with or without its `.safetensors`; or a directory that holds `agent.safetensors`, which goes
            before a file beside the directory. `~` is the home directory.

    Raises:
        FileNotFoundError: if there is none, naming the path.
        TypeError: if it is no path.
    """
    path = _place(path)
    candidates = [path / FILE_NAME if path.is_dir() else path, *_with_suffix(path)]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    hint = next(filter(None, map(one_before, candidates)), "")
    raise FileNotFoundError(f"no checkpoint at {path}: looked for {' and '.join(map(str, candidates))}{hint}")


def one_before(path: Path) -> str:
    """What to say, behind a fault of a checkpoint file, of the one that it replaced; "" where there is none."""
    previous = path.with_name(path.name + PREVIOUS)
    if not previous.exists():
        return ""
    return f"; the one before it is at {previous}: go on from there with {shlex.join(['mv', str(previous), str(path)])}"


def write_checkpoint(
    path: str | os.PathLike[str],
    tensors: Mapping[str, Tensor],
    meta: Mapping[str, Any],
    *,
    keep_previous: bool = False,
) -> Path:
    """Write a checkpoint; a reader sees the old file or the new one, never a part.

    Args:
        path: the file; `.safetensors` is added to a name without a suffix, and to that of a directory. The directory
            that the file lies in is made if missing; `~` is the home directory.
        tensors: what to store, by name.
        meta: JSON-able; read back with the same content (see `description`).
        keep_previous: keep a file that this replaces, its name followed by `.previous`.

    Returns:
        The path written.

    Raises:
        ValueError: if a tensor is not finite, or another file would be read from the path (see the module); what is
            there stays.
        TypeError: if it is no path.
    """
    path = _to_write(path)
    # Tensors that share storage (tied weights, views) are stored apart.
    contiguous = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    check_finite(contiguous, str(path))
    text = json.dumps(meta, sort_keys=True)
    header = {
        "format": FORMAT,
        "version": str(VERSION),
        "meta": text,
        "digest": digest(contiguous, text),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    # Opened here, not by `tempfile` or `save_file`: their files can be read by their owner only.
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(save(contiguous, metadata=header))
            file.flush()
            os.fsync(file.fileno())
        if keep_previous and path.exists():
            _keep(path)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return path


def read_checkpoint(path: str | os.PathLike[str]) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `write_checkpoint` wrote, tensors on the CPU; files of earlier versions as if written by this one.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file is damaged, not one of ours, or from a newer version.
    """
    file = resolve(path)
    tensors, header = _read(file)
    if header.get("format") != FORMAT:
        raise ValueError(f"{file} is a safetensors file, but not one written by this project")
    version = header.get("version", "")
    if not version.isdecimal() or not 1 <= int(version) <= VERSION:
        raise ValueError(f"{file} has format version {version!r}; this release reads up to {VERSION}")
    text = header.get("meta", "")
    if int(version) > 1 and header.get("digest") != digest(tensors, text):
        raise _damaged(file, "its content is not what was written (the digest differs)")
    try:
        meta = json.loads(text)
    except (ValueError, RecursionError):
        meta = None
    if not isinstance(meta, dict):
        raise _damaged(file, "its description is not readable")
    if int(version) == 1:
        try:
            tensors, meta = upgrade(tensors, meta)
        except (KeyError, TypeError, AttributeError) as error:
            raise _damaged(file, f"its description lacks {error}") from None
        except ValueError as error:
            raise ValueError(f"{file} cannot be read: {error}") from None
    check_finite(tensors, str(file))
    return tensors, meta


def digest(tensors: Mapping[str, Tensor], text: str) -> str:
    """SHA-256, in hexadecimal, over a description and names, types, shapes and contents of tensors on the CPU."""
    found = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        tensor = tensors[name].contiguous()
        found.update(f"\0{name}\0{tensor.dtype}\0{tuple(tensor.shape)}\0".encode())
        found.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return found.hexdigest()


def check_finite(tensors: Mapping[str, Tensor], name: str) -> None:
    """Refuse tensors with a NaN or an infinity in them.

    Raises:
        ValueError: naming the first.
    """
    for key, tensor in tensors.items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise ValueError(
                f"{name}: tensor {key} is not finite; such a checkpoint is neither written nor read"
            )


def check_moments(moments: Mapping[int, Mapping[str, Tensor]], name: str) -> None:
    """Refuse an optimizer's state in which some parameter lacks what others have, or has it in another type.

    Args:
        moments: tensors by parameter and entry.
        name: of the file.

    Raises:
        ValueError: naming the first parameter.
    """
    kinds = {index: {key: part.dtype for key, part in entries.items()} for index, entries in moments.items()}
    for index, kind in kinds.items():
        if kind != next(iter(kinds.values())) or not all(dtype.is_floating_point for dtype in kind.values()):
            raise ValueError(
                f"{name} is damaged: the optimizer's state of parameter {index} is not like the others"
            )


def _place(path: str | os.PathLike[str]) -> Path:
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path={shown(path)}; it must be a path")
    # Unlike `Path.expanduser`, this leaves a file alone whose name begins so and names no user.
    return Path(os.path.expanduser(path))


def _with_suffix(path: Path) -> list[Path]:
    """The file that a path names without its suffix; none where the path is `.`, `..` or `/`."""
    return [path.with_name(path.name + ".safetensors")] if path.name not in ("", "..") else []


def _to_write(path: str | os.PathLike[str]) -> Path:
    place = _place(path)
    if place.suffix and not place.is_dir():
        return place
    files = _with_suffix(place)
    first = place / FILE_NAME if place.is_dir() else place
    if first.exists() or not files:
        raise ValueError(
            f"path={place}: whoever reads that gets {first}; name a file in full, such as {(files or [first])[0]}"
        )
    return files[0]


def _read(file: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        with open(file, "rb") as opened:
            size = int.from_bytes(opened.read(8), "little")
        if size > MOST_HEADER_BYTES:
            raise _damaged(file, f"it announces a header of {size} bytes")
        with safe_open(str(file), framework="pt") as stored:
            header = stored.metadata() or {}
            return {name: stored.get_tensor(name) for name in stored.keys()}, header  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise _damaged(file, " ".join(str(error).split())) from None


def _damaged(file: Path, why: str) -> ValueError:
    return ValueError(f"{file} is damaged or not a checkpoint: {why}{one_before(file)}")


def _keep(path: Path) -> None:
    """Give the file a second name, in one step where the file system can."""
    previous = path.with_name(path.name + PREVIOUS)
    temporary = previous.with_name(f".{previous.name}.{os.getpid()}.tmp")
    try:
        try:
            os.link(path, temporary)
        except OSError:
            shutil.copyfile(path, temporary)
        os.replace(temporary, previous)
    finally:
        # Left over also where nothing failed: renaming onto another name of the same file does nothing.
        temporary.unlink(missing_ok=True)

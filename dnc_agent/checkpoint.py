"""Checkpoints: tensors and one JSON object in one safetensors file, written atomically, read without code."""

import json
import os
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

FORMAT = "shrdlu-dnc"
VERSION = 1
#: The file looked for where a directory is given.
FILE_NAME = "agent.safetensors"


def resolve(path: str | os.PathLike[str]) -> Path:
    """The checkpoint file that a path names: a file itself, or `agent.safetensors` in a directory.

    Raises:
        FileNotFoundError: if there is none, naming the path.
    """
    path = Path(path)
    candidates = [path / FILE_NAME] if path.is_dir() else [path, path.with_name(path.name + ".safetensors")]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise FileNotFoundError(f"no checkpoint at {path}: looked for {' and '.join(map(str, candidates))}")


def write_checkpoint(path: str | os.PathLike[str], tensors: dict[str, Tensor], meta: dict[str, Any]) -> Path:
    """Write a checkpoint; a reader sees the old file or the new one, never a part.

    Args:
        path: the file; `.safetensors` is added to a name without a suffix. Its directory is made if missing.
        tensors: what to store, by name.
        meta: JSON-able; read back with the same content.

    Returns:
        The path written.
    """
    path = Path(path)
    if not path.suffix:
        path = path.with_suffix(".safetensors")
    path.parent.mkdir(parents=True, exist_ok=True)
    header = {"format": FORMAT, "version": str(VERSION), "meta": json.dumps(meta, sort_keys=True)}
    # Tensors that share storage (tied weights, views) are stored apart.
    contiguous = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    # Opened here, not by `tempfile` or `save_file`: their files can be read by their owner only.
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(save(contiguous, metadata=header))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return path


def read_checkpoint(path: str | os.PathLike[str]) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `write_checkpoint` wrote, tensors on the CPU.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file is damaged, not one of ours, or from a newer version.
    """
    file = resolve(path)
    try:
        with safe_open(str(file), framework="pt") as stored:
            header = stored.metadata() or {}
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise ValueError(f"{file} is damaged or not a checkpoint: {error}") from None
    if header.get("format") != FORMAT:
        raise ValueError(f"{file} is a safetensors file, but not one written by this project")
    if not header.get("version", "").isdecimal() or int(header["version"]) > VERSION:
        raise ValueError(
            f"{file} has format version {header.get('version')!r}; this release reads up to {VERSION}"
        )
    try:
        meta = json.loads(header["meta"])
    except (KeyError, json.JSONDecodeError):
        meta = None
    if not isinstance(meta, dict):
        raise ValueError(f"{file} is damaged: its description is not readable")
    return tensors, meta

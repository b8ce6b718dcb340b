"""A small directory with runs, agents, episodes and tables, whole and damaged, as a user might have it."""

from __future__ import annotations

import contextlib
import hashlib
import io
import shutil
from pathlib import Path

from tests.fuzz.kills import FLAGS
from train.cli import main

#: What a run makes of itself without training.
NOTHING = ("--max-episodes=0", "--episodes-per-cell=0", "--quiet")


def quietly(*argv: object) -> None:
    """Run a command that must succeed."""
    with contextlib.redirect_stdout(io.StringIO()):
        main([str(word) for word in argv])


def build(folder: Path) -> None:
    """Fill an empty folder."""
    quietly("train", "mini-shrdlu", "--run", folder / "run", *FLAGS["mini-shrdlu"], "--max-episodes=48")
    quietly("train", "copy", "--run", folder / "copies", *FLAGS["copy"], "--max-episodes=48")
    quietly("export", folder / "run", folder / "exported")
    quietly("watch", folder / "run", "--export", folder / "episode.npz", "--seed=3")
    whole = (folder / "run" / "agent.safetensors").read_bytes()
    for name in ("cut", "flipped", "nested", "lacking", "untrained"):
        shutil.copytree(folder / "run", folder / name)
    (folder / "cut" / "agent.safetensors").write_bytes(whole[: len(whole) // 2])
    at = len(whole) - 100
    (folder / "flipped" / "agent.safetensors").write_bytes(
        whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :]
    )
    (folder / "nested" / "config.json").write_text("[" * 100_000)
    (folder / "lacking" / "config.json").write_text('{"experiment": "copy"}')
    (folder / "lacking" / "lessons.csv").write_text("seconds,updates\n1,")
    (folder / "untrained" / "agent.safetensors").unlink()
    (folder / "empty").mkdir()
    (folder / "agent.safetensors").mkdir()
    (folder / "text.txt").write_text("mine\n")
    (folder / "broken.npz").write_bytes((folder / "episode.npz").read_bytes()[:-100])
    (folder / "loop").symlink_to("loop")


def state(folder: Path) -> dict[str, str]:
    """Every file and folder in a folder, with a digest of what is in it."""
    found = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        plain = path.is_file() and not path.is_symlink()
        found[name] = hashlib.sha256(path.read_bytes()).hexdigest() if plain else "folder or link"
    return found


def restore(folder: Path, template: Path) -> None:
    """Make a folder what the template is."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    shutil.copytree(template, folder, symlinks=True, dirs_exist_ok=True)

"""What the command line calls: play, watch, replay. Each returns when the person quits."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gymnasium as gym

from shrdlu_env.viewer.program.app import App
from shrdlu_env.viewer.program.player import Player
from shrdlu_env.viewer.program.window import check_display
from shrdlu_env.viewer.recording.episode import Episode
from shrdlu_env.viewer.recording.storage import load
from shrdlu_env.viewer.recording.world import Act, World
from shrdlu_env.viewer.scenes.registry import scene_of

#: What is played where nothing else is said.
ENV_ID = "shrdlu_env/MiniShrdlu-v0"


def make_world(
    env_kwargs: Mapping[str, Any] | None = None,
    make_act: Callable[[gym.Env[Any, Any]], Act] | None = None,
    agent: str = "",
    env_id: str = ENV_ID,
) -> World:
    """An environment, with an agent on it where `make_act` is given.

    Args:
        env_kwargs: keyword arguments for `gym.make`; "render_mode" is left out, the viewer draws itself.
        make_act: called with the environment, returns the agent's act(obs, info, episode_start).
        agent: name of the agent.
        env_id: id of the environment.
    """
    kwargs = {key: value for key, value in (env_kwargs or {}).items() if key != "render_mode"}
    env = gym.make(env_id, **kwargs)
    return World(env, make_act(env) if make_act is not None else None, agent)


def world_of(episode: Episode) -> Callable[[], World] | None:
    """How to make the environment that an episode came from, None where it does not say."""
    env_id = episode.env_id
    if env_id is None:
        return None
    return lambda: make_world(episode.env_kwargs, env_id=env_id)


def play(
    env_kwargs: Mapping[str, Any] | None = None,
    seed: int | None = None,
    *,
    hidden: bool = False,
    folder: str | os.PathLike[str] | None = None,
    env_id: str = ENV_ID,
) -> Episode:
    """Let a person play in a window.

    Args:
        env_kwargs: arguments of the environment, such as {"lesson": 4}.
        seed: seed of the first episode; random where not given.
        hidden: begin with only what the agent sees on show.
        folder: where pictures, videos and episodes go; the current directory where not given.
        env_id: id of the environment.

    Returns:
        The episode as it stood when the window was closed.

    Raises:
        ValueError: this world is only watched.
        OSError: there is no display.
    """
    world = make_world(env_kwargs, env_id=env_id)
    episode = world.start(seed)
    scene = scene_of(episode.view(0))
    if scene.hand() is None:
        world.close()
        raise ValueError(f"env_id={env_id!r} cannot be played by hand: {scene.watch_only}")
    return _run(Player(episode, "person", world, hidden=hidden), "play", folder)


def watch(
    make_act: Callable[[gym.Env[Any, Any]], Act],
    env_kwargs: Mapping[str, Any] | None = None,
    seed: int | None = None,
    *,
    agent: str = "agent",
    folder: str | os.PathLike[str] | None = None,
    env_id: str = ENV_ID,
) -> Episode:
    """Watch an agent play in a window.

    Args:
        make_act: called with the environment, returns
            act(obs, info, episode_start) -> (action, internals or None); the internals are arrays by any
            names, see `recording/internals.py`.
        env_kwargs: arguments of the environment.
        seed: seed of the first episode; random where not given.
        agent: name of the agent, for the title.
        folder: where pictures, videos and episodes go.
        env_id: id of the environment.

    Returns:
        The episode on show when the window was closed.

    Raises:
        OSError: there is no display.
    """
    check_display()
    _say(f"{agent} plays an episode ...")
    world = make_world(env_kwargs, make_act, agent, env_id)
    player = Player(world.finish(world.start(seed)), "agent", world)
    return _run(player, agent, folder)


def replay(path: str | os.PathLike[str], *, folder: str | os.PathLike[str] | None = None) -> Episode:
    """Watch a saved episode in a window.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no episode; the message is one line.
    """
    episode = load(path)
    player = Player(episode, "file", make_world=world_of(episode))
    return _run(player, Path(path).name, folder)


def _say(line: str) -> None:
    """A word in the terminal for who waits for the window; results go to standard output, this does not."""
    print(line, file=sys.stderr, flush=True)


def _run(player: Player, name: str, folder: str | os.PathLike[str] | None) -> Episode:
    _say("Opening the window ... (Esc closes it, H helps)")
    title = f"{scene_of(player.episode.view(0)).title}: {name}"
    try:
        App(player, title, Path(folder) if folder is not None else None).run()
    finally:
        player.close()
    return player.episode

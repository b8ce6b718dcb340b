"""Episodes of an agent as arrays: what its core held, what it did, what its world knows of every step."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from numpy.typing import NDArray

from train.agents import load_agent
from train.errors import UsageError, shown
from train.experiment import Progress
from train.probing.listening import core_of, listening

#: Called with observation, info and whether an episode begins; returns an action and named arrays of what is inside,
#: which may be the same ones at every step, written anew.
Act = Callable[[Any, dict[str, Any], bool], tuple[Any, dict[str, NDArray[Any]]]]


@dataclass(frozen=True, eq=False)
class Trace:
    """One episode of T actions."""

    labels: dict[str, NDArray[np.int64]]
    """[T] each: what the world knows of a step (`Simulation.labels`), below 0 where there is none; and `action`, where
    an action is one number."""
    inside: dict[str, NDArray[np.float32]]
    """[T, ...] each, by the names that the agent gives; see `dnc_agent.cores.contract.RecurrentCore.trace`."""
    views: list[dict[str, Any]]
    """What a spectator saw, T and one after the last action; () where it was not kept."""

    def __len__(self) -> int:
        """T."""
        return len(self.labels["phase"])


def trace_episodes(
    env: gym.Env[Any, Any],
    act: Act,
    episodes: int,
    *,
    seed: int = 0,
    keep: Collection[str] | None = None,
    views: bool = False,
    progress: Progress = lambda word, share: None,
    check: Callable[[Trace], None] = lambda trace: None,
) -> list[Trace]:
    """Let whoever acts play.

    Args:
        env: one of the environments of `shrdlu_env`.
        act: the agent, such as `Watched.make_act(env)`, or a function of your own.
        episodes: how many.
        seed: of the first episode's reset; those that follow go on from there.
        keep: names of what is inside that are kept; None: all.
        views: whether what a spectator sees is kept.
        progress: told how far it is.
        check: called with the first episode; what it raises spares playing the others.

    Raises:
        UsageError: if the environment knows no labels, or nothing of that name is inside.
    """
    simulation = getattr(env.unwrapped, "simulation", None)
    if simulation is None:
        raise UsageError(f"env={shown(env)}; only environments of shrdlu_env know labels")
    found = []
    for number in range(episodes):
        progress("episodes", number / episodes)
        found.append(_play(env, simulation, act, seed if number == 0 else None, keep, views))
        if number == 0:
            check(found[0])
    return found


def _play(
    env: gym.Env[Any, Any],
    simulation: Any,
    act: Act,
    seed: int | None,
    keep: Collection[str] | None,
    views: bool,
) -> Trace:
    obs, info = env.reset(seed=seed)
    labels: list[dict[str, int]] = []
    inside: list[dict[str, NDArray[np.float32]]] = []
    seen: list[dict[str, Any]] = []
    over = False
    for t in count():
        if views:
            seen.append(simulation.view(0))
        if over:
            break
        known = simulation.labels(0)
        action, held = act(obs, info, t == 0)
        obs, _, terminated, truncated, info = env.step(action)
        over = terminated or truncated
        labels.append(known | ({"action": int(action)} if np.ndim(action) == 0 else {}))
        # Whoever acts may write into the same array at the next step.
        inside.append({name: np.array(held[name], np.float32) for name in _kept(held, keep)})
    return Trace(_stacked(labels, np.int64), _stacked(inside, np.float32), seen)


def _kept(held: dict[str, Any], keep: Collection[str] | None) -> Iterator[str]:
    for name in held if keep is None else keep:
        if name not in held:
            raise UsageError(
                f"{name!r} is not inside this agent; it has {', '.join(sorted(held)) or 'nothing'}"
            )
        yield name


def _stacked(steps: list[dict[str, Any]], dtype: Any) -> dict[str, NDArray[Any]]:
    return {name: np.array([step[name] for step in steps], dtype) for name in steps[0]}


@contextmanager
def _one_thread() -> Iterator[None]:
    """One step of one episode is too little work for several threads: they would wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def trace_agent(
    path: str | Path,
    *,
    episodes: int,
    lesson: int | None = None,
    seed: int = 0,
    keep: Collection[str] | None = None,
    views: bool = False,
    progress: Progress = lambda word, share: None,
    check: Callable[[Trace], None] = lambda trace: None,
) -> list[Trace]:
    """Episodes of a saved agent, its actions the most probable ones.

    Beside what its core tells of itself, `features` is inside: what the core hands on, of any core.

    Args:
        path: run directory, exported agent or checkpoint file.
        episodes: how many.
        lesson: lesson of the episodes; None: the one that its run has reached, the last where it does not say.
        seed: of the episodes.
        keep: see `trace_episodes`.
        views: see `trace_episodes`.
        progress: told how far it is.
        check: see `trace_episodes`.

    Raises:
        FileNotFoundError: if there is no agent.
        ValueError: if it is damaged, the lesson is out of range, or nothing of such a name is inside.
    """
    agent, found = load_agent(Path(path))
    reached = None if found.standing is None else found.standing.state.lesson
    watched = found.experiment.watch(
        agent, found.config, lesson=reached if lesson is None else lesson, deterministic=True, seed=seed
    )
    env = gym.make(watched.env_id, **watched.env_kwargs)
    try:
        with _one_thread(), listening(core_of(agent)) as heard:
            act = watched.make_act(env)

            def told(obs: Any, info: dict[str, Any], start: bool) -> tuple[Any, dict[str, NDArray[Any]]]:
                action, inside = act(obs, info, start)
                return action, inside | {"features": heard[-1]}

            return trace_episodes(
                env, told, episodes, seed=seed, keep=keep, views=views, progress=progress, check=check
            )
    finally:
        env.close()

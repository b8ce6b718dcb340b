"""A trained agent in the viewer: its actions, and what its memory did, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import torch

from dnc_agent.networks import distributions
from shrdlu_env.checks import check_path
from shrdlu_env.viewer import Episode, export, record_episode, save
from shrdlu_env.viewer.exporting.export import FORMATS, SUFFIXES
from train.agents import load_agent
from train.errors import UsageError
from train.experiment import Watched
from train.files import probe

#: What an episode can become, by suffix; the last is the episode itself.
WRITTEN = (*SUFFIXES, ".npz")
#: What can be said of how it is written, and the suffixes that can have it.
HOW = {"step": (".png", *FORMATS), "speed": FORMATS, "notes": (".png",)}


class WatchedAgent:
    """A policy that tells what it does: the viewer's `act`.

    Args:
        policy: to watch.
        deterministic: modal actions instead of drawn ones.
        seed: of drawn actions.
    """

    def __init__(self, policy: Any, *, deterministic: bool = True, seed: int = 0) -> None:
        self._policy = policy
        self._deterministic = deterministic
        self._generator = torch.Generator().manual_seed(seed)
        self._states: Any = None

    @torch.no_grad()
    def __call__(
        self, obs: Any, info: dict[str, Any], episode_start: bool
    ) -> tuple[int, dict[str, np.ndarray]]:
        """The action for one observation, and named arrays of what happened inside."""
        policy = self._policy
        observation = policy.encode(np.asarray(obs)[None])
        found, self._states, internals = policy.trace(observation, None if episode_start else self._states)
        if policy.mask_actions:
            legal = torch.as_tensor(np.asarray(info["action_mask"]), dtype=torch.bool)[None]
            found = found._replace(logits=distributions.mask(found.logits, legal, policy.action_sizes))
        inside = {name: value[0] for name, value in internals.items()}
        inside["probabilities"] = torch.softmax(found.logits[0], -1)
        inside["value"] = found.values[0]
        if self._deterministic:
            action = distributions.mode(found.logits, policy.action_sizes)
        else:
            action = distributions.sample(found.logits, policy.action_sizes, self._generator)
        return int(action), {name: value.numpy() for name, value in inside.items()}


def watched(
    path: Path, *, lesson: int | None, deterministic: bool, action_seed: int = 0, more: Any = None
) -> tuple[Watched, str]:
    """An agent for the viewer.

    Args:
        path: run directory, exported agent or checkpoint file.
        lesson: lesson to play; None: the one that its run has reached, the last where it does not say.
        deterministic: modal actions instead of drawn ones.
        action_seed: of drawn actions.
        more: an instance of the experiment's `Watching`; None: its defaults.

    Returns:
        `(agent and environment, name)`.

    Raises:
        FileNotFoundError: if there is no agent.
        ValueError: if the lesson is out of range.
        UsageError: a lesson with a given graph, or whatever the experiment cannot show.
    """
    if lesson is not None and getattr(more, "graph", None) is not None:
        raise UsageError(f"lesson={lesson} with graph={more.graph}; a given graph has no lessons")
    agent, found = load_agent(path)
    reached = None if found.standing is None else found.standing.state.lesson
    shown = found.experiment.watch(
        agent,
        found.config,
        lesson=reached if lesson is None else lesson,
        deterministic=deterministic,
        seed=action_seed,
        **({} if more is None else vars(more)),
    )
    return shown, path.name


def record(
    path: str | Path,
    out: str | Path,
    *,
    lesson: int | None = None,
    seed: int = 0,
    deterministic: bool = True,
    more: Any = None,
    progress: Callable[[str, float | None], None] = lambda word, share: None,
    **how: Any,
) -> Episode:
    """Let an agent play one episode without a window and write it as a film, picture or text.

    Args:
        path: run directory, exported agent or checkpoint file.
        out: the file; its suffix says what it becomes (see `shrdlu_env.viewer.export`), `.npz` the episode.
        lesson: see `watched`.
        seed: of the puzzle.
        deterministic: modal actions instead of drawn ones.
        more: see `watched`.
        progress: called with a word for what is done and the share that is done, None where that is not known.
        **how: arguments of `shrdlu_env.viewer.export`.

    Raises:
        FileNotFoundError: if there is no agent.
        ValueError: if an argument is out of range, or nothing can be written there.
        TypeError: if one of the two is no path.
    """
    path, out = check_path("path", path), check_path("out", out)
    check_written("out", out, how)
    progress("loading", None)
    shown, name = watched(path, lesson=lesson, deterministic=deterministic, more=more)
    probe(out.parent)
    progress("playing", None)
    env = gym.make(shown.env_id, **shown.env_kwargs)
    try:
        episode = record_episode(env, shown.make_act(env), seed=seed, agent=name)
    finally:
        env.close()
    write_episode(episode, out, progress, **how)
    return episode


def check_written(name: str, out: Path | None, how: Mapping[str, Any]) -> None:
    """Refuse what cannot be written, before an episode is played.

    Args:
        name: of the argument that says where.
        out: the file; None: nothing is written, the episode is seen in a window.
        how: of `shrdlu_env.viewer.export`: `step`, `speed` and `notes`, not all of which go with every suffix.

    Raises:
        UsageError: naming what does not fit, and what does.
    """
    if out is not None and out.suffix not in WRITTEN:
        raise UsageError(f"{name}={out}; it must end in one of {', '.join(WRITTEN)}")
    for asked, able in HOW.items():
        # Neither None nor False; a step may be 0.
        given = how.get(asked) is not None and how.get(asked) is not False
        if given and (out is None or out.suffix not in able):
            where = f"without {name}" if out is None else f"with {name}={out}"
            raise UsageError(f"{asked} {where}; only {' and '.join(able)} can have it")


def write_episode(
    episode: Episode, out: Path, progress: Callable[[str, float | None], None], **how: Any
) -> None:
    """Write an episode as what the suffix says: `.npz` is the episode itself, to be replayed."""
    progress("writing", None)
    if out.suffix == ".npz":
        save(episode, out)
    else:
        export(episode, out, progress=lambda share: progress("drawing", share), **how)

"""An environment that can be taken to any point of an episode: the seed and the actions decide everything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from shrdlu_env.checks import shown
from shrdlu_env.viewer.recording.episode import Episode, Step, plain
from shrdlu_env.viewer.recording.internals import check_internals, too_large

# act(observation, info, episode_start) -> (action, internals or None). It keeps its own state and drops it
# where `episode_start` is true. The internals are arrays by any names (see `internals.py`). As a person may
# choose otherwise, an agent that remembers its actions can have a method `acted(action)`, called every step.
Act = Callable[[Any, dict[str, Any], bool], tuple[Any, Mapping[str, Any] | None]]


class World:
    """Plays episodes on one environment, with an agent looking on or choosing.

    Args:
        env: a Gymnasium environment whose unwrapped form has `view()`, with the name of its scene in it.
        act: the agent; None where only a person plays.
        agent: its name.

    Raises:
        ValueError: `env` has no `view()`.
    """

    def __init__(self, env: gym.Env[Any, Any], act: Act | None = None, agent: str = "") -> None:
        if not isinstance(env, gym.Env):
            raise TypeError(f"env={shown(env)}: must be a Gymnasium environment")
        if act is not None and not callable(act):
            raise TypeError(f"act={shown(act)}: must be a function of observation, info and episode start")
        if not callable(getattr(env.unwrapped, "view", None)):
            raise ValueError(f"env must have a view() to be watched, got {env}")
        self._env = env
        self._act = act
        self.agent = agent
        self._now: Episode | None = None
        self._proposal: Any = 0
        self._shapes: dict[str, tuple[int, ...]] = {}
        self._left_out: dict[str, tuple[int, ...]] = {}

    @property
    def has_agent(self) -> bool:
        """Whether an agent is there to choose actions."""
        return self._act is not None

    def start(self, seed: int | None = None, options: Mapping[str, Any] | None = None) -> Episode:
        """Begin an episode; without a seed a random one is drawn and kept."""
        if seed is None:
            seed = int(np.random.default_rng().integers(2**31))
        self._shapes, self._left_out = {}, {}
        obs, info = self._env.reset(seed=seed, options=dict(options) if options is not None else None)
        env_id, env_kwargs = self._origin()
        first = self._look(obs, info, True, False)
        self._now = Episode(
            steps=(first,),
            env_id=env_id,
            env_kwargs=env_kwargs,
            seed=seed,
            reset_options=options,
            agent=self.agent,
            left_out=dict(self._left_out),
        )
        return self._now

    def _origin(self) -> tuple[str | None, dict[str, Any]]:
        """How to make the environment again; no id where its arguments are no plain values."""
        spec = self._env.spec
        if spec is None:
            return None, {}
        try:
            return spec.id, plain(dict(spec.kwargs))
        except ValueError:
            return None, {}

    def extend(self, episode: Episode, action: Any, control: str) -> Episode:
        """Take one action at the end of an episode.

        Raises:
            ValueError: the episode is over, or does not come about again (see `branch`).
        """
        if episode.finished:
            raise ValueError("the episode is over")
        if episode is not self._now:
            self.branch(episode, len(episode))
        action = plain(action)
        taken = np.array(action) if isinstance(action, list) else action
        obs, reward, terminated, truncated, info = self._env.step(taken)
        acted = getattr(self._act, "acted", None)
        if acted is not None:
            acted(taken)
        following = self._look(obs, info, False, terminated or truncated)
        self._now = episode.extended(action, control, float(reward), following)
        return self._now

    def finish(self, episode: Episode) -> Episode:
        """Let the agent play an episode to its end.

        Raises:
            ValueError: there is no agent.
        """
        if self._act is None:
            raise ValueError("there is no agent to play on")
        if episode is not self._now:
            episode = self.branch(episode, len(episode))
        while not episode.finished:
            episode = self.extend(episode, self._proposal, "agent")
        return episode

    def branch(self, episode: Episode, t: int) -> Episode:
        """Play the first `t` actions of an episode again; the environment then stands there.

        The agent, where there is one, sees the same observations again; its choices are not asked for.

        Returns:
            The episode up to observation `t`.

        Raises:
            ValueError: the environment does not come to the same observations again.
        """
        now = self.start(episode.seed, episode.reset_options)
        for k, step in enumerate(episode.steps[:t]):
            if step.action is None:
                break
            if plain(dict(now.steps[-1].view)) != plain(dict(step.view)):
                raise ValueError(f"the environment does not give this episode again: step {k} differs")
            now = self.extend(now, step.action, step.control or "agent")
        return now

    def close(self) -> None:
        """Close the environment."""
        self._env.close()

    def _look(self, obs: Any, info: dict[str, Any], start: bool, over: bool) -> Step:
        """One observation as a step; the agent looks at it unless the episode is over."""
        internals = None
        if self._act is not None and not over:
            self._proposal, told = self._act(obs, info, start)
            internals = self._kept(told) if told is not None else None
        view = self._env.unwrapped.view()  # type: ignore[attr-defined]
        if over and not view.get("terminated"):
            view = {**view, "terminated": True}
        observation = np.array(obs, np.float32) if isinstance(obs, np.ndarray) else None
        return Step(view=view, info=plain(dict(info)), observation=observation, internals=internals)

    def _kept(self, told: Mapping[str, Any]) -> dict[str, NDArray[np.float32]]:
        """An agent's report, checked against those of the steps before."""
        internals = check_internals(told)
        for name, array in internals.items():
            if array.shape != self._shapes.setdefault(name, array.shape):
                before = list(self._shapes[name])
                raise ValueError(f"internals[{name!r}] must keep the shape {before}, got {list(array.shape)}")
        self._left_out.update(too_large(told))
        return internals


def record_episode(
    env: gym.Env[Any, Any],
    act: Act,
    *,
    seed: int | None = None,
    options: Mapping[str, Any] | None = None,
    agent: str = "",
) -> Episode:
    """Play one whole episode and keep everything.

    Args:
        env: an environment with `view()`.
        act: act(observation, info, episode_start) -> (action, internals or None).
        seed: seed of the reset; drawn at random (and kept in the episode) where it is None.
        options: options of the reset.
        agent: name for the title.

    Raises:
        ValueError: `env` has no `view()`, or the internals have wrong shapes or numbers that are not finite.
    """
    world = World(env, act, agent)
    return world.finish(world.start(seed, options))


def random_act(seed: int = 0) -> Act:
    """An agent that picks among the legal actions at random; for trying the viewer out."""
    rng = np.random.default_rng(seed)

    def act(obs: Any, info: dict[str, Any], episode_start: bool) -> tuple[int, None]:
        return int(rng.choice(np.flatnonzero(info["action_mask"]))), None

    return act


def planner_act(obs: Any, info: dict[str, Any], episode_start: bool) -> tuple[int, dict[str, Any]]:
    """An agent that follows the planner, or passes where there is nothing to do; it has no memory to show."""
    optimal = np.flatnonzero(info["optimal_actions"])
    count = len(info["optimal_actions"])
    action = int(optimal[0]) if len(optimal) else count - 1
    probabilities = np.zeros(count, np.float32)
    probabilities[optimal if len(optimal) else [count - 1]] = 1 / max(1, len(optimal))
    return action, {"probabilities": probabilities}

"""Where episodes come from: one view for Gymnasium's and stable-baselines3's vector environments."""

from typing import Any, NamedTuple, Protocol

import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv

from dnc_agent.rl.episodes import Prefix
from dnc_agent.rl.vec_env import GymnasiumVecEnv


class Beginning(NamedTuple):
    """What the sub-environments show at the start of an episode in each of them."""

    observations: np.ndarray
    acting: NDArray[np.bool_]  #: whether the first action will have an effect
    action_mask: NDArray[np.bool_] | None = (
        None  #: [B, A], which actions are legal, where the environment says so
    )


class Transition(NamedTuple):
    """What one vector step returned, one entry per sub-environment."""

    observations: np.ndarray  #: after the step; of the ended episode where one ended
    rewards: NDArray[np.floating]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    acting: NDArray[np.bool_]  #: whether the next action will have an effect
    infos: dict[str, np.ndarray]  #: numeric entries of info; of the ended episode where one ended
    action_mask: NDArray[np.bool_] | None = None  #: [B, A], of the next action


class EpisodeSource(Protocol):
    """Sub-environments that run one episode each between two calls of `reset`."""

    num_envs: int
    #: What the episodes began with before the observations of `reset`; None where nothing did.
    prefix: Prefix | None

    def reset(self) -> Beginning:
        """Start an episode in every sub-environment."""
        ...

    def step(self, actions: NDArray[np.integer]) -> Transition:
        """Step all of them. What those whose episode is over return has no meaning."""
        ...


class GymnasiumSource:
    """Episodes of a Gymnasium vector environment in any autoreset mode, read from its info arrays.

    Where a sub-environment goes on by itself after its episode (SAME_STEP, NEXT_STEP), what it does is ignored
    until all episodes are over and everything is reset: a step spent on a reset is part of no episode.

    Attributes:
        draws_at_reset_only: whether nothing is drawn between two calls of `reset`: sub-environments are not reset
            one by one, and may be stepped past their end (`metadata["steps_past_end"]`).
    """

    prefix: Prefix | None = None

    def __init__(self, env: GymnasiumVecEnv) -> None:
        self._env, self.num_envs = env, env.num_envs
        disabled = env.autoreset_mode is AutoresetMode.DISABLED
        bare = env.vector_env.unwrapped is env.vector_env  # wrappers may not like it
        self.draws_at_reset_only = disabled and bare and env.vector_env.metadata.get("steps_past_end", False)
        self._resets_singly = disabled and not self.draws_at_reset_only

    def reset(self) -> Beginning:
        """See `EpisodeSource`."""
        return self.begin()

    def begin(self, options: dict[str, Any] | None = None) -> Beginning:
        """`reset` with options for the vector environment."""
        observations, infos = self._env.vector_env.reset(options=options)
        return Beginning(np.array(observations), self._acting(infos), _mask(infos.get("action_mask")))

    def step(self, actions: NDArray[np.integer]) -> Transition:
        """See `EpisodeSource`."""
        observations, rewards, terminated, truncated, infos = self._env.vector_env.step(actions)
        # A vector environment may write its next observations into the same array.
        observations = np.array(observations)
        numeric = numeric_infos(infos, self.num_envs)
        over = terminated | truncated
        if self._resets_singly and over.any():
            # Gymnasium forbids stepping an ended sub-environment; what these do from here is ignored.
            self._env.vector_env.reset(options={"reset_mask": over})
        elif "final_info" in infos:
            for index in np.flatnonzero(over):
                observations[index] = infos["final_obs"][index]
            final = numeric_infos(infos["final_info"], self.num_envs)
            numeric |= {k: np.where(over, v, numeric[k]) if k in numeric else v for k, v in final.items()}
        return Transition(
            observations,
            rewards,
            terminated,
            truncated,
            self._acting(infos),
            numeric,
            _mask(infos.get("action_mask")),
        )

    def _acting(self, infos: dict[str, Any]) -> NDArray[np.bool_]:
        return infos.get("acting", np.ones(self.num_envs, dtype=bool))


class VecEnvSource:
    """Episodes of any stable-baselines3 VecEnv; what it runs after an episode is ignored."""

    prefix: Prefix | None = None

    def __init__(self, env: VecEnv) -> None:
        self._env, self.num_envs = env, env.num_envs

    def reset(self) -> Beginning:
        """See `EpisodeSource`."""
        observations = self._env.reset()
        # A wrapper of stable-baselines3 has a list of its own, which stays empty.
        infos = self._env.unwrapped.reset_infos
        return Beginning(np.array(observations), _acting_of(infos), _mask_of(infos))

    def step(self, actions: NDArray[np.integer]) -> Transition:
        """See `EpisodeSource`."""
        observations, rewards, dones, infos = self._env.step(actions)
        observations = np.array(observations)
        truncated = np.zeros(self.num_envs, dtype=bool)
        for index in np.flatnonzero(dones):
            observations[index] = infos[index]["terminal_observation"]
            truncated[index] = infos[index].get("TimeLimit.truncated", False)
        keys = {
            key
            for info in infos
            for key, value in info.items()
            if np.ndim(value) == 0 and isinstance(value, bool | int | float | np.number | np.bool_)
        }
        numeric = {key: np.array([float(info.get(key, np.nan)) for info in infos]) for key in keys}
        return Transition(
            observations,
            rewards,
            dones & ~truncated,
            truncated,
            _acting_of(infos),
            numeric,
            _mask_of(infos),
        )


def episode_source(env: VecEnv) -> EpisodeSource:
    """The fastest view of a VecEnv as episodes."""
    return GymnasiumSource(env) if isinstance(env, GymnasiumVecEnv) else VecEnvSource(env)


def numeric_infos(infos: dict[str, Any], num_envs: int) -> dict[str, np.ndarray]:
    """The entries of Gymnasium's vector infos that hold one number per sub-environment."""
    return {
        key: value
        for key, value in infos.items()
        if isinstance(value, np.ndarray) and value.shape == (num_envs,) and value.dtype.kind in "bif"
        if not key.startswith("_")
    }


def _acting_of(infos: list[dict[str, Any]]) -> NDArray[np.bool_]:
    return np.array([bool(info.get("acting", True)) for info in infos])


def _mask_of(infos: list[dict[str, Any]]) -> NDArray[np.bool_] | None:
    masks = [info.get("action_mask") for info in infos]
    return None if any(mask is None for mask in masks) else _mask(np.stack(masks))  # type: ignore[arg-type]


def _mask(values: Any) -> NDArray[np.bool_] | None:
    """Gymnasium's masks are int8 arrays, one row per sub-environment; anything else is not one."""
    array = np.asarray(values)
    return array.reshape(len(array), -1).astype(bool) if array.ndim > 1 and array.dtype != object else None

"""A Gymnasium vector environment seen as a stable-baselines3 VecEnv."""

import inspect
from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.envs.registration import load_env_creator
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv, VectorEnv
from stable_baselines3.common.vec_env import DummyVecEnv, VecEnv

from dnc_agent.checks import shown


class GymnasiumVecEnv(VecEnv):
    """Adapter that steps a `gymnasium.vector.VectorEnv` without unpacking it into single environments.

    It shows stable-baselines3's convention: the step that ends an episode returns the next episode's first
    observation, and the last observation of the ended one under `info["terminal_observation"]`.

    Args:
        vector_env: the environment to adapt, owned (and closed) by the adapter, in any autoreset mode. Outside
            SAME_STEP, ended sub-environments are reset at once with Gymnasium's `reset_mask`, also in NEXT_STEP,
            whose step spent on a reset a VecEnv cannot express.

    Raises:
        ValueError: if `vector_env` is not a Gymnasium vector environment, or its observations are not arrays; when an
            episode ends, if it resets all sub-environments where a `reset_mask` asks for some.
    """

    def __init__(self, vector_env: VectorEnv) -> None:
        if not isinstance(vector_env, VectorEnv):
            raise ValueError(
                f"vector_env is a {type(vector_env).__name__}; expected gymnasium.vector.VectorEnv"
            )
        space = vector_env.single_observation_space
        if isinstance(space, gym.spaces.Dict | gym.spaces.Tuple):
            raise ValueError(
                f"vector_env observes a {type(space).__name__}; flatten it first, "
                "by gymnasium.wrappers.vector.FlattenObservation"
            )
        self.vector_env = vector_env
        self.autoreset_mode = AutoresetMode(
            vector_env.metadata.get("autoreset_mode", AutoresetMode.NEXT_STEP)
        )
        self._actions: np.ndarray = np.zeros(0)
        super().__init__(
            vector_env.num_envs, vector_env.single_observation_space, vector_env.single_action_space
        )
        self.render_mode = getattr(vector_env, "render_mode", None)

    def reset(self) -> np.ndarray:
        """Start new episodes everywhere; seeds given by `seed()` and options by `set_options()` are used once."""
        # One seed serves all sub-environments: a vector environment derives theirs from it.
        observations, infos = self.vector_env.reset(seed=self._seeds[0], options=self._options[0] or None)
        self.reset_infos = unpack_infos(infos, self.num_envs)
        self._reset_seeds()
        self._reset_options()
        return observations

    def set_options(self, options: Any = None) -> None:
        """Options of the next reset, one dict for the whole vector environment.

        Raises:
            ValueError: it is a list, one for each sub-environment.
        """
        if isinstance(options, list):
            raise ValueError("options is a list; it must be one dict, for the vector environment")
        super().set_options(options)

    def step_async(self, actions: np.ndarray) -> None:
        """Remember the actions; `step_wait` takes the step."""
        self._actions = actions

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        """Step all environments and start new episodes where one ended."""
        observations, rewards, terminated, truncated, info = self.vector_env.step(self._actions)
        dones = terminated | truncated
        infos = unpack_infos(info, self.num_envs)
        if dones.any():
            observations, infos = self._start_next(observations, infos, dones)
            for index in np.flatnonzero(dones):
                infos[index]["TimeLimit.truncated"] = bool(truncated[index] and not terminated[index])
        return observations, rewards.astype(np.float32), dones, infos

    def _start_next(
        self, observations: np.ndarray, infos: list[dict[str, Any]], dones: np.ndarray
    ) -> tuple[np.ndarray, list[dict[str, Any]]]:
        ended = np.flatnonzero(dones)
        if self.autoreset_mode is AutoresetMode.SAME_STEP:
            for index in ended:
                last = infos[index]
                self.reset_infos[index] = {
                    k: v for k, v in last.items() if k not in ("final_obs", "final_info")
                }
                infos[index] = dict(last["final_info"], terminal_observation=last["final_obs"])
            return observations, infos
        for index in ended:
            infos[index]["terminal_observation"] = observations[index].copy()
        fresh, info = self.vector_env.reset(options={"reset_mask": dones})
        goes_on = ~dones
        if not np.array_equal(fresh[goes_on], observations[goes_on], equal_nan=fresh.dtype.kind == "f"):
            raise ValueError(
                f"vector_env {self.vector_env} resets all of its episodes where reset_mask asks for some; "
                "make it with autoreset_mode SAME_STEP, or with vectorization_mode='sync'"
            )
        unpacked = unpack_infos(info, self.num_envs)
        for index in ended:
            self.reset_infos[index] = unpacked[index]
        return np.where(dones.reshape(-1, *(1,) * (fresh.ndim - 1)), fresh, observations), infos

    def close(self) -> None:
        """Close the vector environment."""
        self.vector_env.close()

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """The attribute of the vector environment, once for each index; what it lacks, of its sub-environments."""
        world, chosen = self.vector_env.unwrapped, list(self._get_indices(indices))
        if not hasattr(world, attr_name) and isinstance(world, SyncVectorEnv | AsyncVectorEnv):
            values = world.get_attr(attr_name)
            return [values[index] for index in chosen]
        return [getattr(world, attr_name)] * len(chosen)

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Set an attribute on the vector environment, which is shared by all sub-environments."""
        setattr(self.vector_env.unwrapped, attr_name, value)

    def env_method(
        self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any
    ) -> list[Any]:
        """Call a method of the vector environment once; the result is repeated for each index.

        `action_masks`, which sb3-contrib asks for, has a row for each; what the vector environment lacks is called of
        its sub-environments.
        """
        world, chosen = self.vector_env.unwrapped, list(self._get_indices(indices))
        if not hasattr(world, method_name) and isinstance(world, SyncVectorEnv | AsyncVectorEnv):
            results = world.call(method_name, *method_args, **method_kwargs)
            return [results[index] for index in chosen]
        result = getattr(world, method_name)(*method_args, **method_kwargs)
        return [result[index] if method_name == "action_masks" else result for index in chosen]

    def env_is_wrapped(self, wrapper_class: type[gym.Wrapper], indices: Any = None) -> list[bool]:
        """Sub-environments are never wrapped one by one."""
        return [False] * len(list(self._get_indices(indices)))

    def get_images(self) -> Sequence[np.ndarray | None]:
        """One RGB frame per sub-environment, if the vector environment renders."""
        frames = self.vector_env.render()
        return [None] * self.num_envs if frames is None else [np.asarray(frame) for frame in frames]


def unpack_infos(infos: dict[str, Any], num_envs: int) -> list[dict[str, Any]]:
    """Turn a Gymnasium vector info (arrays with `_key` masks) into one dict per sub-environment."""
    unpacked: list[dict[str, Any]] = [{} for _ in range(num_envs)]
    for key, value in infos.items():
        if key.startswith("_"):
            continue
        present = infos.get("_" + key, np.ones(num_envs, dtype=bool))
        if isinstance(value, dict):
            parts = unpack_infos(value, num_envs)
            for index in np.flatnonzero(present):
                unpacked[index][key] = parts[index]
        else:
            for index in np.flatnonzero(present):
                unpacked[index][key] = value[index]
    return unpacked


def make_vec_env(env_id: str, num_envs: int, **kwargs: Any) -> VectorEnv:
    """A vector environment for whole episodes: native, if its autoreset mode can be chosen.

    Raises:
        gymnasium.error.Error: if the id is unknown.
    """
    entry = gym.spec(env_id).vector_entry_point
    creator = load_env_creator(entry) if isinstance(entry, str) else entry
    if creator is not None and "autoreset_mode" in inspect.signature(creator).parameters:
        kwargs["autoreset_mode"] = AutoresetMode.DISABLED
        return gym.make_vec(env_id, num_envs, vectorization_mode="vector_entry_point", **kwargs)
    return gym.make_vec(
        env_id,
        num_envs,
        vectorization_mode="sync",
        vector_kwargs={"autoreset_mode": AutoresetMode.SAME_STEP},
        **kwargs,
    )


def as_env(env: Any, num_envs: int) -> Any:
    """What an agent may be trained in, an id made an environment.

    Args:
        env: an id, a Gymnasium environment or vector environment, or a VecEnv.
        num_envs: sub-environments of an id.

    Raises:
        ValueError: it is something else, or the id is unknown.
    """
    if isinstance(env, str):
        try:
            return make_vec_env(env, num_envs)
        except (gym.error.Error, ModuleNotFoundError) as error:
            raise ValueError(f"env={shown(env)}; {' '.join(str(error).split())}") from None
    if not isinstance(env, gym.Env | VectorEnv | VecEnv):
        raise ValueError(
            f"env={shown(env)}; it must be an id or an environment of Gymnasium or stable-baselines3"
        )
    return env


def generators(env: VecEnv) -> list[np.random.Generator]:
    """All that an environment draws its episodes from: one generator, or one for each sub-environment.

    Empty where they are out of reach: in other processes, or in an environment of another make.
    """
    if isinstance(env, DummyVecEnv):
        return [single.unwrapped.np_random for single in env.envs]
    if not isinstance(env, GymnasiumVecEnv):
        return []
    world = env.vector_env.unwrapped
    if isinstance(world, SyncVectorEnv):
        return [single.unwrapped.np_random for single in world.envs]
    return [] if isinstance(world, AsyncVectorEnv) else [world.np_random]

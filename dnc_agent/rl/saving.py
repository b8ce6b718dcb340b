"""What `EpisodicActorCritic` has of files and environments: saving, loading, training on somewhere else."""

from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

import torch
from gymnasium.vector import VectorEnv
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.utils import check_for_correct_spaces
from stable_baselines3.common.vec_env import VecEnv

from dnc_agent import persistence
from dnc_agent.rl.sources import EpisodeSource
from dnc_agent.rl.training import BatchTraining
from dnc_agent.rl.vec_env import GymnasiumVecEnv, as_env

Self = TypeVar("Self", bound="SavedAlgorithm")


class SavedAlgorithm(BatchTraining):
    """The part of `EpisodicActorCritic` that outlives a process."""

    experiment: str | None
    lineage: list[dict[str, Any]]
    generator: torch.Generator
    episodes_per_batch: int
    _last_obs: Any
    _source: EpisodeSource | None

    @staticmethod
    def _wrap_env(env: Any, verbose: int = 0, monitor_wrapper: bool = True) -> VecEnv:
        if isinstance(env, VectorEnv):
            return GymnasiumVecEnv(env)
        return BaseAlgorithm._wrap_env(env, verbose, monitor_wrapper)

    def set_env(self, env: Any, force_reset: bool = True) -> None:
        """Train in another environment of the same spaces from the next batch on.

        Args:
            env: of any kind that the constructor takes, with any number of sub-environments.
            force_reset: accepted for compatibility; episodes always begin anew.

        Raises:
            ValueError: if its spaces are others.
        """
        wrapped = self._wrap_env(as_env(env, self.episodes_per_batch))
        check_for_correct_spaces(wrapped, self.observation_space, self.action_space)
        self.env, self.n_envs = wrapped, wrapped.num_envs
        self._last_obs, self._source = None, None

    def _get_torch_save_params(self) -> tuple[list[str], list[str]]:
        return ["policy", "policy.optimizer"], []

    def save(  # type: ignore[override]
        self,
        path: str | PathLike[str],
        exclude: Any = None,
        include: Any = None,
        *,
        with_optimizer: bool = True,
        extra: dict[str, Any] | None = None,
    ) -> Path:
        """Save the agent as one safetensors file (see `dnc_agent.persistence`).

        Args:
            path: the file; `.safetensors` is added to a name without a suffix.
            exclude: accepted for compatibility; `["policy.optimizer"]` leaves the optimizer's state out.
            include: accepted for compatibility, ignored.
            with_optimizer: also what is needed to go on training exactly: optimizer, auxiliary heads, and all
                generators, those of the environment among them where they are in reach
                (`dnc_agent.rl.vec_env.generators`). A file that this replaces is kept beside it.
            extra: JSON-able, kept with it and returned by `restore`.

        Returns:
            The path written.

        Raises:
            ValueError: if a weight is not finite; the file that is there stays.
        """
        light = not with_optimizer or "policy.optimizer" in (exclude or [])
        return persistence.save_agent(self, path, with_optimizer=not light, extra=extra)

    def restore(self, path: str | PathLike[str]) -> dict[str, Any]:
        """Load a checkpoint of an agent of the same shape into this one and return its `extra`.

        Raises:
            FileNotFoundError: if there is none.
            ValueError: if it is damaged or does not fit; nothing is changed then.
        """
        return persistence.restore(self, persistence.read_agent(path))

    @classmethod
    def load(cls: type[Self], path: Any, env: Any = None, device: Any = "auto", **kwargs: Any) -> Self:  # type: ignore[override]
        """Load a saved agent; nothing in the file is executed.

        Args:
            path: a file, or a directory with `agent.safetensors`.
            env: to go on training; None is enough to predict.
            device: where to put it.
            **kwargs: constructor arguments that replace the saved ones.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if the file is damaged or foreign, or does not fit the environment.
        """
        saved = persistence.read_agent(path)
        policy = kwargs.pop("policy", saved.policy)
        if isinstance(policy, str) and policy not in cls.policy_aliases:
            raise ValueError(f"{saved.file} was saved with policy class {policy}; pass it as policy=")
        try:
            make: Any = cls
            agent: Self = make(
                policy, None, device=device, _init_setup_model=False, **(saved.arguments | kwargs)
            )
            agent.observation_space, agent.action_space = saved.observation_space, saved.action_space
            if env is not None:
                agent.set_env(env)
            agent._setup_model()
        except (TypeError, ValueError, RuntimeError, OverflowError, MemoryError) as error:
            line = str(error).partition("\n")[0]
            kind = "does not fit this environment" if "spaces do not match" in line else "cannot be built"
            raise ValueError(f"{saved.file} {kind}: {line}") from None
        persistence.restore(agent, saved)
        return agent

"""Whole episodes out of any vector environment: one view for Gymnasium's and stable-baselines3's."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray
from stable_baselines3.common.vec_env import VecEnv
from torch import Tensor, nn

from dnc_agent.rl.vec_env import GymnasiumVecEnv


class Transition(NamedTuple):
    """What one vector step returned, one entry per lane (sub-environment)."""

    observations: np.ndarray  #: after the step; of the ended episode where one ended
    rewards: NDArray[np.floating]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    acting: NDArray[np.bool_]  #: whether the next action will have an effect
    infos: dict[str, np.ndarray]  #: numeric entries of info; of the ended episode where one ended


@dataclass(frozen=True)
class Prefix:
    """Observations that several episodes have in common, before anything could be decided: P prefixes.

    Acting out several continuations of one prefix and adding up their gradients is an unbiased policy
    gradient (the "vine" of Schulman et al. 2015), and the prefix is computed once.
    """

    observations: Tensor  #: [T1, P, X], aligned at the end
    reset: Tensor  #: [T1, P] bool, true at the first observation of each prefix
    branch_of: Tensor  #: [B] int64, the prefix that each episode continues

    def valid(self) -> Tensor:
        """[T1, P] bool: which observations belong to a prefix."""
        return self.reset.long().cumsum(0) > 0


class Recording:
    """What a core computed while it acted, to learn from once, as long as its parameters stay as they were.

    Args:
        features: [T, B, F], differentiable; one row more where cut-off episodes need what comes after them.
        parameters: those that the features depend on.
    """

    def __init__(self, features: Tensor, parameters: list[Tensor]) -> None:
        self._features: Tensor | None = features
        self._parameters = parameters
        self._versions = [parameter._version for parameter in parameters]

    def take(self) -> Tensor | None:
        """The features; None at a second call, since the graph is gone then, or if parameters changed."""
        features, self._features = self._features, None
        return features if [parameter._version for parameter in self._parameters] == self._versions else None

    @staticmethod
    def join(recordings: "list[Recording | None]", rows: int) -> "Recording | None":
        """Episodes side by side, padded to so many rows; None unless all were recorded and still hold."""
        parts = [None if recording is None else recording.take() for recording in recordings]
        first = recordings[0]
        if first is None or any(part is None for part in parts):
            return None
        with torch.enable_grad():
            padded = [nn.functional.pad(p, (0, 0, 0, 0, 0, rows - len(p))) for p in parts if p is not None]
            return Recording(torch.cat(padded, 1), first._parameters)


class EpisodeSource(Protocol):
    """Lanes that run one episode each between two calls of `reset`."""

    num_lanes: int
    #: What the lanes' episodes began with before the observations of `reset`; None where nothing did.
    prefix: Prefix | None

    def reset(self) -> tuple[np.ndarray, NDArray[np.bool_]]:
        """Start an episode in every lane; returns observations and where the first action has an effect."""
        ...

    def step(self, actions: NDArray[np.integer]) -> Transition:
        """Step every lane. What lanes whose episode is over return has no meaning."""
        ...


def numeric_infos(infos: dict[str, Any], lanes: int) -> dict[str, np.ndarray]:
    """The entries of Gymnasium's vector infos that hold one number per lane."""
    return {
        key: value
        for key, value in infos.items()
        if isinstance(value, np.ndarray) and value.shape == (lanes,) and value.dtype.kind in "bif"
        if not key.startswith("_")
    }


class GymnasiumSource:
    """Episodes of a native Gymnasium vector environment, read from its info arrays."""

    prefix: Prefix | None = None

    def __init__(self, env: GymnasiumVecEnv) -> None:
        self._env, self.num_lanes = env, env.num_envs
        self._disabled = env.autoreset_mode is AutoresetMode.DISABLED

    def reset(self) -> tuple[np.ndarray, NDArray[np.bool_]]:
        """See `EpisodeSource`."""
        observations, infos = self._env.vector_env.reset()
        return np.array(observations), infos.get("acting", np.ones(self.num_lanes, dtype=bool))

    def step(self, actions: NDArray[np.integer]) -> Transition:
        """See `EpisodeSource`."""
        observations, rewards, terminated, truncated, infos = self._env.vector_env.step(actions)
        # A vector environment may write its next observations into the same array.
        observations = np.array(observations)
        acting = infos.get("acting", np.ones(self.num_lanes, dtype=bool))
        numeric = numeric_infos(infos, self.num_lanes)
        over = terminated | truncated
        if self._disabled and over.any():
            # Gymnasium forbids stepping an ended sub-environment; what these lanes do from here is ignored.
            self._env.vector_env.reset(options={"reset_mask": over})
        elif "final_info" in infos:
            for lane in np.flatnonzero(over):
                observations[lane] = infos["final_obs"][lane]
            final = numeric_infos(infos["final_info"], self.num_lanes)
            numeric |= {k: np.where(over, v, numeric[k]) if k in numeric else v for k, v in final.items()}
        return Transition(observations, rewards, terminated, truncated, acting, numeric)


class VecEnvSource:
    """Episodes of any stable-baselines3 VecEnv; what it runs after a lane's episode is ignored."""

    prefix: Prefix | None = None

    def __init__(self, env: VecEnv) -> None:
        self._env, self.num_lanes = env, env.num_envs

    def reset(self) -> tuple[np.ndarray, NDArray[np.bool_]]:
        """See `EpisodeSource`."""
        observations = self._env.reset()
        return np.array(observations), self._acting(self._env.reset_infos)

    def step(self, actions: NDArray[np.integer]) -> Transition:
        """See `EpisodeSource`."""
        observations, rewards, dones, infos = self._env.step(actions)
        observations = np.array(observations)
        truncated = np.zeros(self.num_lanes, dtype=bool)
        for lane in np.flatnonzero(dones):
            observations[lane] = infos[lane]["terminal_observation"]
            truncated[lane] = infos[lane].get("TimeLimit.truncated", False)
        keys = {
            key
            for info in infos
            for key, value in info.items()
            if np.ndim(value) == 0 and isinstance(value, bool | int | float | np.number | np.bool_)
        }
        numeric = {key: np.array([float(info.get(key, np.nan)) for info in infos]) for key in keys}
        return Transition(observations, rewards, dones & ~truncated, truncated, self._acting(infos), numeric)

    def _acting(self, infos: list[dict[str, Any]]) -> NDArray[np.bool_]:
        return np.array([bool(info.get("acting", True)) for info in infos])


def episode_source(env: VecEnv) -> EpisodeSource:
    """The fastest view of a VecEnv as episodes."""
    return GymnasiumSource(env) if isinstance(env, GymnasiumVecEnv) else VecEnvSource(env)


@dataclass
class EpisodeBatch:
    """Whole episodes, padded at the end to the longest; T steps, B episodes, X observation features."""

    observations: Tensor  #: [T + 1, B, X]; row t is what the agent saw before action t
    actions: Tensor  #: [T, B] int64
    log_probs: Tensor  #: [T, B], of the actions under the policy that acted
    rewards: NDArray[np.floating]  #: [T, B]
    valid: NDArray[np.bool_]  #: [T, B]: the step belongs to the episode
    acting: NDArray[np.bool_]  #: [T, B]: valid, and the action has an effect
    truncated: NDArray[np.bool_]  #: [B]: cut off by a time limit rather than ended
    #: numeric info at the end of each episode, [B]
    final: dict[str, np.ndarray] = field(default_factory=dict)
    #: what came before row 0, where episodes share it
    prefix: Prefix | None = None
    #: of the policy core while it acted; None where it has to be unrolled again
    recording: Recording | None = None

    @property
    def num_episodes(self) -> int:
        """B."""
        return self.valid.shape[1]

    @property
    def num_steps(self) -> int:
        """Environment steps in the batch, padding not counted."""
        return int(self.valid.sum())

    def whole(self) -> tuple[Tensor, Tensor]:
        """Observations [T1 + T, B, X] with the prefixes put before them, and which are valid [T1 + T, B]."""
        observations = self.observations[: len(self.valid)]
        valid = torch.as_tensor(self.valid, device=observations.device)
        if self.prefix is None:
            return observations, valid
        branch = self.prefix.branch_of
        return (
            torch.cat([self.prefix.observations[:, branch], observations]),
            torch.cat([self.prefix.valid()[:, branch], valid]),
        )

    def select(self, episodes: NDArray[np.integer]) -> "EpisodeBatch":
        """The given episodes, without steps that are padding in all of them and without what was recorded.

        Raises:
            ValueError: if episodes share prefixes, which only pay off together.
        """
        if self.prefix is not None:
            raise ValueError("episodes with shared prefixes cannot be split into minibatches")
        length = int(self.valid[:, episodes].sum(0).max())
        index = torch.as_tensor(episodes, device=self.observations.device)
        return EpisodeBatch(
            observations=self.observations[: length + 1, index],
            actions=self.actions[:length, index],
            log_probs=self.log_probs[:length, index],
            rewards=self.rewards[:length, episodes],
            valid=self.valid[:length, episodes],
            acting=self.acting[:length, episodes],
            truncated=self.truncated[episodes],
            final={key: value[episodes] for key, value in self.final.items()},
        )


def concatenate(batches: list[EpisodeBatch]) -> EpisodeBatch:
    """One batch out of several, padded to the longest.

    Raises:
        ValueError: if episodes share prefixes.
    """
    if len(batches) == 1:
        return batches[0]
    if any(batch.prefix is not None for batch in batches):
        raise ValueError("episodes with shared prefixes must come from one round: give each a lane")
    steps = max(len(batch.valid) for batch in batches)

    def join(name: str, rows: int) -> np.ndarray:
        values = [getattr(batch, name) for batch in batches]
        parts = [value.cpu().numpy() if isinstance(value, Tensor) else value for value in values]
        return np.concatenate(
            [np.pad(part, [(0, rows - len(part))] + [(0, 0)] * (part.ndim - 1)) for part in parts], axis=1
        )

    device = batches[0].observations.device
    return EpisodeBatch(
        observations=torch.as_tensor(join("observations", steps + 1), device=device),
        actions=torch.as_tensor(join("actions", steps), device=device),
        log_probs=torch.as_tensor(join("log_probs", steps), device=device),
        rewards=join("rewards", steps),
        valid=join("valid", steps),
        acting=join("acting", steps),
        truncated=np.concatenate([batch.truncated for batch in batches]),
        final={
            key: np.concatenate([batch.final[key] for batch in batches])
            for key in batches[0].final.keys() & batches[-1].final.keys()
        },
        recording=Recording.join([batch.recording for batch in batches], steps + 1),
    )

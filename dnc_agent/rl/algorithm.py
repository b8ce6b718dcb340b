"""EpisodicActorCritic: recurrent policy gradient on whole episodes, as a stable-baselines3 algorithm."""

from collections import deque
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import numpy as np
import torch
from gymnasium import spaces
from gymnasium.vector import VectorEnv
from numpy.typing import NDArray
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import GymEnv, MaybeCallback, Schedule
from stable_baselines3.common.utils import configure_logger
from stable_baselines3.common.vec_env import VecEnv
from torch import nn

from dnc_agent.checks import (
    check_amount,
    check_device,
    check_flags,
    check_path,
    check_seed,
    check_several,
    shown,
)
from dnc_agent.cores.contract import RecurrentCore, check_sizes
from dnc_agent.networks.readouts import Head
from dnc_agent.parallel import ALONE
from dnc_agent.rl.auxiliary import AuxiliaryTask
from dnc_agent.rl.collector import StepHook, collect_episodes
from dnc_agent.rl.episodes import EpisodeBatch
from dnc_agent.rl.infos import InfoRows
from dnc_agent.rl.policy import DNCPolicy, LSTMPolicy, RecurrentActorCriticPolicy
from dnc_agent.rl.returns import check_numbers, check_unit_interval
from dnc_agent.rl.saving import SavedAlgorithm
from dnc_agent.rl.sources import EpisodeSource, Transition, episode_source
from dnc_agent.rl.vec_env import as_env

Self = TypeVar("Self", bound="EpisodicActorCritic")

#: Final infos whose means `update` returns, where the environment gives them.
METRICS = ("satisfied", "perfect", "success")


class EpisodicActorCritic(SavedAlgorithm):
    """Policy gradient with generalized advantage estimation, back-propagated through whole episodes.

    Every update acts out a batch of whole episodes from a zero state and learns from them: once by the plain
    policy gradient (the paper's), or several times with PPO's clipped ratio. It is a `dnc_agent.learner.Learner`
    as well: `begin`, `update`, `save` and `restore` do without callbacks and a number of steps.

    Args:
        policy: "DNCPolicy", "LSTMPolicy" or a subclass of `RecurrentActorCriticPolicy`.
        env: an environment id, a Gymnasium environment or vector environment, or a VecEnv.
        learning_rate: step size, or a function of the remaining progress (1 to 0).
        episodes_per_batch: episodes per update. For an environment id, also the number of
            sub-environments.
        n_epochs: passes over a batch; above 1 the ratio is clipped.
        minibatch_episodes: episodes per gradient step; None: the whole batch. Given, the ratio is clipped.
        gamma: discount per step (the paper: 1).
        gae_lambda: lambda of the advantage estimator (the paper: 0.75).
        ent_coef: weight of the entropy bonus per nat, or a function of the remaining progress.
        vf_coef: weight of the value loss.
        clip_range: PPO's clip range, or a function of the remaining progress.
        reward_scale: rewards are multiplied by it before learning; logs show unscaled rewards.
        normalize_advantage: shift and scale advantages to mean 0, deviation 1 in every batch.
        max_grad_norm: clip of the gradient's norm, of policy and value apart if their cores are; None: off.
        source: makes the source of training episodes from the VecEnv; None: one ordinary episode
            per sub-environment.
        auxiliary: a prediction task trained on the cores' features beside the policy.
        auxiliary_coef: its weight.
        auxiliary_sizes: hidden layers of its heads.
        policy_kwargs: arguments of the policy.
        stats_window_size: episodes in the moving averages of the log.
        tensorboard_log: directory for TensorBoard; None: no log.
        verbose: 0 silent, 1 prints the log.
        seed: of weights, actions and environment.
        device: "auto", "cpu", "cuda".

    Raises:
        ValueError: naming the argument that is out of range.

    Attributes:
        experiment: name of the experiment that the agent is trained for, kept in its checkpoints; None: none.
        lineage: what it was trained on before, kept in its checkpoints; one dict for each run that it branched off.
        processes: that share every batch of `update`; `learn` is for one alone.
    """

    #: Tests turn it off, to compare: learn from the acting pass where one pass over a batch is all there is.
    _learn_from_acting: bool = True
    policy_aliases: ClassVar[dict[str, type[BasePolicy]]] = {"DNCPolicy": DNCPolicy, "LSTMPolicy": LSTMPolicy}
    policy: RecurrentActorCriticPolicy

    def __init__(
        self,
        policy: str | type[RecurrentActorCriticPolicy],
        env: GymEnv | VectorEnv | str | None,
        learning_rate: float | Schedule = 1e-3,
        *,
        episodes_per_batch: int = 64,
        n_epochs: int = 1,
        minibatch_episodes: int | None = None,
        gamma: float = 1.0,
        gae_lambda: float = 0.75,
        ent_coef: float | Schedule = 0.01,
        vf_coef: float = 0.5,
        clip_range: float | Schedule = 0.2,
        reward_scale: float = 1.0,
        normalize_advantage: bool = True,
        max_grad_norm: float | None = 1.0,
        source: Callable[[VecEnv], EpisodeSource] | None = None,
        auxiliary: AuxiliaryTask | None = None,
        auxiliary_coef: float = 0.1,
        auxiliary_sizes: tuple[int, ...] = (),
        policy_kwargs: dict[str, Any] | None = None,
        stats_window_size: int = 100,
        tensorboard_log: str | None = None,
        verbose: int = 0,
        seed: int | None = None,
        device: torch.device | str = "auto",
        _init_setup_model: bool = True,
    ) -> None:
        check_unit_interval("gamma", gamma)
        check_unit_interval("gae_lambda", gae_lambda)
        check_sizes(episodes_per_batch=episodes_per_batch, n_epochs=n_epochs)
        if minibatch_episodes is not None:
            check_sizes(minibatch_episodes=minibatch_episodes)
        if max_grad_norm is not None:
            check_numbers(max_grad_norm=max_grad_norm)
            if not max_grad_norm > 0:
                raise ValueError(f"max_grad_norm={shown(max_grad_norm)}; it must be above 0, or None")
        check_flags(normalize_advantage=normalize_advantage)
        if seed is not None:
            check_seed(seed)
        named = isinstance(policy, str) and policy in self.policy_aliases
        if not named and not (isinstance(policy, type) and issubclass(policy, RecurrentActorCriticPolicy)):
            raise ValueError(
                f"policy={shown(policy)}; it must be {' or '.join(self.policy_aliases)}, or a recurrent policy class"
            )
        if policy_kwargs is not None and not isinstance(policy_kwargs, dict):
            raise ValueError(f"policy_kwargs={shown(policy_kwargs)}; it must be a dict")
        for size in check_several("auxiliary_sizes", auxiliary_sizes):
            check_sizes(auxiliary_sizes=size)
        check_amount("verbose", verbose, most=2)
        check_sizes(stats_window_size=stats_window_size)
        check_path("tensorboard_log", tensorboard_log)
        device = check_device(device)
        check_numbers(learning_rate=learning_rate, ent_coef=ent_coef, clip_range=clip_range)
        check_numbers(vf_coef=vf_coef, reward_scale=reward_scale, auxiliary_coef=auxiliary_coef)
        if env is not None:
            env = as_env(env, episodes_per_batch)
        super().__init__(
            policy,
            env,  # type: ignore[arg-type]
            learning_rate,
            policy_kwargs=policy_kwargs,
            stats_window_size=stats_window_size,
            tensorboard_log=tensorboard_log,
            verbose=verbose,
            device=device,
            support_multi_env=True,
            seed=seed,
            supported_action_spaces=(spaces.Discrete, spaces.MultiDiscrete),
        )
        self.episodes_per_batch = episodes_per_batch
        self.n_epochs, self.minibatch_episodes = n_epochs, minibatch_episodes
        self.gamma, self.gae_lambda = gamma, gae_lambda
        self.ent_coef, self.vf_coef, self.clip_range = ent_coef, vf_coef, clip_range
        self.reward_scale = reward_scale
        self.normalize_advantage, self.max_grad_norm = normalize_advantage, max_grad_norm
        self.make_source: Callable[[VecEnv], EpisodeSource] = episode_source if source is None else source
        self.auxiliary, self.auxiliary_coef = auxiliary, auxiliary_coef
        self.auxiliary_sizes = tuple(auxiliary_sizes)
        self.experiment: str | None = None
        self.lineage: list[dict[str, Any]] = []
        self.processes = ALONE
        self._source: EpisodeSource | None = None
        if _init_setup_model:
            if env is None:
                raise ValueError("env=None; an environment is needed, except to load a saved agent")
            self._setup_model()

    def _setup_model(self) -> None:
        self._setup_lr_schedule()
        self.set_random_seed(self.seed)
        self.generator = torch.Generator(self.device)
        self.shuffler = np.random.default_rng(self.seed)
        if self.seed is None:
            self.generator.seed()
        else:
            self.generator.manual_seed(self.seed)
        policy = self.policy_class(
            self.observation_space, self.action_space, self.lr_schedule, **self.policy_kwargs
        )
        assert isinstance(policy, RecurrentActorCriticPolicy)
        self.policy = policy.to(self.device)
        self.auxiliary_heads = nn.ModuleList()
        if self.auxiliary is not None:
            for core in self.policy.cores:
                head = Head(core.feature_size, self.auxiliary_sizes, self.auxiliary.size, gain=0.1)
                self.auxiliary_heads.append(head.to(self.device))
            self.policy.optimizer.add_param_group({"params": list(self.auxiliary_heads.parameters())})

    @property
    def core(self) -> RecurrentCore[Any]:
        """The policy's core."""
        return self.policy.policy_network.core

    @property
    def episodes(self) -> int:
        """Whole episodes learnt from so far."""
        return self._episode_num

    @property
    def steps(self) -> int:
        """Environment steps so far, padding not counted."""
        return self.num_timesteps

    @property
    def updates(self) -> int:
        """Gradient steps so far."""
        return self._n_updates

    def begin(self) -> None:
        """Reset the environment, which uses up its seed, before the first update; `update` does so by itself.

        Raises:
            ValueError: if there is no environment.
        """
        self._last_obs = self._environment().reset()

    def update(self) -> dict[str, float]:
        """Act out one batch of episodes and learn from it.

        Returns:
            Means over the batch of the final infos named in `METRICS`, as far as the environment gives them.

        Raises:
            ValueError: if there is no environment, or several processes cannot share its episodes.
            FloatingPointError: if the loss or a weight is not finite; one line that says at which update.
            PeerLostError: if another process is gone.
        """
        self._ready()
        if not self.processes.alone and self._several_passes:
            raise ValueError(
                f"processes={shown(self.processes.size)} with n_epochs={shown(self.n_epochs)}, minibatch_episodes="
                f"{self.minibatch_episodes!r}; several processes take one pass over whole batches"
            )
        before = self.num_timesteps
        batch = self._collect(self._count_steps)
        assert batch is not None
        (steps,) = self.processes.sum(self.num_timesteps - before)
        self.num_timesteps = before + int(steps)
        self.train(batch)
        figures = {name: float(batch.final[name].mean()) for name in METRICS if name in batch.final}
        return self.processes.mean(figures, batch.num_episodes / self._batch_episodes(batch))

    def _batch_episodes(self, batch: EpisodeBatch) -> int:
        return int(self.processes.sum(batch.num_episodes)[0])

    def learn(
        self: Self,
        total_timesteps: int,
        callback: MaybeCallback = None,
        log_interval: int = 1,
        tb_log_name: str = "EpisodicActorCritic",
        reset_num_timesteps: bool = True,
        progress_bar: bool = False,
    ) -> Self:
        """Train for at least `total_timesteps` environment steps, in whole batches of episodes.

        A loaded agent goes on to the bit, as its run would have, with `reset_num_timesteps=False`.

        Args:
            total_timesteps: environment steps; padding is not counted.
            callback: called after every vector step, as everywhere in stable-baselines3.
            log_interval: updates between two lines of the log.
            tb_log_name: name of the run in TensorBoard.
            reset_num_timesteps: start counting at zero, in a freshly reset environment.
            progress_bar: show one.

        Raises:
            ValueError: if there is no environment, or a number is negative or none.
            FloatingPointError: see `update`.
        """
        check_amount("total_timesteps", total_timesteps)
        if log_interval is not None:
            check_amount("log_interval", log_interval)
        self._environment()
        total_timesteps, callback = self._setup_learn(
            total_timesteps, callback, reset_num_timesteps, tb_log_name, progress_bar
        )
        callback.on_training_start(locals(), globals())
        while self.num_timesteps < total_timesteps:
            callback.on_rollout_start()
            batch = self._collect(self._step_hook(callback))
            if batch is None:
                break
            callback.update_locals(locals())
            callback.on_rollout_end()
            # The last batch may go past the end; a schedule is never asked for a negative progress.
            self._update_current_progress_remaining(min(self.num_timesteps, total_timesteps), total_timesteps)
            self.train(batch)
            if log_interval and self._n_updates % log_interval == 0:
                self.logger.record("time/total_timesteps", self.num_timesteps, exclude="tensorboard")
                self.logger.record("time/episodes", self._episode_num)
                self.logger.dump(self.num_timesteps)
        callback.on_training_end()
        return self

    def _environment(self) -> VecEnv:
        if self.env is None:
            raise ValueError("env=None; training needs an environment: load(..., env=...) or set_env(...)")
        return self.env

    def _ready(self) -> None:
        if self._last_obs is None:
            self.begin()
        if self.ep_info_buffer is None:
            self.ep_info_buffer = deque(maxlen=self._stats_window_size)
            self.ep_success_buffer = deque(maxlen=self._stats_window_size)
        if not hasattr(self, "_logger"):
            self._logger = configure_logger(self.verbose, None)

    def _collect(self, on_step: StepHook) -> EpisodeBatch | None:
        if self._source is None:
            self._source = self.make_source(self._environment())
        try:
            batch = collect_episodes(
                self.policy,
                self._source,
                self.episodes_per_batch,
                self.generator,
                on_step,
                record=self._learn_from_acting and not self._several_passes,
                processes=self.processes,
            )
        except FloatingPointError as error:
            raise self._failure(str(error)) from None
        if batch is not None:
            self._record_episodes(batch)
        return batch

    def _count_steps(self, transition: Transition, live: NDArray[np.bool_]) -> bool:
        self.num_timesteps += int(live.sum())
        return True

    def _step_hook(self, callback: BaseCallback) -> StepHook:
        def on_step(transition: Transition, live: NDArray[np.bool_]) -> bool:
            self._count_steps(transition, live)
            callback.update_locals(
                {
                    "rewards": transition.rewards,
                    "dones": live & (transition.terminated | transition.truncated),
                    "infos": InfoRows(transition.infos, len(live)),
                }
            )
            return callback.on_step()

        return on_step

    def _record_episodes(self, batch: EpisodeBatch) -> None:
        assert self.ep_info_buffer is not None
        self._episode_num += self._batch_episodes(batch)
        # Of a large batch the buffer keeps the last ones only.
        last = batch.valid[:, -self._stats_window_size :].sum(0)
        for reward, length in zip(batch.rewards.sum(0)[-len(last) :], last, strict=True):
            self.ep_info_buffer.append({"r": float(reward), "l": int(length)})
        self.logger.record("rollout/ep_rew_mean", float(batch.rewards.sum(0).mean()))
        self.logger.record("rollout/ep_len_mean", float(batch.valid.sum(0).mean()))
        for key in ("satisfied", "success", "perfect", "is_success"):
            if key in batch.final:
                self.logger.record(f"rollout/{key}", float(np.mean(batch.final[key])))

    def predict(
        self,
        observation: Any,
        state: tuple[np.ndarray, ...] | None = None,
        episode_start: np.ndarray | None = None,
        deterministic: bool = False,
        action_masks: np.ndarray | None = None,
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...] | None]:
        """Actions for observations, carrying the recurrent state; see `RecurrentActorCriticPolicy.predict`."""
        return self.policy.predict(observation, state, episode_start, deterministic, action_masks)

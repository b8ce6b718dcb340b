"""EpisodicActorCritic: recurrent policy gradient on whole episodes, as a stable-baselines3 algorithm."""

from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import numpy as np
import torch
from gymnasium import spaces
from gymnasium.vector import VectorEnv
from numpy.typing import NDArray
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.type_aliases import GymEnv, MaybeCallback, Schedule
from stable_baselines3.common.utils import FloatSchedule
from stable_baselines3.common.vec_env import VecEnv
from torch import nn

from dnc_agent import persistence
from dnc_agent.cores.contract import check_sizes
from dnc_agent.networks.heads import Head
from dnc_agent.rl.auxiliary import AuxiliaryTask
from dnc_agent.rl.collector import collect_episodes
from dnc_agent.rl.episodes import EpisodeBatch, EpisodeSource, Transition, episode_source
from dnc_agent.rl.policy import DNCPolicy, LSTMPolicy, RecurrentActorCriticPolicy
from dnc_agent.rl.returns import check_unit_interval, normalize
from dnc_agent.rl.update import LossWeights, auxiliary_loss, batch_advantages, evaluate_batch, total_loss
from dnc_agent.rl.vec_env import GymnasiumVecEnv, make_lanes

Self = TypeVar("Self", bound="EpisodicActorCritic")


class EpisodicActorCritic(BaseAlgorithm):
    """Policy gradient with generalized advantage estimation, back-propagated through whole episodes.

    Every update acts out a batch of whole episodes from a zero state and learns from them: once by the plain
    policy gradient (the paper's), or several times with PPO's clipped ratio.

    Args:
        policy: "DNCPolicy", "LSTMPolicy" or a subclass of `RecurrentActorCriticPolicy`.
        env: an environment id, a Gymnasium environment or vector environment, or a VecEnv.
        learning_rate: step size, or a function of the remaining progress (1 to 0).
        episodes_per_batch: episodes per update. For an environment id, also the number of lanes.
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
        source: makes the source of training episodes from the VecEnv; None: one ordinary episode per lane.
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
    """

    #: Tests turn it off, to compare: learn from the acting pass where one pass over a batch is all there is.
    _learn_from_acting: bool = True
    policy_aliases: ClassVar[dict[str, type[BasePolicy]]] = {"DNCPolicy": DNCPolicy, "LSTMPolicy": LSTMPolicy}
    policy: RecurrentActorCriticPolicy
    _source: EpisodeSource | None = None

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
        if max_grad_norm is not None and not max_grad_norm > 0:
            raise ValueError(f"max_grad_norm={max_grad_norm!r}; it must be above 0, or None")
        if not callable(clip_range) and not clip_range >= 0:
            raise ValueError(f"clip_range={clip_range!r}; it must be at least 0")
        if isinstance(env, str):
            env = make_lanes(env, episodes_per_batch)
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
            supported_action_spaces=(spaces.Discrete,),
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
        if _init_setup_model:
            if env is None:
                raise ValueError("env=None; an environment is needed, except to load a saved agent")
            self._setup_model()

    @staticmethod
    def _wrap_env(env: Any, verbose: int = 0, monitor_wrapper: bool = True) -> VecEnv:
        if isinstance(env, VectorEnv):
            return GymnasiumVecEnv(env)
        return BaseAlgorithm._wrap_env(env, verbose, monitor_wrapper)

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
            for core in filter(None, (policy.policy_core, policy.value_core)):
                head = Head(core.feature_size, self.auxiliary_sizes, self.auxiliary.size, gain=0.1)
                self.auxiliary_heads.append(head.to(self.device))
            self.policy.optimizer.add_param_group({"params": list(self.auxiliary_heads.parameters())})

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

        Args:
            total_timesteps: environment steps; padding is not counted.
            callback: called after every vector step, as everywhere in stable-baselines3.
            log_interval: updates between two lines of the log.
            tb_log_name: name of the run in TensorBoard.
            reset_num_timesteps: start counting at zero.
            progress_bar: show one.
        """
        total_timesteps, callback = self._setup_learn(
            total_timesteps, callback, reset_num_timesteps, tb_log_name, progress_bar
        )
        assert self.env is not None
        callback.on_training_start(locals(), globals())
        source = self.make_source(self.env)
        while self.num_timesteps < total_timesteps:
            callback.on_rollout_start()
            batch = self._collect(source, self._step_hook(callback))
            if batch is None:
                break
            self._record_episodes(batch)
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

    @property
    def episodes(self) -> int:
        """Episodes so far."""
        return self._episode_num

    @property
    def steps(self) -> int:
        """Environment steps so far."""
        return self.num_timesteps

    @property
    def updates(self) -> int:
        """Gradient steps so far."""
        return self._n_updates

    def begin(self) -> None:
        """See `dnc_agent.learner.Learner`."""
        assert self.env is not None
        self.env.reset()

    def update(self) -> dict[str, float]:
        """See `dnc_agent.learner.Learner`."""
        assert self.env is not None
        if self._source is None:
            self._source = self.make_source(self.env)
        if self.ep_info_buffer is None:
            self.ep_info_buffer = deque(maxlen=self._stats_window_size)

        def count(transition: Transition, live: NDArray[np.bool_]) -> bool:
            self.num_timesteps += int(live.sum())
            return True

        batch = self._collect(self._source, count)
        assert batch is not None
        self._record_episodes(batch)
        self.train(batch)
        for name, parameter in self.policy.named_parameters():
            if not torch.isfinite(parameter).all():
                raise FloatingPointError(f"update {self._n_updates}: {name} is not finite")
        figures = batch.final.items()
        return {k: float(np.mean(v)) for k, v in figures if k in ("satisfied", "success", "perfect")}

    def restore(self, path: Any) -> dict[str, Any]:
        """See `dnc_agent.learner.Learner`."""
        tensors, meta = persistence.read_checkpoint(path)
        persistence.restore(self, tensors, meta, str(path))
        for name, value in meta["counters"].items():
            setattr(self, name, value)
        extra = dict(meta["extra"])
        world = extra.pop("world_rng", None)
        if self.env is not None:
            self.env.reset()
            if world is not None:
                self.env.vector_env.unwrapped.np_random.bit_generator.state = world  # type: ignore[attr-defined]
        return extra

    def _collect(self, source: EpisodeSource, hook: Any) -> EpisodeBatch | None:
        return collect_episodes(
            self.policy,
            source,
            self.episodes_per_batch,
            self.generator,
            hook,
            record=self._learn_from_acting and not self._several_passes,
        )

    def _step_hook(self, callback: BaseCallback) -> Any:
        def on_step(transition: Transition, live: NDArray[np.bool_]) -> bool:
            self.num_timesteps += int(live.sum())
            callback.update_locals(
                {
                    "rewards": transition.rewards,
                    "dones": live & (transition.terminated | transition.truncated),
                    "infos": transition.infos,
                }
            )
            return callback.on_step()

        return on_step

    def _record_episodes(self, batch: EpisodeBatch) -> None:
        assert self.ep_info_buffer is not None
        self._episode_num += batch.num_episodes
        # Of a large batch the buffer keeps the last ones only.
        last = batch.valid[:, -self._stats_window_size :].sum(0)
        for reward, length in zip(batch.rewards.sum(0)[-len(last) :], last, strict=True):
            self.ep_info_buffer.append({"r": float(reward), "l": int(length)})
        self.logger.record("rollout/ep_rew_mean", float(batch.rewards.sum(0).mean()))
        self.logger.record("rollout/ep_len_mean", float(batch.valid.sum(0).mean()))
        for key in ("satisfied", "success", "perfect", "is_success"):
            if key in batch.final:
                self.logger.record(f"rollout/{key}", float(np.mean(batch.final[key])))

    def train(self, batch: EpisodeBatch) -> None:
        """Learn from one batch of whole episodes."""
        self.policy.set_training_mode(True)
        self._update_learning_rate(self.policy.optimizer)
        for group in self.policy.optimizer.param_groups:
            group["lr"] *= group.get("lr_scale", 1.0)
        batch.rewards = batch.rewards * np.float32(self.reward_scale)
        several = self._several_passes
        weights = LossWeights(
            entropy=self._current(self.ent_coef),
            value=self.vf_coef,
            auxiliary=self.auxiliary_coef,
            clip_range=self._current(self.clip_range) if several else None,
        )
        advantages = returns = None
        if several:
            with torch.no_grad():
                advantages, returns = self._advantages(batch, evaluate_batch(self.policy, batch))
        figures: list[dict[str, float]] = []
        for episodes in self._minibatches(batch.num_episodes):
            part = batch if len(episodes) == batch.num_episodes else batch.select(episodes)
            evaluation = evaluate_batch(self.policy, part)
            if several:
                assert advantages is not None
                assert returns is not None
                steps = part.valid.shape[0]
                advantages_t, returns_t = advantages[:steps, episodes], returns[:steps, episodes]
            else:
                advantages_t, returns_t = self._advantages(part, evaluation)
            figures.append(self._gradient_step(part, evaluation, advantages_t, returns_t, weights))
            self._n_updates += 1
        for key in figures[0]:
            self.logger.record(f"train/{key}", float(np.mean([entry[key] for entry in figures])))
        self.logger.record("train/n_updates", self._n_updates, exclude="tensorboard")
        self.logger.record("train/ent_coef", weights.entropy)

    @property
    def _several_passes(self) -> bool:
        return self.n_epochs > 1 or self.minibatch_episodes is not None

    def _advantages(self, batch: EpisodeBatch, evaluation: Any) -> tuple[np.ndarray, np.ndarray]:
        advantages, returns = batch_advantages(
            batch, evaluation, gamma=self.gamma, gae_lambda=self.gae_lambda
        )
        if self.normalize_advantage:
            advantages = normalize(advantages, batch.acting)
        return advantages, returns

    def _gradient_step(
        self,
        batch: EpisodeBatch,
        evaluation: Any,
        advantages: np.ndarray,
        returns: np.ndarray,
        weights: LossWeights,
    ) -> dict[str, float]:
        acting = batch.acting
        loss, figures = total_loss(
            evaluation,
            batch.log_probs[torch.as_tensor(acting, device=self.device)],
            torch.as_tensor(advantages[acting], device=self.device),
            torch.as_tensor(returns[acting], device=self.device),
            weights,
        )
        if self.auxiliary is not None:
            recall, right = auxiliary_loss(self.auxiliary, self.auxiliary_heads, batch, evaluation.features)
            loss = loss + weights.auxiliary * recall
            figures |= {"auxiliary_loss": recall.item(), "auxiliary_right": right.item()}
        self.policy.optimizer.zero_grad()
        loss.backward()
        figures["grad_norm"] = self._clip_gradients()
        if np.isfinite(figures["grad_norm"]):
            self.policy.optimizer.step()
        return figures

    def _clip_gradients(self) -> float:
        limit = float("inf") if self.max_grad_norm is None else self.max_grad_norm
        groups = self.policy.parameter_groups()
        groups[0] = groups[0] + list(self.auxiliary_heads.parameters())
        norms = [nn.utils.clip_grad_norm_(group, limit) for group in groups]
        return float(torch.stack(norms).norm())

    def _minibatches(self, num_episodes: int) -> Iterator[NDArray[np.integer]]:
        size = self.minibatch_episodes or num_episodes
        for _ in range(self.n_epochs):
            whole = size >= num_episodes
            order = np.arange(num_episodes) if whole else self.shuffler.permutation(num_episodes)
            for start in range(0, num_episodes, size):
                yield order[start : start + size]

    def _current(self, value: float | Schedule) -> float:
        return float(FloatSchedule(value)(self._current_progress_remaining))

    def _get_torch_save_params(self) -> tuple[list[str], list[str]]:
        return ["policy", "policy.optimizer"], []

    def save(  # type: ignore[override]
        self,
        path: Any,
        exclude: Any = None,
        include: Any = None,
        *,
        with_optimizer: bool = True,
        extra: dict[str, Any] | None = None,
    ) -> Path:
        """Save the agent as a safetensors file (see `dnc_agent.persistence.save_agent`).

        Args:
            path: the file; `.safetensors` is added to a name without a suffix.
            exclude: accepted for compatibility; `["policy.optimizer"]` leaves the optimizer's state out.
            include: accepted for compatibility, ignored.
            with_optimizer: also what is needed to go on training exactly.
            extra: JSON-able, kept with it.
        """
        with_optimizer = with_optimizer and "policy.optimizer" not in (exclude or [])
        extra = dict(extra or {})
        if isinstance(self.env, GymnasiumVecEnv) and hasattr(self.env.vector_env.unwrapped, "np_random"):
            extra["world_rng"] = self.env.vector_env.unwrapped.np_random.bit_generator.state
        return persistence.save_agent(self, path, with_optimizer=with_optimizer, extra=extra)

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
        return persistence.load_agent(cls, path, env=env, device=device, **kwargs)

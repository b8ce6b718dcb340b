"""Recurrent actor-critics as stable-baselines3 knows policies."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.preprocessing import get_flattened_obs_dim, preprocess_obs
from stable_baselines3.common.type_aliases import Schedule
from torch import Tensor, nn

from dnc_agent.checks import check_flags, check_types, check_words, numeric, shown
from dnc_agent.cores.contract import RecurrentCore, map_state, reset_where, state_tensors
from dnc_agent.networks import distributions
from dnc_agent.networks.actor_critic import NetworkOptions, actor_critic_networks
from dnc_agent.networks.distributions import Sizes
from dnc_agent.networks.network import NetworkState, RecurrentNetwork
from dnc_agent.networks.pointer import PointerReadout
from dnc_agent.networks.readouts import ActorCritic, ActorCriticReadout
from dnc_agent.networks.stepping import NetworkStepper
from dnc_agent.rl.episodes import Prefix


class RecurrentActorCriticPolicy(BasePolicy):
    """Policy and value over two recurrent networks (the paper's) or one.

    Args:
        observation_space: Box, Discrete, MultiDiscrete or MultiBinary; flattened.
        action_space: Discrete or MultiDiscrete, counted from 0.
        lr_schedule: learning rate by remaining progress.
        core_lr_scale: learning rate of the cores as a share of that of the readouts.
        mask_actions: draw legal actions only. What is legal comes from `info["action_mask"]`, one entry for each
            choice of each categorical.
        optimizer_class: RMSProp is the paper's.
        optimizer_kwargs: its arguments, except the learning rate.
        **network: `dnc_agent.networks.actor_critic.NetworkOptions`.

    Raises:
        ValueError: naming the argument that is out of range.
    """

    def __init__(
        self,
        observation_space: spaces.Space,
        action_space: spaces.Space,
        lr_schedule: Schedule,
        *,
        core_lr_scale: float = 1.0,
        mask_actions: bool = False,
        optimizer_class: type[torch.optim.Optimizer] = torch.optim.RMSprop,
        optimizer_kwargs: dict[str, Any] | None = None,
        **network: Any,
    ) -> None:
        network.pop("use_sde", None)
        unknown = network.keys() - {entry.name for entry in dataclasses.fields(NetworkOptions)}
        if unknown:
            raise ValueError(f"policy_kwargs has unknown entries: {', '.join(sorted(map(str, unknown)))}")
        check_types(NetworkOptions, network)
        check_flags(mask_actions=mask_actions)
        number = isinstance(core_lr_scale, int | float) and not isinstance(core_lr_scale, bool)
        if not number or not 0 <= core_lr_scale < float("inf"):
            raise ValueError(
                f"core_lr_scale={shown(core_lr_scale)}; it must be a finite number of at least 0"
            )
        if not (isinstance(optimizer_class, type) and issubclass(optimizer_class, torch.optim.Optimizer)):
            raise ValueError(f"optimizer_class={shown(optimizer_class)}; it must be a class of torch.optim")
        if optimizer_kwargs is not None:
            check_words("optimizer_kwargs", optimizer_kwargs, optimizer_class)
        super().__init__(
            observation_space,
            action_space,
            optimizer_class=optimizer_class,
            optimizer_kwargs=optimizer_kwargs,
        )
        self.action_sizes, self.mask_actions = action_sizes(action_space), mask_actions
        self.core_lr_scale = core_lr_scale
        self.observation_size = int(get_flattened_obs_dim(observation_space))
        self.options = NetworkOptions(**network)
        self.policy_network, self.value_network = actor_critic_networks(
            self.observation_size, self.num_logits, self.options
        )
        self.optimizer = self.optimizer_class(
            self._optimizer_groups(),
            lr=lr_schedule(1),
            **self.optimizer_kwargs,  # type: ignore[call-arg]
        )

    @property
    def num_logits(self) -> int:
        """A, choices of all categoricals together."""
        return self.action_sizes if isinstance(self.action_sizes, int) else sum(self.action_sizes)

    @property
    def shared_core(self) -> bool:
        """Whether policy and value are read out of one network."""
        return self.value_network is None

    @property
    def networks(self) -> tuple[RecurrentNetwork, ...]:
        """The policy's network and, where there is one, the value's."""
        return (
            (self.policy_network,)
            if self.value_network is None
            else (self.policy_network, self.value_network)
        )

    @property
    def cores(self) -> tuple[RecurrentCore[Any], ...]:
        """The cores of `networks`."""
        return tuple(network.core for network in self.networks)

    def encode(self, observations: np.ndarray | Tensor) -> Tensor:
        """Observations [B, ...] of the observation space as a float tensor [B, X] on the policy's device."""
        array = observations if isinstance(observations, Tensor) else np.asarray(observations)
        tensor = torch.as_tensor(array, device=self.device)
        processed = preprocess_obs(tensor, self.observation_space)
        assert isinstance(processed, Tensor)
        return processed.flatten(1)

    def initial_state(self, batch_size: int) -> NetworkState:
        """The state of the policy's network at the start of an episode, for `batch_size` episodes."""
        return self.policy_network.initial_state(batch_size)

    def step(self, observations: Tensor, state: NetworkState) -> tuple[Tensor, NetworkState]:
        """One acting step: observations [B, X] to logits [B, A] and the next state."""
        outputs, state = self.policy_network.step(observations, state)
        return self._logits_of(outputs), state

    def trace(
        self, observations: Tensor, states: Sequence[NetworkState] | None = None
    ) -> tuple[ActorCritic, tuple[NetworkState, ...], dict[str, Tensor]]:
        """One step to watch: what `step` does, the value beside it, and what happened inside the policy's core.

        Args:
            observations: [B, X].
            states: of all `networks`, as returned by the step before; None at the start of an episode.

        Returns:
            `(logits [B, A] and values [B], states, internals by name [B, ...])`.
        """
        if states is None:
            states = [network.initial_state(len(observations)) for network in self.networks]
        first, state, internals = self.policy_network.trace(observations, states[0])
        outputs, after = [first], [state]
        if self.value_network is not None:
            output, state = self.value_network.step(observations, states[1])
            outputs.append(output)
            after.append(state)
        return self.judge(outputs), tuple(after), internals

    def stepper(
        self, batch_size: int, prefix: Prefix | None = None, *, record: bool = False
    ) -> NetworkStepper:
        """What acts out a batch of episodes: its steps return logits [B, A].

        Args:
            batch_size: B.
            prefix: what the episodes began with, if anything.
            record: keep what `NetworkStepper.recording` hands out, if the core can.
        """
        network = self.policy_network
        # A prefix that is learned from needs its graph; it is unrolled here and nowhere else.
        with torch.set_grad_enabled(record and network.core.can_record):
            state = None if prefix is None else prefix.network_state(network)
        shared = network.readout
        readout = shared.logits if isinstance(shared, ActorCriticReadout | PointerReadout) else None
        return NetworkStepper(network, batch_size, state=state, record=record, readout=readout)

    def judge(self, outputs: Sequence[Any]) -> ActorCritic:
        """Logits and values out of what the `networks` read out."""
        if self.value_network is None:
            return outputs[0]
        return ActorCritic(outputs[0], outputs[1].squeeze(-1))

    def values(self, seen: Tensor, observations: Tensor) -> Tensor:
        """Value estimates [...] from what the value's readout sees: [..., F'], and observations [..., X]."""
        if self.value_network is None:
            return self.policy_network.readout(seen, observations).values
        return self.value_network.readout(seen, observations).squeeze(-1)

    def parameter_groups(self) -> list[list[nn.Parameter]]:
        """Parameters whose gradients belong together: policy and value apart, if their networks are."""
        return [list(network.parameters()) for network in self.networks]

    def _optimizer_groups(self) -> list[dict[str, Any]]:
        # Optimizers keep `lr_scale` but do not look at it: the algorithm applies it at every update. The order is
        # that of the moments in a checkpoint: trunks, heads, cores.
        named = [item for network in self.networks for item in network.readout.named_parameters()]
        trunks = [parameter for name, parameter in named if name.startswith("trunk.")]
        heads = [parameter for name, parameter in named if not name.startswith("trunk.")]
        inside = [item for core in self.cores for item in core.named_parameters()]
        # A planner only looks at what a core has written: it learns at the rate of the readouts.
        trunks += [parameter for name, parameter in inside if name.startswith("planner.")]
        cores = [parameter for name, parameter in inside if not name.startswith("planner.")]
        return [
            {"params": trunks + heads, "lr_scale": 1.0},
            {"params": cores, "lr_scale": self.core_lr_scale},
        ]

    def _logits_of(self, outputs: Any) -> Tensor:
        return outputs.logits if isinstance(outputs, ActorCritic) else outputs

    def forward(self, observations: Tensor, state: NetworkState) -> tuple[Tensor, NetworkState]:
        """Same as `step`."""
        return self.step(observations, state)

    def _predict(self, observation: Any, deterministic: bool = False) -> Tensor:
        """Actions for a batch of first observations; a sequence needs `predict`, which carries the state."""
        encoded = self.encode(observation)
        logits, _ = self.step(encoded, self.initial_state(len(encoded)))
        choose: Callable[..., Tensor] = distributions.mode if deterministic else distributions.sample
        return choose(logits, self.action_sizes)

    @torch.no_grad()
    def predict(
        self,
        observation: np.ndarray | dict[str, np.ndarray],
        state: tuple[np.ndarray, ...] | None = None,
        episode_start: np.ndarray | None = None,
        deterministic: bool = False,
        action_masks: np.ndarray | None = None,
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...] | None]:
        """Actions for observations, carrying the recurrent state.

        Args:
            observation: one observation or a batch of them.
            state: what the previous call returned; None at the start.
            episode_start: [B] bool, which episodes begin with this observation.
            deterministic: take the most probable action instead of drawing one.
            action_masks: [B, A] bool, which actions are legal; needed by a policy with `mask_actions`.

        Returns:
            `(actions, state)`; the state is opaque, one array per tensor.

        Raises:
            ValueError: if the observation is empty, not finite or does not fit the observation space, or the rest
                does not fit the observation.
        """
        check_flags(deterministic=deterministic)
        self.set_training_mode(False)
        observation = numeric("observation", observation)
        batch, vectorized = self.obs_to_tensor(observation)
        assert isinstance(batch, Tensor)
        encoded = self.encode(batch.cpu().numpy())
        count = len(encoded)
        if not count:
            raise ValueError("observation is an empty batch; at least one is needed")
        bad = (~torch.isfinite(encoded)).any(-1).nonzero()
        if len(bad):
            raise ValueError(f"observation of sub-environment {int(bad[0])} is not finite")
        like = self.initial_state(count)
        network_state = like if state is None else self._unpack(state, like, count)
        if episode_start is not None:
            begins = np.atleast_1d(numeric("episode_start", episode_start)).astype(bool)
            start = torch.as_tensor(begins, device=self.device)
            if start.shape != (count,):
                raise ValueError(f"episode_start has shape {tuple(start.shape)}; expected ({count},)")
            network_state = reset_where(start, like, network_state)
        logits, network_state = self.step(encoded, network_state)
        if self.mask_actions != (action_masks is not None):
            given = "given" if action_masks is not None else "missing"
            raise ValueError(f"action_masks is {given}, but the policy has mask_actions={self.mask_actions}")
        if action_masks is not None:
            given_masks = numeric("action_masks", action_masks).astype(bool)
            if given_masks.size != logits.numel():
                raise ValueError(
                    f"action_masks has shape {given_masks.shape}; expected {tuple(logits.shape)}"
                )
            legal = torch.as_tensor(given_masks, device=self.device)
            logits = distributions.mask(logits, legal.reshape(count, -1), self.action_sizes)
        choose: Callable[..., Tensor] = distributions.mode if deterministic else distributions.sample
        taken = choose(logits, self.action_sizes).cpu().numpy()
        arrays = tuple(part.detach().cpu().numpy() for part in state_tensors(network_state))
        return (taken if vectorized else taken[0]), arrays

    def _unpack(self, state: Any, like: NetworkState, count: int) -> NetworkState:
        expected = [tuple(leaf.shape) for leaf in state_tensors(like)]
        try:
            parts = [numeric("state", part) for part in state] if isinstance(state, tuple | list) else []
        except TypeError:
            # Refused below, with what is needed.
            parts = []
        if parts and parts[0].ndim and len(parts[0]) != count:
            raise ValueError(f"state is for a batch of {len(parts[0])}; there are {count} observations")
        shapes = [part.shape for part in parts]
        if shapes != expected or any(part.dtype.kind != "f" for part in parts):
            raise ValueError(f"state is not what predict returned: arrays of shapes {expected} are needed")
        pieces = iter(parts)
        return map_state(
            lambda leaf: torch.as_tensor(next(pieces), device=self.device, dtype=leaf.dtype), like
        )


def action_sizes(space: spaces.Space) -> Sizes:
    """How many choices the categoricals of an action space have, as in `dnc_agent.networks.distributions`.

    Raises:
        ValueError: if the space is of another kind, or counts from elsewhere than 0.
    """
    if isinstance(space, spaces.Discrete) and space.start == 0:
        return int(space.n)
    if isinstance(space, spaces.MultiDiscrete) and space.nvec.ndim == 1 and not np.any(space.start):
        return tuple(int(n) for n in space.nvec)
    raise ValueError(f"action_space is {space}; Discrete and MultiDiscrete from 0 on are supported")


class DNCPolicy(RecurrentActorCriticPolicy):
    """Actor-critic over DNC cores."""


class LSTMPolicy(RecurrentActorCriticPolicy):
    """Actor-critic over LSTM cores."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("core", "lstm")
        super().__init__(*args, **kwargs)

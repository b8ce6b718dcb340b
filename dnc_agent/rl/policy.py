"""Recurrent actor-critic policies over two separate cores (the paper's) or a shared one."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3.common.policies import BasePolicy
from stable_baselines3.common.preprocessing import get_flattened_obs_dim, preprocess_obs
from stable_baselines3.common.type_aliases import Schedule
from torch import Tensor, nn

from dnc_agent.cores import CORES, make_core
from dnc_agent.cores.contract import RecurrentCore, map_state, reset_where, state_tensors, unflatten_state
from dnc_agent.cores.dnc.core import DNC
from dnc_agent.cores.dnc.initial import address_by_name
from dnc_agent.networks.expansion import InputExpansion
from dnc_agent.networks.heads import Head, choose_actions
from dnc_agent.networks.latch import Held, hold_sequence, hold_step
from dnc_agent.networks.relational import RelationalTrunk
from dnc_agent.rl.episodes import Prefix


def initial_core(name: str, input_size: int, kwargs: Mapping[str, Any]) -> RecurrentCore:
    """A core with its initial weights.

    Args:
        name: a key of `CORES`.
        input_size: X.
        kwargs: options of the core; for a DNC also `names`, the sizes that `address_by_name` takes.

    Raises:
        ValueError: naming the option that does not exist or is out of range.
    """
    options = dict(kwargs)
    names = options.pop("names", None)
    core = make_core(name, input_size, options)
    if names is not None:
        if not isinstance(core, DNC):
            raise ValueError(f"names={names!r}; only a DNC addresses by name")
        address_by_name(core, *names)
    return core


def after_prefix(core: RecurrentCore, expansion: InputExpansion | None, prefix: Prefix) -> Any:
    """The state of a core in every episode [B] that continues a prefix; differentiable."""
    seen = prefix.observations if expansion is None else expansion(prefix.observations)
    _, state = core.unroll(seen, None, prefix.reset)
    return map_state(lambda part: part[prefix.branch_of], state)


class PolicyState(NamedTuple):
    """What an acting agent carries from step to step."""

    core: Any  #: state of the policy core
    previous_action: Tensor  #: [B, A] one-hot, zero at the start; width 0 when the policy does not use it
    held: Held  #: of the policy core's features; widths 0 without `hold_at`


class RecurrentActorCriticPolicy(BasePolicy):
    """Policy and value over recurrent cores.

    Args:
        observation_space: Box, Discrete, MultiDiscrete or MultiBinary; flattened.
        action_space: Discrete, counted from 0.
        lr_schedule: learning rate by remaining progress.
        core: name of the core, a key of `CORES`.
        core_kwargs: arguments of the core, except sizes of input and output.
        value_core_kwargs: the same for the value core; None means like `core_kwargs`.
        shared_core: one core for both instead of two.
        head_sizes: hidden layers of both heads over the core's features; () is a linear readout.
        head_sees_observation: the heads see the observation beside the features.
        relational: arguments of a `RelationalTrunk` except the size of its features; the heads see what it
            makes of features and observation, and nothing else. None: no such trunk.
        core_columns: the cores see only the first so many columns of an observation; None: all.
        conjunctions: groups of these columns; the cores also see a unit for each combination of one column of
            each group (`dnc_agent.networks.expansion`). Empty: none.
        hold_at: a column of the observation; the heads also see the features of the step at which it was
            first above 0 (`dnc_agent.networks.latch`), which must not lie in a shared prefix. None: off.
        core_lr_scale: learning rate of the cores as a share of that of the heads.
        previous_action: the cores see the previous action, one-hot.
        optimizer_class: RMSProp is the paper's.
        optimizer_kwargs: its arguments, except the learning rate.

    Raises:
        ValueError: naming the argument that is out of range.
    """

    def __init__(
        self,
        observation_space: spaces.Space,
        action_space: spaces.Space,
        lr_schedule: Schedule,
        *,
        core: str = "dnc",
        core_kwargs: Mapping[str, Any] | None = None,
        value_core_kwargs: Mapping[str, Any] | None = None,
        shared_core: bool = False,
        head_sizes: tuple[int, ...] = (),
        head_sees_observation: bool = False,
        relational: Mapping[str, Any] | None = None,
        core_columns: int | None = None,
        conjunctions: Sequence[Sequence[int]] = (),
        hold_at: int | None = None,
        core_lr_scale: float = 1.0,
        previous_action: bool = False,
        optimizer_class: type[torch.optim.Optimizer] = torch.optim.RMSprop,
        optimizer_kwargs: dict[str, Any] | None = None,
        **unused: Any,
    ) -> None:
        unused.pop("use_sde", None)
        if unused:
            raise ValueError(f"policy_kwargs has unknown entries: {', '.join(sorted(unused))}")
        super().__init__(
            observation_space,
            action_space,
            optimizer_class=optimizer_class,
            optimizer_kwargs=optimizer_kwargs,
        )
        if not isinstance(action_space, spaces.Discrete) or action_space.start != 0:
            raise ValueError(f"action_space is {action_space}; only Discrete from 0 on is supported")
        if core not in CORES:
            raise ValueError(f"core={core!r}; allowed are {', '.join(CORES)}")
        self.num_actions = int(action_space.n)
        self.observation_size = int(get_flattened_obs_dim(observation_space))
        self.previous_action, self.head_sees_observation = previous_action, head_sees_observation
        if hold_at is not None and not 0 <= hold_at < self.observation_size:
            raise ValueError(f"hold_at={hold_at!r}; an observation has {self.observation_size} columns")
        self.hold_at = hold_at
        self.expansion = self._expansion(core_columns, conjunctions)
        seen_size = self.observation_size if self.expansion is None else self.expansion.size
        input_size = seen_size + (self.num_actions if previous_action else 0)
        core_kwargs = dict(core_kwargs or {})
        self.policy_core = initial_core(core, input_size, core_kwargs)
        self.value_core = (
            None
            if shared_core
            else initial_core(
                core, input_size, core_kwargs if value_core_kwargs is None else value_core_kwargs
            )
        )
        self.policy_trunk = self._trunk(self.policy_core, relational)
        self.value_trunk = None if self.value_core is None else self._trunk(self.value_core, relational)
        self.policy_head = Head(
            self._head_size(self.policy_core, self.policy_trunk), head_sizes, self.num_actions, gain=0.01
        )
        value_core, value_trunk = self.value_core or self.policy_core, self.value_trunk or self.policy_trunk
        self.value_head = Head(self._head_size(value_core, value_trunk), head_sizes, 1, gain=1.0)
        self.optimizer = self.optimizer_class(
            self._optimizer_groups(core_lr_scale),
            lr=lr_schedule(1),
            **self.optimizer_kwargs,  # type: ignore[call-arg]
        )

    def encode(self, observations: np.ndarray | Tensor) -> Tensor:
        """Observations [B, ...] of the observation space as a float tensor [B, X] on the policy's device."""
        array = observations if isinstance(observations, Tensor) else np.asarray(observations)
        tensor = torch.as_tensor(array, device=self.device)
        processed = preprocess_obs(tensor, self.observation_space)
        assert isinstance(processed, Tensor)
        return processed.flatten(1)

    def initial_state(self, batch_size: int) -> PolicyState:
        """The state at the start of an episode, for `batch_size` episodes."""
        width = self.num_actions if self.previous_action else 0
        zeros = torch.zeros(batch_size, width, device=self.device)
        return PolicyState(
            self.policy_core.initial_state(batch_size), zeros, self.nothing_held(self.policy_core, batch_size)
        )

    def seen_size(self, core: RecurrentCore) -> int:
        """Width F' of what the heads see of a core: its features and, with `hold_at`, those held."""
        return core.feature_size * (1 if self.hold_at is None else 2)

    def nothing_held(self, core: RecurrentCore, batch_size: int) -> Held:
        """What is held of a core's features at the start of an episode."""
        like = torch.zeros((), device=self.device, dtype=next(self.policy_head.parameters()).dtype)
        return Held.nothing(batch_size, self.seen_size(core) - core.feature_size, like)

    def hold(self, features: Tensor, observations: Tensor, held: Held) -> tuple[Tensor, Held]:
        """One step: features [B, F] to what the heads see of them [B, F'], and what is held from here on."""
        if self.hold_at is None:
            return features, held
        return hold_step(features, observations[:, self.hold_at] > 0, held)

    def hold_over(self, features: Tensor, observations: Tensor) -> Tensor:
        """Whole episodes: features [T, B, F], observations [T, B, X] to what the heads see [T, B, F']."""
        if self.hold_at is None:
            return features
        return hold_sequence(features, observations[..., self.hold_at] > 0)

    def core_inputs(self, observations: Tensor, actions: Tensor) -> Tensor:
        """What the cores see over whole episodes.

        Args:
            observations: [T, B, X].
            actions: [T, B]; row t is taken after observation t.

        Returns:
            [T, B, X'] or, with `previous_action`, [T, B, X' + A]; X' is X without an expansion.
        """
        observations = self._expand(observations)
        if not self.previous_action:
            return observations
        taken = nn.functional.one_hot(actions[: len(observations) - 1], self.num_actions)
        before = torch.cat([taken.new_zeros(1, *taken.shape[1:]), taken]).to(observations.dtype)
        return torch.cat([observations, before], dim=-1)

    def logits(self, features: Tensor, observations: Tensor) -> Tensor:
        """Unnormalised log-probabilities: features [..., F'], observations [..., X] to [..., A]."""
        return self.policy_head(self._head_input(self.policy_trunk, features, observations))

    def values(self, features: Tensor, observations: Tensor) -> Tensor:
        """Value estimates [...] from features [..., F'] of the value core and observations [..., X]."""
        trunk = self.policy_trunk if self.value_core is None else self.value_trunk
        return self.value_head(self._head_input(trunk, features, observations)).squeeze(-1)

    def judge(self, features: Tensor, value_features: Tensor, observations: Tensor) -> tuple[Tensor, Tensor]:
        """`logits` and `values` at once; what a shared core's heads have in common is computed once.

        Args:
            features: [M, F'] of the policy core.
            value_features: [M, F'] of the value core; with a shared core, the same tensor.
            observations: [M, X].
        """
        if self.value_core is not None:
            return self.logits(features, observations), self.values(value_features, observations)
        seen = self._head_input(self.policy_trunk, features, observations)
        return self.policy_head(seen), self.value_head(seen).squeeze(-1)

    def _expansion(self, columns: int | None, groups: Sequence[Sequence[int]]) -> InputExpansion | None:
        if columns is None and not groups:
            return None
        if columns is not None and columns > self.observation_size:
            raise ValueError(f"core_columns={columns!r}; an observation has {self.observation_size}")
        return InputExpansion(self.observation_size if columns is None else columns, groups)

    def _expand(self, observations: Tensor) -> Tensor:
        return observations if self.expansion is None else self.expansion(observations)

    def _trunk(self, core: RecurrentCore, relational: Mapping[str, Any] | None) -> RelationalTrunk | None:
        if relational is None:
            return None
        trunk = RelationalTrunk(self.seen_size(core), **relational)
        if trunk.start + trunk.places * trunk.entities > self.observation_size:
            raise ValueError(
                f"relational: {trunk.places} places of {trunk.entities} from column {trunk.start} on "
                f"do not fit into an observation of {self.observation_size}"
            )
        return trunk

    def _head_size(self, core: RecurrentCore, trunk: RelationalTrunk | None) -> int:
        if trunk is not None:
            return trunk.width
        return self.seen_size(core) + (self.observation_size if self.head_sees_observation else 0)

    def _head_input(self, trunk: RelationalTrunk | None, features: Tensor, observations: Tensor) -> Tensor:
        if trunk is not None:
            return trunk(features, observations)
        return torch.cat([features, observations], -1) if self.head_sees_observation else features

    def _optimizer_groups(self, core_lr_scale: float) -> list[dict[str, Any]]:
        # Optimizers keep `lr_scale` but do not look at it: the algorithm applies it at every update.
        cores = [core for core in (self.policy_core, self.value_core) if core is not None]
        of_cores = [parameter for core in cores for parameter in core.parameters()]
        inside = {id(parameter) for parameter in of_cores}
        others = [parameter for parameter in self.parameters() if id(parameter) not in inside]
        return [{"params": others, "lr_scale": 1.0}, {"params": of_cores, "lr_scale": core_lr_scale}]

    def step_input(self, observations: Tensor, state: PolicyState) -> Tensor:
        """What the cores see at one acting step, as in `core_inputs`: observations [B, X] to [B, X']."""
        observations = self._expand(observations)
        if not self.previous_action:
            return observations
        return torch.cat([observations, state.previous_action], -1)

    def step(self, observations: Tensor, state: PolicyState) -> tuple[Tensor, PolicyState]:
        """One acting step: observations [B, X] to logits [B, A]; `remember` the action taken afterwards."""
        features, core_state = self.policy_core.step(self.step_input(observations, state), state.core)
        seen, held = self.hold(features, observations, state.held)
        return self.logits(seen, observations), state._replace(core=core_state, held=held)

    def state_after(self, prefix: Prefix) -> PolicyState:
        """The state of every episode that continues a prefix.

        Raises:
            ValueError: if the policy sees previous actions, of which a prefix has none.
        """
        if self.previous_action:
            raise ValueError("previous_action=True: shared prefixes have no actions to see")
        core = after_prefix(self.policy_core, self.expansion, prefix)
        return self.initial_state(len(prefix.branch_of))._replace(core=core)

    def remember(self, state: PolicyState, actions: Tensor) -> PolicyState:
        """The state with actions [B] as the previous ones."""
        if not self.previous_action:
            return state
        taken = nn.functional.one_hot(actions, self.num_actions).to(state.previous_action.dtype)
        return state._replace(previous_action=taken)

    def parameter_groups(self) -> list[list[nn.Parameter]]:
        """Parameters whose gradients belong together: policy and value apart, if their cores are."""
        if self.value_core is None:
            return [list(self.parameters())]
        value = [*self.value_core.parameters(), *self.value_head.parameters()]
        value += [] if self.value_trunk is None else list(self.value_trunk.parameters())
        of_value = {id(parameter) for parameter in value}
        return [[p for p in self.parameters() if id(p) not in of_value], value]

    def forward(self, observations: Tensor, state: PolicyState) -> tuple[Tensor, PolicyState]:
        """Same as `step`."""
        return self.step(observations, state)

    def _predict(self, observation: Any, deterministic: bool = False) -> Tensor:
        """Action for a batch of first observations; a sequence needs `predict`, which carries the state."""
        encoded = self.encode(observation)
        logits, _ = self.step(encoded, self.initial_state(len(encoded)))
        return choose_actions(logits, deterministic)

    @torch.no_grad()
    def predict(
        self,
        observation: np.ndarray | dict[str, np.ndarray],
        state: tuple[np.ndarray, ...] | None = None,
        episode_start: np.ndarray | None = None,
        deterministic: bool = False,
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...] | None]:
        """Actions for observations, carrying the recurrent state.

        Args:
            observation: one observation or a batch of them.
            state: what the previous call returned; None at the start.
            episode_start: [B] bool, which episodes begin with this observation.
            deterministic: take the most probable action instead of drawing one.

        Returns:
            `(actions, state)`; the state is opaque, one array per tensor.

        Raises:
            ValueError: if the observation does not fit the observation space, or the rest the observation.
        """
        self.set_training_mode(False)
        batch, vectorized = self.obs_to_tensor(observation)
        assert isinstance(batch, Tensor)
        encoded = self.encode(batch.cpu().numpy())
        like = self.initial_state(len(encoded))
        if state is None:
            policy_state = like
        else:
            if len(state[0]) != len(encoded):
                raise ValueError(
                    f"state is for a batch of {len(state[0])}; there are {len(encoded)} observations"
                )
            flat = torch.cat([torch.as_tensor(part, device=self.device).flatten(1) for part in state], dim=1)
            policy_state = unflatten_state(flat, like)
        if episode_start is not None:
            start = torch.as_tensor(np.atleast_1d(episode_start), device=self.device, dtype=torch.bool)
            if start.shape != (len(encoded),):
                raise ValueError(f"episode_start has shape {tuple(start.shape)}; expected ({len(encoded)},)")
            policy_state = reset_where(start, like, policy_state)
        logits, policy_state = self.step(encoded, policy_state)
        actions = choose_actions(logits, deterministic)
        policy_state = map_state(Tensor.detach, self.remember(policy_state, actions))
        taken = actions.cpu().numpy()
        arrays = tuple(part.cpu().numpy() for part in state_tensors(policy_state))
        return (taken if vectorized else taken[0]), arrays


class DNCPolicy(RecurrentActorCriticPolicy):
    """Actor-critic over DNC cores."""


class LSTMPolicy(RecurrentActorCriticPolicy):
    """Actor-critic over LSTM cores."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("core", "lstm")
        super().__init__(*args, **kwargs)

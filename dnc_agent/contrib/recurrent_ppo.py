"""The DNC as a policy for sb3-contrib's RecurrentPPO.

    from sb3_contrib import RecurrentPPO
    from dnc_agent.contrib.recurrent_ppo import DNCRecurrentPolicy

    model = RecurrentPPO(DNCRecurrentPolicy, env, policy_kwargs={"core_kwargs": {"memory_size": 16}})

RecurrentPPO hard-codes the two states (h, c) of an LSTM. Here that pair carries the whole state of a DNC, cut
into two halves. Two costs to know: the rollout buffer stores the state of every step, and training continues
episodes that a minibatch or a rollout cuts from states computed with older weights.
`dnc_agent.EpisodicActorCritic`, which learns from whole episodes, has neither.

`RecurrentPPO.save` and `.load` are stable-baselines3's: its files hold pickled objects, and loading one can
run any code. Load only files that you trust.

Needs sb3-contrib: pip install 'shrdlu-dnc[contrib]'.
"""

from collections.abc import Mapping
from typing import Any

import torch
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor, CombinedExtractor, FlattenExtractor
from stable_baselines3.common.type_aliases import Schedule
from torch import Tensor, nn

from dnc_agent.cores.contract import RecurrentCore, flatten_state, unflatten_state
from dnc_agent.cores.dnc.core import DNC

try:
    from sb3_contrib.common.recurrent.policies import RecurrentActorCriticPolicy
except ModuleNotFoundError as error:
    raise ImportError(
        "dnc_agent.contrib.recurrent_ppo needs sb3-contrib, the extra `contrib`: pip install 'shrdlu-dnc[contrib]'"
    ) from error

__all__ = ["DNCRecurrentPolicy", "PackedCore"]

#: Sizes of the LSTM that this policy does not have.
_LSTM_ARGUMENTS = ("lstm_hidden_size", "n_lstm_layers", "lstm_kwargs")


class PackedCore(nn.Module):
    """A recurrent core that looks like a one-layer `nn.LSTM`, its state packed into the pair (h, c).

    Attributes:
        state_size: S, how many numbers the state of one episode has.
        hidden_size: ceil(S / 2), width of h and of c; an odd S leaves the last entry of c zero.

    Args:
        core: any core of this package.
    """

    num_layers = 1

    def __init__(self, core: RecurrentCore[Any]) -> None:
        super().__init__()
        self.core = core
        self.input_size = core.input_size
        self.state_size = flatten_state(core.initial_state(1)).shape[1]
        self.hidden_size = (self.state_size + 1) // 2

    def pack(self, state: Any) -> tuple[Tensor, Tensor]:
        """The state of B episodes as (h, c), each [1, B, hidden_size]."""
        flat = nn.functional.pad(flatten_state(state), (0, 2 * self.hidden_size - self.state_size))
        h, c = flat.split(self.hidden_size, dim=1)
        return h.unsqueeze(0), c.unsqueeze(0)

    def unpack(self, pair: tuple[Tensor, Tensor]) -> Any:
        """The inverse of `pack`."""
        flat = torch.cat([pair[0][0], pair[1][0]], dim=1)[:, : self.state_size]
        return unflatten_state(flat, self.core.initial_state(1))

    def forward(
        self, x: Tensor, pair: tuple[Tensor, Tensor], reset: Tensor | None = None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Unroll the core.

        Args:
            x: [T, B, input_size].
            pair: (h, c) before the first step, each [1, B, hidden_size].
            reset: [T, B] bool; where true, the episode starts before that step.

        Returns:
            `(y [T, B, feature_size], (h, c) after the last step)`.
        """
        y, state = self.core.unroll(x, self.unpack(pair), reset)
        return y, self.pack(state)


class DNCRecurrentPolicy(RecurrentActorCriticPolicy):
    """Actor-critic over one or two DNCs, for `sb3_contrib.RecurrentPPO`.

    By default actor and critic have a DNC each (the paper's arrangement). With `shared_lstm=True,
    enable_critic_lstm=False` the critic reads the actor's DNC, without training it; with both False the
    critic sees the current observation only. These names and meanings are sb3-contrib's.

    Files written by `save` hold pickled objects: load only those that you trust.

    Args:
        observation_space: of the environment.
        action_space: of the environment.
        lr_schedule: learning rate as a function of the remaining progress.
        core_kwargs: options of `dnc_agent.DNC` (for example `memory_size`).
        features_extractor_class: by default observations are flattened, dictionaries entry by entry.
        **kwargs: arguments of `RecurrentActorCriticPolicy` except those that size the LSTM.

    Raises:
        ValueError: if an argument for the LSTM is given, or `core_kwargs` is not accepted by the DNC.
    """

    def __init__(
        self,
        observation_space: spaces.Space,
        action_space: spaces.Space,
        lr_schedule: Schedule,
        *,
        core_kwargs: Mapping[str, Any] | None = None,
        features_extractor_class: type[BaseFeaturesExtractor] | None = None,
        **kwargs: Any,
    ) -> None:
        for name in _LSTM_ARGUMENTS:
            if name in kwargs:
                raise ValueError(
                    f"{name}={kwargs[name]!r}: this policy has no LSTM; size its DNC by core_kwargs"
                )
        core_kwargs = dict(core_kwargs or {})
        if "input_size" in core_kwargs:
            raise ValueError(
                f"core_kwargs has input_size={core_kwargs['input_size']!r}; the features extractor gives it"
            )
        if features_extractor_class is None:
            is_dict = isinstance(observation_space, spaces.Dict)
            features_extractor_class = CombinedExtractor if is_dict else FlattenExtractor
        # The parent sizes by this its heads and a linear critic, which stay, and LSTMs, replaced below.
        feature_size = DNC(1, **core_kwargs).feature_size
        super().__init__(
            observation_space,
            action_space,
            lr_schedule,
            features_extractor_class=features_extractor_class,
            lstm_hidden_size=feature_size,
            **kwargs,
        )
        self.core_kwargs = core_kwargs
        self.lstm_actor = self._make_core()  # type: ignore[assignment]
        if self.lstm_critic is not None:
            self.lstm_critic = self._make_core()  # type: ignore[assignment]
        self.lstm_hidden_state_shape = (1, 1, self.lstm_actor.hidden_size)
        # The parent's optimizer holds the parameters of the LSTMs.
        self.optimizer = self.optimizer_class(
            self.parameters(),
            lr=lr_schedule(1),  # type: ignore[call-arg]
            **self.optimizer_kwargs,
        )

    def _make_core(self) -> PackedCore:
        return PackedCore(DNC(self.features_dim, **self.core_kwargs))

    def _get_constructor_parameters(self) -> dict[str, Any]:
        data = super()._get_constructor_parameters()
        data.update(
            core_kwargs=self.core_kwargs,
            shared_lstm=self.shared_lstm,
            enable_critic_lstm=self.enable_critic_lstm,
            share_features_extractor=self.share_features_extractor,
        )
        return data

    @staticmethod
    def _process_sequence(  # type: ignore[override]
        features: Tensor,
        lstm_states: tuple[Tensor, Tensor],
        episode_starts: Tensor,
        lstm: PackedCore,
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Features [B * T, F], one sequence after the other, to outputs [B * T, Y] and the next states.

        Unlike the parent's, this leaves resets to the core: one `unroll`, with or without episode starts, and
        a NaN in the state of a finished episode does not survive its end.
        """
        n_sequences = lstm_states[0].shape[1]
        x = features.reshape(n_sequences, -1, lstm.input_size).swapaxes(0, 1)
        reset = (episode_starts != 0).reshape(n_sequences, -1).swapaxes(0, 1)
        y, states = lstm(x, lstm_states, reset if bool(reset.any()) else None)
        return y.swapaxes(0, 1).flatten(0, 1), states

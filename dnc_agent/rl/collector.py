"""Acting out whole episodes with the current policy."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dnc_agent.networks import distributions
from dnc_agent.networks.distributions import Sizes
from dnc_agent.networks.stepping import Recording
from dnc_agent.parallel import ALONE, Processes
from dnc_agent.rl.episodes import EpisodeBatch, Prefix, concatenate
from dnc_agent.rl.sharing import SharedSource
from dnc_agent.rl.sources import Beginning, EpisodeSource, Transition

#: Called after every vector step with the transition and the sub-environments whose episodes were running; False
#: stops.
StepHook = Callable[[Transition, NDArray[np.bool_]], bool]


class Acting(Protocol):
    """Steps a policy through a batch of episodes; see `dnc_agent.networks.stepping.NetworkStepper`."""

    def step(self, observations: Tensor) -> Any:
        """Logits [B, A] for observations [B, X]."""

    def recording(self, last: Tensor | None) -> Recording | None:
        """What has been computed so far, if it was recorded."""


class EpisodePolicy(Protocol):
    """What acting out episodes needs of a policy."""

    action_sizes: Sizes
    mask_actions: bool

    @property
    def shared_core(self) -> bool:
        """Whether values are read out of the core that acts."""

    def set_training_mode(self, mode: bool) -> None:
        """Training or acting."""

    def encode(self, observations: np.ndarray) -> Tensor:
        """Observations as a float tensor [B, X]."""

    def stepper(self, batch_size: int, prefix: Prefix | None = None, *, record: bool = False) -> Acting:
        """What acts out `batch_size` episodes from their start, or from the end of what they have in common."""


@torch.no_grad()
def collect_episodes(
    policy: EpisodePolicy,
    source: EpisodeSource,
    num_episodes: int,
    generator: torch.Generator,
    on_step: StepHook | None = None,
    *,
    deterministic: bool = False,
    record: bool = False,
    processes: Processes = ALONE,
) -> EpisodeBatch | None:
    """Act out at least `num_episodes` whole episodes, in rounds of one episode per sub-environment.

    Args:
        policy: acts, starting every episode from its initial state.
        source: runs the episodes.
        num_episodes: the last round may bring more.
        generator: source of the actions drawn.
        on_step: called after every vector step.
        deterministic: take the most probable action instead of drawing one.
        record: keep what one update needs to learn from the acting pass itself, where that is possible.
        processes: that share the episodes, each of which gets its own; `on_step` must not stop one of several.

    Returns:
        The episodes, or None if `on_step` asked to stop.

    Raises:
        ValueError: if the environment hands out observations or rewards that are not finite, or masks that do not
            fit, naming the sub-environment.
        FloatingPointError: if the policy's logits are not finite.
    """
    policy.set_training_mode(False)
    rounds: list[EpisodeBatch] = []
    at_once = source.num_envs
    if not processes.alone:
        source = SharedSource(source, processes)
    while len(rounds) * at_once < num_episodes:
        batch = _collect_round(policy, source, generator, on_step, deterministic, record)
        if batch is None:
            return None
        rounds.append(batch)
    return concatenate(rounds)


def _collect_round(
    policy: EpisodePolicy,
    source: EpisodeSource,
    generator: torch.Generator,
    on_step: StepHook | None,
    deterministic: bool,
    record: bool,
) -> EpisodeBatch | None:
    sizes = policy.action_sizes
    count = source.num_envs
    begun = Beginning(*source.reset())
    acting, legal = begun.acting, begun.action_mask
    observation = policy.encode(begun.observations)
    prefix = source.prefix
    stepper = policy.stepper(count, prefix, record=record)
    live = np.ones(count, dtype=bool)
    observations = [observation]
    actions: list[Tensor] = []
    log_probs: list[Tensor] = []
    masks: list[Tensor] = []
    rewards, valid, may_act = [], [], []
    truncated = np.zeros(count, dtype=bool)
    final: dict[str, np.ndarray] = {}
    while live.any():
        logits = stepper.step(observation)
        if policy.mask_actions:
            masks.append(torch.as_tensor(legal_choices(legal, live & acting, sizes), device=logits.device))
            logits = distributions.mask(logits, masks[-1], sizes)
        if not bool(torch.isfinite(logits).all()):
            _check_finite("observation", observations)
            raise FloatingPointError(f"the policy's logits are not finite at step {len(actions)} of episodes")
        if deterministic:
            action = distributions.mode(logits, sizes)
        elif isinstance(source, SharedSource):
            action = source.sample(logits, sizes, generator)
        else:
            action = distributions.sample(logits, sizes, generator)
        transition = source.step(action.cpu().numpy())
        actions.append(action)
        log_probs.append(distributions.log_prob(logits, action, sizes))
        rewards.append(np.where(live, transition.rewards, 0.0))
        valid.append(live)
        may_act.append(live & acting)
        ended = live & (transition.terminated | transition.truncated)
        truncated |= ended & transition.truncated & ~transition.terminated
        if ended.any():
            for key, value in transition.infos.items():
                final[key] = np.where(ended, value, final.get(key, np.zeros_like(value)))
        carry_on = on_step is None or on_step(transition, live)
        live, acting, legal = live & ~ended, transition.acting, transition.action_mask
        observation = policy.encode(transition.observations)
        observations.append(observation)
        if not carry_on:
            return None
    if isinstance(source, SharedSource) and not deterministic:
        source.skip(len(actions), logits, sizes, generator)
    _check_finite("observation", observations)
    _check_finite("reward", [torch.as_tensor(row).unsqueeze(-1) for row in rewards])
    return EpisodeBatch(
        observations=torch.stack(observations),
        actions=torch.stack(actions),
        log_probs=torch.stack(log_probs),
        rewards=np.stack(rewards).astype(np.float32),
        valid=np.stack(valid),
        acting=np.stack(may_act),
        truncated=truncated,
        final=final,
        prefix=prefix,
        # Values after a cut-off episode come from the policy's own core only if it is the value's too.
        recording=stepper.recording(observation if policy.shared_core and truncated.any() else None),
        action_mask=torch.stack(masks) if masks else None,
    )


def legal_choices(
    mask: NDArray[np.bool_] | None, deciding: NDArray[np.bool_], sizes: Sizes
) -> NDArray[np.bool_]:
    """An environment's action mask as [B, A], all legal where nothing is decided and nothing is legal.

    Args:
        mask: as the environment gave it.
        deciding: [B], where the next action has an effect.
        sizes: of the categoricals; A is their sum.

    Raises:
        ValueError: if there is none, it has another shape, or leaves a sub-environment no choice.
    """
    parts = (sizes,) if isinstance(sizes, int) else sizes
    expected = (len(deciding), sum(parts))
    if mask is None:
        raise ValueError("mask_actions=True, but the environment's info has no action_mask for every step")
    if mask.shape != expected:
        raise ValueError(f"info['action_mask'] has shape {mask.shape}; expected {expected}")
    legal = mask.copy()
    start = 0
    for size in parts:
        part = legal[:, start : start + size]
        stuck = ~part.any(1)
        if (stuck & deciding).any():
            index = int(np.flatnonzero(stuck & deciding)[0])
            raise ValueError(f"info['action_mask'] leaves sub-environment {index} no legal action")
        part[stuck] = True
        start += size
    return legal


def _check_finite(what: str, rows: list[Tensor]) -> None:
    stacked = torch.stack(rows)
    if bool(torch.isfinite(stacked).all()):
        return
    t, index = (~torch.isfinite(stacked)).any(-1).nonzero()[0].tolist()
    raise ValueError(f"sub-environment {index} gave a {what} that is not finite at step {t} of its episode")

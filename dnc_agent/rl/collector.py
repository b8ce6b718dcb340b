"""Acting out whole episodes with the current policy."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from dnc_agent.networks.heads import choose_actions
from dnc_agent.rl.acting import ActingPolicy
from dnc_agent.rl.episodes import EpisodeBatch, EpisodeSource, Transition, concatenate
from dnc_agent.rl.policy import RecurrentActorCriticPolicy

#: Called after every vector step with the transition and the lanes whose episodes were running; False stops.
StepHook = Callable[[Transition, NDArray[np.bool_]], bool]


@torch.no_grad()
def collect_episodes(
    policy: RecurrentActorCriticPolicy,
    source: EpisodeSource,
    num_episodes: int,
    generator: torch.Generator,
    on_step: StepHook | None = None,
    *,
    deterministic: bool = False,
    record: bool = False,
) -> EpisodeBatch | None:
    """Act out at least `num_episodes` whole episodes, in rounds of one episode per lane.

    Args:
        policy: acts, starting every episode from its initial state.
        source: runs the episodes.
        num_episodes: the last round may bring more.
        generator: source of the actions drawn.
        on_step: called after every vector step.
        deterministic: take the most probable action instead of drawing one.
        record: keep what one update needs to learn from the acting pass itself, where that is possible.

    Returns:
        The episodes, or None if `on_step` asked to stop.
    """
    policy.set_training_mode(False)
    rounds: list[EpisodeBatch] = []
    while sum(batch.num_episodes for batch in rounds) < num_episodes:
        batch = _collect_round(policy, source, generator, on_step, deterministic, record)
        if batch is None:
            return None
        rounds.append(batch)
    return concatenate(rounds)


def _collect_round(
    policy: RecurrentActorCriticPolicy,
    source: EpisodeSource,
    generator: torch.Generator,
    on_step: StepHook | None,
    deterministic: bool,
    record: bool,
) -> EpisodeBatch | None:
    lanes = source.num_lanes
    first, acting = source.reset()
    observation = policy.encode(first)
    prefix = source.prefix
    acting_policy = ActingPolicy(policy, lanes, prefix, record=record)
    live = np.ones(lanes, dtype=bool)
    observations, actions, log_probs = [observation], [], []
    rewards, valid, may_act = [], [], []
    truncated = np.zeros(lanes, dtype=bool)
    final: dict[str, np.ndarray] = {}
    while live.any():
        logits = acting_policy.step(observation)
        action = choose_actions(logits, deterministic, generator)
        acting_policy.remember(action)
        chosen = torch.log_softmax(logits, -1).gather(-1, action.unsqueeze(-1)).squeeze(-1)
        transition = source.step(action.cpu().numpy())
        actions.append(action)
        log_probs.append(chosen)
        rewards.append(np.where(live, transition.rewards, 0.0))
        valid.append(live)
        may_act.append(live & acting)
        ended = live & (transition.terminated | transition.truncated)
        truncated |= ended & transition.truncated & ~transition.terminated
        if ended.any():
            for key, value in transition.infos.items():
                final[key] = np.where(ended, value, final.get(key, np.zeros_like(value)))
        carry_on = on_step is None or on_step(transition, live)
        live, acting = live & ~ended, transition.acting
        observation = policy.encode(transition.observations)
        observations.append(observation)
        if not carry_on:
            return None
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
        recording=acting_policy.recording(observation if truncated.any() else None),
    )

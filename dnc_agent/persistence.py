"""Saving and loading agents: hyper-parameters as JSON, weights and optimizer state as tensors."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from stable_baselines3.common.utils import check_for_correct_spaces
from torch import Tensor, nn

from dnc_agent.checkpoint import read_checkpoint, resolve, write_checkpoint
from dnc_agent.rl.vec_env import make_lanes
from dnc_agent.spaces_json import space_from_json, space_to_json

if TYPE_CHECKING:
    from dnc_agent.rl.algorithm import EpisodicActorCritic

AgentT = TypeVar("AgentT", bound="EpisodicActorCritic")

#: Constructor arguments that are stored; functions of the progress are stored as their current value.
HYPERPARAMETERS = (
    "episodes_per_batch",
    "n_epochs",
    "minibatch_episodes",
    "gamma",
    "gae_lambda",
    "ent_coef",
    "vf_coef",
    "clip_range",
    "reward_scale",
    "normalize_advantage",
    "max_grad_norm",
    "auxiliary_coef",
    "auxiliary_sizes",
    "seed",
)


def save_agent(
    agent: "EpisodicActorCritic",
    path: str | os.PathLike[str],
    *,
    with_optimizer: bool = True,
    extra: dict[str, Any] | None = None,
) -> Path:
    """Write an agent to one file.

    Args:
        agent: what to save.
        path: the file; `.safetensors` is added to a name without a suffix.
        with_optimizer: also what is needed to go on training exactly: optimizer, auxiliary heads, generators.
        extra: JSON-able, kept with it and returned by `read_extra`.
    """
    tensors = {f"policy.{name}": value for name, value in agent.policy.state_dict().items()}
    meta: dict[str, Any] = {
        "policy": agent.policy_class.__name__,
        "policy_kwargs": _kwargs_to_json(agent.policy_kwargs),
        "observation_space": space_to_json(agent.observation_space),
        "action_space": space_to_json(agent.action_space),
        "learning_rate": agent.lr_schedule(agent._current_progress_remaining),
        "hyperparameters": {name: _plain(agent, getattr(agent, name)) for name in HYPERPARAMETERS},
        "counters": {
            "num_timesteps": agent.num_timesteps,
            "_episode_num": agent._episode_num,
            "_n_updates": agent._n_updates,
        },
        "extra": extra or {},
    }
    if with_optimizer:
        tensors |= {f"auxiliary.{name}": value for name, value in agent.auxiliary_heads.state_dict().items()}
        state = agent.policy.optimizer.state_dict()
        tensors |= {
            f"optimizer.{index}.{key}": torch.as_tensor(value)
            for index, entries in state["state"].items()
            for key, value in entries.items()
        }
        tensors["generator"] = agent.generator.get_state()
        meta["shuffler"] = agent.shuffler.bit_generator.state
    return write_checkpoint(path, tensors, meta)


def read_extra(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The `extra` object given to `save_agent`."""
    return read_checkpoint(path)[1].get("extra", {})


def load_agent(
    cls: type[AgentT],
    path: str | os.PathLike[str],
    *,
    env: Any = None,
    device: Any = "auto",
    policy: Any = None,
    **kwargs: Any,
) -> AgentT:
    """Read what `save_agent` wrote; see `EpisodicActorCritic.load`."""
    tensors, meta = read_checkpoint(path)
    file = resolve(path)
    try:
        name = meta["policy"]
        arguments = dict(meta["hyperparameters"], learning_rate=meta["learning_rate"])
        arguments["auxiliary_sizes"] = tuple(arguments["auxiliary_sizes"])
        arguments["policy_kwargs"] = _kwargs_from_json(meta["policy_kwargs"])
        observation_space = space_from_json(meta["observation_space"])
        action_space = space_from_json(meta["action_space"])
        counters = meta["counters"]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{file} is damaged: its description lacks {error}") from None
    if policy is None and name not in cls.policy_aliases:
        raise ValueError(f"{file} was saved with policy class {name}; pass it as policy=")
    unknown = arguments.keys() - {*HYPERPARAMETERS, "learning_rate", "policy_kwargs"}
    if unknown:
        raise ValueError(f"{file} has an unknown setting {sorted(unknown)[0]}")
    agent = cls(
        policy or name,
        None,
        device=device,
        _init_setup_model=False,
        **(arguments | kwargs),
    )
    agent.observation_space, agent.action_space = observation_space, action_space
    if env is not None:
        env = cls._wrap_env(make_lanes(env, agent.episodes_per_batch) if isinstance(env, str) else env)
        try:
            check_for_correct_spaces(env, observation_space, action_space)
        except ValueError as error:
            raise ValueError(f"{file} does not fit this environment: {error}") from None
        agent.env, agent.n_envs = env, env.num_envs
    try:
        agent._setup_model()
    except TypeError as error:
        raise ValueError(f"{file} has a policy that cannot be built: {error}") from None
    restore(agent, tensors, meta, str(file))
    for key, value in counters.items():
        setattr(agent, key, value)
    return agent


def restore(
    agent: "EpisodicActorCritic", tensors: dict[str, Tensor], meta: dict[str, Any], name: str
) -> None:
    """Put stored weights, and training state where it is stored and wanted, into an agent of the same shape.

    Raises:
        ValueError: if they do not fit; nothing is changed then.
    """
    stored, heads = _under("policy.", tensors), _under("auxiliary.", tensors)
    _check_fit(agent.policy, stored, name)
    if heads and len(agent.auxiliary_heads):
        _check_fit(agent.auxiliary_heads, heads, name)
        agent.auxiliary_heads.load_state_dict(heads)
    agent.policy.load_state_dict(stored)
    moments = _under("optimizer.", tensors)
    parameters = sum(len(group["params"]) for group in agent.policy.optimizer.param_groups)
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in moments.items():
        index, entry = key.split(".", 1)
        state.setdefault(int(index), {})[entry] = value
    # Moments past the policy's parameters belong to auxiliary heads, which this agent may not have.
    state = {index: entries for index, entries in state.items() if index < parameters}
    if state:
        current = agent.policy.optimizer.state_dict()
        agent.policy.optimizer.load_state_dict({"state": state, "param_groups": current["param_groups"]})
    generator = tensors.get("generator")
    # A CPU's generator cannot go on from a GPU's, nor the other way round.
    if generator is not None and generator.shape == agent.generator.get_state().shape:
        agent.generator.set_state(generator)
    if "shuffler" in meta:
        agent.shuffler.bit_generator.state = meta["shuffler"]


def _check_fit(module: nn.Module, stored: dict[str, Tensor], name: str) -> None:
    wanted = {key: tuple(value.shape) for key, value in module.state_dict().items()}
    found = {key: tuple(value.shape) for key, value in stored.items()}
    for key in sorted(wanted.keys() | found.keys()):
        if wanted.get(key) != found.get(key):
            raise ValueError(
                f"{name} does not fit: {key} has shape {found.get(key)}; expected {wanted.get(key)}"
            )


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _plain(agent: "EpisodicActorCritic", value: Any) -> Any:
    if callable(value):
        return float(value(agent._current_progress_remaining))
    return list(value) if isinstance(value, tuple) else value


def _kwargs_to_json(kwargs: dict[str, Any]) -> dict[str, Any]:
    plain = dict(kwargs)
    if "optimizer_class" in plain:
        plain["optimizer_class"] = plain["optimizer_class"].__name__
    return plain


def _kwargs_from_json(data: dict[str, Any]) -> dict[str, Any]:
    kwargs = dict(data)
    if "optimizer_class" in kwargs:
        name = kwargs["optimizer_class"]
        optimizer = getattr(torch.optim, name, None)
        if not (isinstance(optimizer, type) and issubclass(optimizer, torch.optim.Optimizer)):
            raise ValueError(f"optimizer_class={name!r}; it must be the name of a class in torch.optim")
        kwargs["optimizer_class"] = optimizer
    if "head_sizes" in kwargs:
        kwargs["head_sizes"] = tuple(kwargs["head_sizes"])
    return kwargs

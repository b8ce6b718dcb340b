"""Saving and loading agents: settings as JSON, weights and training state as tensors."""

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from gymnasium import spaces
from torch import Tensor, nn

from dnc_agent.checkpoint import check_moments, description, read_checkpoint, resolve, write_checkpoint
from dnc_agent.checks import shown
from dnc_agent.cores import CORES
from dnc_agent.fitting import check_fit, check_generator
from dnc_agent.migration import LATER_OPTIONS
from dnc_agent.networks.actor_critic import NetworkOptions
from dnc_agent.rl.vec_env import generators
from dnc_agent.spaces_json import space_from_json, space_to_json

KIND = "actor-critic"
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
COUNTERS = ("num_timesteps", "_episode_num", "_n_updates")
#: A CPU's generator keeps 5,056 bytes, a GPU's 16.
GENERATOR_SHAPES = ((5056,), (16,))
#: Arguments of the policy that are stored, beside those of its class if it is another.
POLICY_ARGUMENTS = (
    *(entry.name for entry in dataclasses.fields(NetworkOptions)),
    "core_lr_scale",
    "mask_actions",
    "optimizer_class",
    "optimizer_kwargs",
)
#: Those that came later, with what checkpoints without them mean.
LATER_ARGUMENTS: dict[str, Any] = {"planner": None}


class Agent(Protocol):
    """What is saved of an agent; `dnc_agent.EpisodicActorCritic` is one."""

    policy: Any
    policy_class: Any
    policy_kwargs: Any
    observation_space: Any
    action_space: Any
    env: Any
    auxiliary_heads: nn.ModuleList
    generator: torch.Generator
    shuffler: np.random.Generator
    experiment: str | None
    lineage: list[dict[str, Any]]
    lr_schedule: Any
    _current_progress_remaining: float
    _last_obs: Any


@dataclass(frozen=True)
class SavedAgent:
    """A checkpoint of an agent, read and checked as far as that goes without building it."""

    file: str
    policy: str  #: name of its class
    arguments: dict[str, Any]  #: of the algorithm
    observation_space: spaces.Space
    action_space: spaces.Space
    tensors: dict[str, Tensor]
    meta: dict[str, Any]


def save_agent(
    agent: Agent,
    path: str | os.PathLike[str],
    *,
    with_optimizer: bool = True,
    extra: dict[str, Any] | None = None,
) -> Path:
    """Write an agent to one file; see `EpisodicActorCritic.save`."""
    tensors = {f"policy.{name}": value for name, value in agent.policy.state_dict().items()}
    meta = description(
        KIND,
        extra,
        experiment=agent.experiment,
        lineage=agent.lineage,
        policy=agent.policy_class.__name__,
        policy_kwargs=_policy_arguments(agent),
        observation_space=space_to_json(agent.observation_space),
        action_space=space_to_json(agent.action_space),
        learning_rate=agent.lr_schedule(agent._current_progress_remaining),
        hyperparameters={name: _plain(agent, getattr(agent, name)) for name in HYPERPARAMETERS},
        counters={name: getattr(agent, name) for name in COUNTERS},
    )
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
        worlds = [] if agent.env is None else generators(agent.env)
        meta["environment"] = [world.bit_generator.state for world in worlds]
    return write_checkpoint(path, tensors, meta, keep_previous=with_optimizer)


def read_extra(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The `extra` object given to `save_agent`."""
    return read_checkpoint(path)[1].get("extra", {})


def read_agent(path: str | os.PathLike[str]) -> SavedAgent:
    """Read a checkpoint and check its description.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if it is damaged or foreign; one line.
    """
    tensors, meta = read_checkpoint(path)
    file = str(resolve(path))
    if meta.get("kind") != KIND:
        raise ValueError(f"{file} holds a learner of kind {meta.get('kind')!r}, not {KIND!r}")
    try:
        arguments = dict(meta["hyperparameters"])
        _check_names(file, "setting", arguments, HYPERPARAMETERS)
        arguments["learning_rate"] = meta["learning_rate"]
        arguments["auxiliary_sizes"] = tuple(arguments["auxiliary_sizes"])
        arguments["policy_kwargs"] = _policy_kwargs(file, meta["policy"], meta["policy_kwargs"])
        _check_names(file, "counter", meta["counters"], COUNTERS)
        for name, value in meta["counters"].items():
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise ValueError(f"{file} is damaged: counter {name} is {value!r}")
        for name, kind in (("extra", dict), ("lineage", list), ("experiment", str | None)):
            if not isinstance(meta[name], kind):
                raise ValueError(f"{file} is damaged: {name} is {meta[name]!r}")
        return SavedAgent(
            file,
            str(meta["policy"]),
            arguments,
            space_from_json(meta["observation_space"]),
            space_from_json(meta["action_space"]),
            tensors,
            meta,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{file} is damaged: its description lacks {error}") from None


def restore(agent: Agent, saved: SavedAgent) -> dict[str, Any]:
    """Put stored weights, and training state where it is stored and wanted, into an agent of the same shape.

    Returns:
        The `extra` that it was saved with.

    Raises:
        ValueError: if something does not fit; nothing is changed then.
    """
    name, tensors, meta = saved.file, saved.tensors, saved.meta
    stored, heads = _under("policy.", tensors), _under("auxiliary.", tensors)
    moments, generator = _under("optimizer.", tensors), tensors.get("generator")
    known = len(stored) + len(heads) + len(moments) + (generator is not None)
    if known != len(tensors):
        raise ValueError(f"{name} is damaged: it has tensors that belong to no part of an agent")
    check_fit(agent.policy, stored, name)
    if heads and len(agent.auxiliary_heads):
        check_fit(agent.auxiliary_heads, heads, name)
    if generator is None and meta.get("shuffler") is not None:
        raise ValueError(
            f"{name} is damaged: it goes on training, and the generator of its actions is missing"
        )
    if generator is not None and generator.shape not in GENERATOR_SHAPES:
        raise ValueError(f"{name} is damaged: its generator has shape {tuple(generator.shape)}")
    state = _optimizer_state(agent.policy.optimizer, moments, name)
    shuffler, worlds = check_generator(meta.get("shuffler"), name), _worlds(agent, meta, name)
    # A CPU's generator cannot go on from a GPU's, nor the other way round.
    if generator is not None and generator.shape == agent.generator.get_state().shape:
        try:
            agent.generator.set_state(generator)
        except (RuntimeError, TypeError) as error:
            raise ValueError(f"{name} is damaged: its generator {error}") from None
    agent.policy.load_state_dict(stored)
    if heads and len(agent.auxiliary_heads):
        agent.auxiliary_heads.load_state_dict(heads)
    same_optimizer = saved.arguments["policy_kwargs"]["optimizer_class"] is agent.policy.optimizer_class
    if state and same_optimizer:
        groups = agent.policy.optimizer.state_dict()["param_groups"]
        agent.policy.optimizer.load_state_dict({"state": state, "param_groups": groups})
    if shuffler is not None:
        agent.shuffler.bit_generator.state = shuffler
    for key in COUNTERS:
        setattr(agent, key, meta["counters"][key])
    agent.experiment, agent.lineage = meta["experiment"], list(meta["lineage"])
    if worlds:
        for world, stand in zip(generators(agent.env), worlds, strict=True):
            world.bit_generator.state = stand
        # From here the environment draws what it would have drawn: a reset by a seed would undo that.
        agent.env._reset_seeds()
        agent._last_obs = np.zeros(0)
    return meta["extra"]


def _optimizer_state(
    optimizer: torch.optim.Optimizer, moments: dict[str, Tensor], name: str
) -> dict[int, dict[str, Tensor]]:
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in moments.items():
        index, _, entry = key.partition(".")
        if not index.isdecimal():
            raise ValueError(f"{name} is damaged: optimizer.{key} belongs to no parameter")
        # Moments past the policy's parameters belong to auxiliary heads, which this agent may not have.
        if int(index) >= len(parameters):
            continue
        if value.dim() and value.shape != parameters[int(index)].shape:
            raise ValueError(f"{name} does not fit: optimizer.{key} has shape {tuple(value.shape)}")
        state.setdefault(int(index), {})[entry] = value
    check_moments(state, name)
    return state


def _worlds(agent: Agent, meta: dict[str, Any], name: str) -> list[Any]:
    """States for the generators of the agent's environment; none where they do not belong to each other."""
    stands = meta.get("environment", [])
    if not isinstance(stands, list):
        raise ValueError(f"{name} is damaged: its environment's generators are a {type(stands).__name__}")
    here = [] if agent.env is None else generators(agent.env)
    return [check_generator(stand, name) for stand in stands] if here and len(stands) == len(here) else []


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _plain(agent: Agent, value: Any) -> Any:
    if callable(value):
        return float(value(agent._current_progress_remaining))
    return list(value) if isinstance(value, tuple) else value


def _policy_arguments(agent: Agent) -> dict[str, Any]:
    """All arguments of the policy, those left to defaults too: a later release may have others."""
    policy = agent.policy
    own = {
        **dataclasses.asdict(policy.options),
        "core_kwargs": dataclasses.asdict(policy.policy_network.core.options),
        "core_lr_scale": policy.core_lr_scale,
        "mask_actions": policy.mask_actions,
        "optimizer_class": policy.optimizer_class.__name__,
        "optimizer_kwargs": policy.optimizer_kwargs,
    }
    return {name: value for name, value in agent.policy_kwargs.items() if name not in own} | own


def _policy_kwargs(file: str, policy: Any, data: dict[str, Any]) -> dict[str, Any]:
    kwargs = LATER_ARGUMENTS | data
    missing = [name for name in POLICY_ARGUMENTS if name not in kwargs]
    if missing:
        raise ValueError(f"{file} is damaged: its policy lacks {missing[0]}")
    core = CORES.get(kwargs["core"])
    if core is None:
        raise ValueError(f"{file} has a core {kwargs['core']!r}; known are {', '.join(CORES)}")
    options = [entry.name for entry in dataclasses.fields(core.Options)]
    kwargs["core_kwargs"] = LATER_OPTIONS.get(kwargs["core"], {}) | kwargs["core_kwargs"]
    _check_names(file, f"option of core {kwargs['core']}", kwargs["core_kwargs"], options)
    name = kwargs["optimizer_class"]
    optimizer = getattr(torch.optim, str(name), None)
    if not (isinstance(optimizer, type) and issubclass(optimizer, torch.optim.Optimizer)):
        raise ValueError(f"optimizer_class={shown(name)}; it must be the name of a class in torch.optim")
    kwargs["optimizer_class"] = optimizer
    kwargs["head_sizes"] = tuple(kwargs["head_sizes"])
    return kwargs


def _check_names(file: str, what: str, found: dict[str, Any], wanted: Any) -> None:
    for name in wanted:
        if name not in found:
            raise ValueError(f"{file} is damaged: it lacks {what} {name}")
    unknown = sorted(found.keys() - set(wanted))
    if unknown:
        raise ValueError(f"{file} has an unknown {what} {unknown[0]}")

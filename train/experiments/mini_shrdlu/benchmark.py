"""Speed of complete training, acting and learning together, beside sb3-contrib's RecurrentPPO."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
from gymnasium.vector import AutoresetMode

from dnc_agent import EpisodicActorCritic
from dnc_agent.rl.vec_env import GymnasiumVecEnv
from shrdlu_env.blocks.vector import MiniShrdluVectorEnv
from train.experiments.mini_shrdlu.settings import AgentConfig, LearnConfig, WorldConfig
from train.experiments.mini_shrdlu.worlds import make_world

#: What RecurrentPPO collects per update: 32 environments for 75 steps, about one episode each.
PEER_ENVS, PEER_STEPS = 32, 75


def bench_train(
    *,
    lesson: int = 26,
    hidden_size: int = AgentConfig.hidden_size,
    episodes_per_batch: int = LearnConfig.episodes_per_batch,
    repeats: int = 3,
    updates: int = 2,
    peer: bool = True,
    threads: int = 1,
) -> dict[str, Any]:
    """Environment steps per CPU second of complete training on one lesson, contenders taking turns.

    Ours: a DNC actor-critic, whole episodes, one pass (plain policy gradient), with the paper's two separate
    cores (`dnc`) or one (`dnc_shared`), in float32 or with products of bfloat16 (`_bf16`). Theirs, if
    sb3-contrib is installed: RecurrentPPO with MlpLstmPolicy of the same hidden size on the same native vector
    environment, at 4 epochs of 4 large minibatches (`recurrent_ppo`) and as it is by default, 10 epochs of
    minibatches of 128 (`recurrent_ppo_defaults`).

    Args:
        lesson: to train on.
        hidden_size: units of every controller and LSTM.
        episodes_per_batch: episodes per update of ours.
        repeats: turns of each contender.
        updates: updates in each turn of ours; theirs makes one.
        peer: also measure RecurrentPPO.
        threads: CPU threads.

    Returns:
        `steps_per_cpu_second` by contender (medians), the single measurements, `ratio` of `dnc` to
        `recurrent_ppo`, and `ratios` of each of ours to each of theirs.
    """
    torch.set_num_threads(threads)
    contenders: dict[str, Callable[[], float]] = {
        "dnc": _ours("DNCPolicy", lesson, hidden_size, episodes_per_batch, updates),
        "dnc_shared": _ours("DNCPolicy", lesson, hidden_size, episodes_per_batch, updates, shared=True),
        "dnc_bf16": _ours("DNCPolicy", lesson, hidden_size, episodes_per_batch, updates, precision="bf16"),
        "dnc_shared_bf16": _ours(
            "DNCPolicy", lesson, hidden_size, episodes_per_batch, updates, shared=True, precision="bf16"
        ),
        "lstm": _ours("LSTMPolicy", lesson, hidden_size, episodes_per_batch, updates),
    }
    if peer:
        try:
            contenders["recurrent_ppo"] = _recurrent_ppo(lesson, hidden_size, 4, PEER_STEPS * PEER_ENVS // 4)
            contenders["recurrent_ppo_defaults"] = _recurrent_ppo(lesson, hidden_size, 10, 128)
        except ImportError:
            peer = False
    for run in contenders.values():
        run()
    measured: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(repeats):
        for name, run in contenders.items():
            measured[name].append(run())
    medians = {name: statistics.median(values) for name, values in measured.items()}
    return {
        "benchmark": "train",
        "lesson": lesson,
        "hidden_size": hidden_size,
        "episodes_per_batch": episodes_per_batch,
        "threads": threads,
        "steps_per_cpu_second": medians,
        "measurements": measured,
        "ratio": medians["dnc"] / medians["recurrent_ppo"] if peer else None,
        "ratios": {
            f"{ours}/{theirs}": medians[ours] / medians[theirs]
            for ours in contenders
            if ours.startswith("dnc")
            for theirs in ("recurrent_ppo", "recurrent_ppo_defaults")
            if peer
        },
    }


def _ours(
    policy: str,
    lesson: int,
    hidden_size: int,
    episodes: int,
    updates: int,
    *,
    shared: bool = False,
    precision: str = "fp32",
) -> Callable[[], float]:
    agent = EpisodicActorCritic(
        policy,
        make_world(WorldConfig(), episodes, lesson=lesson),
        1e-4,
        episodes_per_batch=episodes,
        policy_kwargs={
            "core_kwargs": {"hidden_size": hidden_size, "matmul_precision": precision},
            "shared_core": shared,
            "optimizer_class": torch.optim.Adam,
        },
        seed=0,
        device="cpu",
    )

    def run() -> float:
        steps, begin = agent.num_timesteps, time.process_time()
        for _ in range(updates):
            # One batch more than there are steps already: a learn() call makes at least one update.
            agent.learn(1, reset_num_timesteps=False, log_interval=0)
        return (agent.num_timesteps - steps) / (time.process_time() - begin)

    return run


def _recurrent_ppo(lesson: int, hidden_size: int, epochs: int, batch_size: int) -> Callable[[], float]:
    from sb3_contrib import RecurrentPPO

    env = MiniShrdluVectorEnv(
        PEER_ENVS, lesson=lesson, planner_info=False, autoreset_mode=AutoresetMode.SAME_STEP
    )
    model = RecurrentPPO(
        "MlpLstmPolicy",
        GymnasiumVecEnv(env),
        n_steps=PEER_STEPS,
        n_epochs=epochs,
        policy_kwargs={"lstm_hidden_size": hidden_size},
        batch_size=batch_size,
        seed=0,
        device="cpu",
    )

    def run() -> float:
        steps, begin = model.num_timesteps, time.process_time()
        model.learn(PEER_ENVS * PEER_STEPS, reset_num_timesteps=False, log_interval=10**9)
        return (model.num_timesteps - steps) / (time.process_time() - begin)

    return run

"""Episodes on tensors are the simulation's: same draws, same actions, same everything."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dnc_agent.collector import collect_episodes
from dnc_agent.heads import draw_without_waiting
from dnc_agent.vec_env import GymnasiumVecEnv, make_lanes
from shrdlu_env import MiniShrdluVectorEnv
from shrdlu_env.episodes import OPTIMAL, SOLVED_IN, UNDONE
from tests.train.test_forking import agent_on
from tests.train.tiny import TINY, standing, vary
from train import commands
from train.errors import UsageError
from train.forking import ForkedSource
from train.table_world import TableSource
from train.trainer import build, make_source
from train.worlds import make_world

CUDA = pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU"))


def pair(lanes, seed, device="cpu", **arguments):
    """A source of either kind in a world of its own, both seeded alike; the first world plans."""
    envs = [
        GymnasiumVecEnv(
            MiniShrdluVectorEnv(lanes, autoreset_mode="Disabled", planner_info=planner, **arguments)
        )
        for planner in (True, False)
    ]
    for env in envs:
        env.seed(seed)
        env.reset()
    return ForkedSource(envs[0]), TableSource(envs[1], device)


def rng_of(source):
    return source._world.np_random.bit_generator.state


def assert_same_round(plain, tables, rng):
    """Run one episode in every lane of both sources by the same actions, some of them good."""
    (seen, acting), (seen_too, acting_too) = plain.reset(), tables.reset()
    assert rng_of(plain) == rng_of(tables), "nothing that is not played has left a trace"
    np.testing.assert_array_equal(seen, seen_too.cpu().numpy())
    np.testing.assert_array_equal(acting, acting_too)
    for name in ("observations", "reset", "branch_of"):
        assert torch.equal(getattr(plain.prefix, name), getattr(tables.prefix, name).cpu()), name
    live = np.ones(plain.num_lanes, bool)
    final: dict[str, np.ndarray] = {}
    while live.any():
        actions = helpful(plain, rng)
        one = plain.step(actions)
        two = tables.step(torch.as_tensor(actions, device=tables._device))
        assert two.observations.dtype == torch.float32
        np.testing.assert_array_equal(one.observations[live], two.observations.cpu().numpy()[live])
        np.testing.assert_array_equal(np.where(live, one.rewards, 0.0), two.rewards.cpu().numpy())
        np.testing.assert_array_equal(one.terminated, two.terminated)
        np.testing.assert_array_equal(one.truncated, two.truncated)
        np.testing.assert_array_equal(one.acting[live], two.acting[live])
        ended = live & one.terminated
        for key, value in one.infos.items():
            final[key] = np.where(ended, value, final.get(key, np.zeros_like(value)))
        live = live & ~ended
    told = tables.final()
    assert told.keys() == final.keys()
    for key, value in final.items():
        assert told[key].dtype == value.dtype, key
        np.testing.assert_array_equal(told[key], value, err_msg=key)
    return final


def helpful(source, rng):
    """Actions, 6 of 10 on a shortest path, so that goals are reached, held and undone again."""
    simulation = source._world.simulation
    actions = rng.integers(0, simulation.num_actions, source.num_lanes)
    for lane in np.flatnonzero(rng.random(source.num_lanes) < 0.6):
        good = simulation.state.clock[lane, OPTIMAL] >> np.arange(simulation.num_actions) & 1
        actions[lane] = rng.choice(np.flatnonzero(good))
    return actions


@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    lesson=st.integers(1, 26),
    earlier=st.sampled_from([0.0, 0.1, 1.0]),
    lanes=st.integers(1, 60),
    extra_moves=st.integers(0, 8),
    costs=st.tuples(*[st.floats(0, 3, width=32) | st.just(0.1)] * 3),
)
def test_the_same_draws_and_actions_give_the_same_episodes(seed, lesson, earlier, lanes, extra_moves, costs):
    names = ("constraint_reward", "invalid_move_cost", "undo_penalty")
    plain, tables = pair(
        lanes,
        seed,
        lesson=lesson,
        earlier=earlier,
        extra_moves=extra_moves,
        **dict(zip(names, costs, strict=True)),
    )
    rng = np.random.default_rng(seed)
    for _ in range(2):
        assert_same_round(plain, tables, rng)
    for source in (plain, tables):
        source._world.set_lesson(27 - lesson, 0.5)
    assert_same_round(plain, tables, rng)
    tables.close()


def test_what_is_compared_has_everything_in_it():
    """Goals solved perfectly, solved and held, solved and undone, never solved; moves that are illegal."""
    plain, tables = pair(400, 5, lesson=4)
    final = assert_same_round(plain, tables, np.random.default_rng(5))
    undone = plain._world.simulation.state.clock[:, SOLVED_IN] == UNDONE
    assert final["perfect"].any()
    assert (final["success"] & ~final["perfect"]).any()
    assert undone.any()
    assert (final["satisfied"] == 0).any()


@pytest.mark.parametrize("device", ["cpu", CUDA])
@pytest.mark.parametrize(
    "arguments",
    [
        {"lesson": 26, "earlier": 0.5},
        {"board_size": 4, "lesson": 5},
        {"board_size": 2, "goals": (1, 3), "blocks": (2, 3), "constraints": (1, 2), "depth": (1, 2)},
        {"board_size": 3, "goals": (2, 2), "blocks": (7, 7), "constraints": (1, 3), "depth": (1, 3)},
    ],
)
def test_other_boards_and_ranges(arguments, device):
    plain, tables = pair(50, 1, device, **arguments)
    rng = np.random.default_rng(1)
    for _ in range(2):
        assert_same_round(plain, tables, rng)


def test_the_collector_makes_the_same_batch_of_both():
    agent = agent_on(26)
    batches = []
    for source in pair(7, 3, lesson=26):
        generator = torch.Generator().manual_seed(1)
        batches.append(collect_episodes(agent.policy, source, 7, generator))
    plain, tables = batches
    for name in ("observations", "actions", "log_probs"):
        assert torch.equal(getattr(plain, name), getattr(tables, name)), name
    for name in ("rewards", "valid", "acting", "truncated"):
        assert getattr(plain, name).dtype == getattr(tables, name).dtype
        np.testing.assert_array_equal(getattr(plain, name), getattr(tables, name))
    assert plain.final.keys() == tables.final.keys()
    for key, value in plain.final.items():
        np.testing.assert_array_equal(value, tables.final[key], err_msg=key)


def test_a_round_reads_nothing_off_the_device_before_its_end():
    """On the meta device, which has shapes and no numbers: whatever waits for a number is an error there."""
    agent = agent_on(26)
    source = TableSource(agent.env, "meta")
    step, steps = source.step, []

    def counted(actions):
        assert actions.device.type == "meta"
        steps.append(step(actions))
        return steps[-1]

    source.step = counted
    with pytest.raises(NotImplementedError, match="Cannot copy out of meta tensor"):
        collect_episodes(agent.policy.to("meta"), source, 7, None)
    assert len(steps) == source._lengths.max()
    assert not steps[-1].acting.any()
    # It is the rewards, all at once, that were to be read.
    assert steps[-1].rewards.device.type == "meta"


@pytest.mark.parametrize("device", [CUDA])
def test_a_round_on_a_gpu_does_not_wait(device):
    _, tables = pair(64, 0, device, lesson=12)
    actions = torch.full((64,), 3, device=device)
    for _ in range(2):
        tables.reset()
        torch.cuda.set_sync_debug_mode("error")
        try:
            while tables.step(actions).acting.any():
                pass
        finally:
            torch.cuda.set_sync_debug_mode("default")
        assert tables.final()["moves"].all()


def test_a_whole_run_is_the_same_on_tables(tmp_path):
    """Gates, lessons and resumed sessions included: weights, generators and counters, bit by bit."""
    easy = vary(TINY, "curriculum", gate_satisfied=0.0, earlier=0.5)
    for backend, sessions in (("numpy", (40,)), ("tables", (40,)), ("resumed", (16, 24, 32, 40))):
        config = dataclasses.replace(easy, world_backend="numpy" if backend == "numpy" else "tables")
        for episodes in sessions:
            commands.train(
                tmp_path / backend,
                config,
                minutes=None,
                max_episodes=episodes,
                episodes_per_cell=0,
                quiet=True,
            )
    straight = standing(tmp_path / "numpy")
    assert straight == standing(tmp_path / "tables") == standing(tmp_path / "resumed")
    assert straight[2]["lesson"] == 3, "lessons have changed on the way"


def test_which_source_a_configuration_gets(monkeypatch):
    def kind(config):
        agent = build(config)
        return type(agent.make_source(agent.env))

    assert kind(TINY) is ForkedSource
    assert kind(dataclasses.replace(TINY, world_backend="tables")) is TableSource
    assert kind(vary(TINY, "world", board_size=5)) is ForkedSource
    large = dataclasses.replace(vary(TINY, "world", board_size=5), world_backend="tables")
    with pytest.raises(ValueError, match=r"board_size=5 with blocks=.* has 164,610 boards"):
        build(large)
    with pytest.raises(UsageError, match="world_backend='tables' runs forked episodes only"):
        build(dataclasses.replace(vary(TINY, "learn", fork=False), world_backend="tables"))
    with pytest.raises(ValueError, match="native vector environment"):
        TableSource(make_lanes("CartPole-v1", 2))
    # Where there is a GPU, automatically: what is asked of PyTorch here is only the choice.
    world = make_world(TINY.world, 2, lesson=1)
    cuda = dataclasses.replace(TINY, device="cuda")
    assert make_source(cuda, world).func is TableSource
    assert make_source(dataclasses.replace(cuda, world_backend="numpy"), world).func is ForkedSource
    large_world = make_world(dataclasses.replace(TINY.world, board_size=5), 2, lesson=1)
    assert make_source(cuda, large_world).func is ForkedSource
    assert make_source(vary(cuda, "learn", fork=False), world) is None


def test_actions_drawn_without_waiting_are_those_of_multinomial():
    probabilities = torch.softmax(torch.randn(500, 7, generator=torch.Generator().manual_seed(0)), -1)
    for seed in range(5):
        one, two = (torch.Generator().manual_seed(seed) for _ in range(2))
        expected = torch.multinomial(probabilities, 1, generator=one).squeeze(-1)
        assert torch.equal(draw_without_waiting(probabilities, two), expected)
        assert torch.equal(one.get_state(), two.get_state())

"""Recording episodes and coming back to any point of them."""

import gymnasium as gym
import numpy as np
import pytest

from shrdlu_env.viewer.recording.episode import Episode, Step, plain
from shrdlu_env.viewer.recording.internals import MOST_NUMBERS, check_internals
from shrdlu_env.viewer.recording.storage import load, save
from shrdlu_env.viewer.recording.world import World, planner_act, random_act, record_episode
from shrdlu_env.viewer.scenes.registry import scene_of
from shrdlu_env.viewer.scenes.scene import boundaries
from tests.shrdlu_env.viewer.samples import (
    ENV_ID,
    KWARGS,
    SEED,
    agent_episode,
    agent_world,
    make_env,
    person_world,
    sequence_view,
    view,
)


def test_what_is_recorded():
    episode = agent_episode()
    assert episode.finished
    assert (episode.env_id, dict(episode.env_kwargs), episode.seed) == (ENV_ID, KWARGS, SEED)
    assert len(episode.steps) == len(episode) + 1 == episode.horizon + 1
    assert episode.steps[-1].action is None
    assert all(step.control == "agent" for step in episode.steps[:-1])
    assert episode.steps[-1].view["perfect"]
    assert [step.view["step"] for step in episode.steps] == list(range(len(episode.steps)))
    rewards = sum(step.reward for step in episode.steps)
    assert rewards == pytest.approx(episode.steps[-1].view["episode_return"])
    assert episode.steps[0].observation.shape == (97,)
    assert episode.stack("memory").shape == (len(episode) + 1, 16, 8)
    assert not episode.stack("memory")[-1].any()
    assert episode.has_internals(0)
    assert not episode.has_internals(len(episode))


def test_the_same_seed_gives_the_same_episode():
    again = record_episode(make_env(), planner_act, seed=SEED)
    for one, other in zip(agent_episode().steps, again.steps, strict=True):
        assert plain(dict(one.view)) == plain(dict(other.view))


def test_a_random_seed_is_kept():
    episode = record_episode(make_env(), random_act(0))
    assert isinstance(episode.seed, int)
    again = World(make_env()).branch(episode, len(episode))
    assert again.finished
    assert again.actions == episode.actions


def test_branches_keep_the_past():
    world, whole = agent_world(), agent_episode()
    for t in (0, 3, whole.go_step(), len(whole)):
        part = world.branch(whole, t)
        assert len(part) == t
        for one, other in zip(part.steps, whole.steps, strict=False):
            assert plain(dict(one.view)) == plain(dict(other.view))
        if t < len(whole):
            assert np.array_equal(part.stack("memory"), whole.stack("memory")[: t + 1])


def test_the_agent_looks_on_while_a_person_plays():
    world = agent_world()
    episode = world.branch(agent_episode(), agent_episode().go_step())
    episode = world.extend(episode, 6, "person")
    assert episode.steps[-2].control == "person"
    assert episode.has_internals(len(episode))
    done = world.finish(episode)
    assert done.finished
    assert done.steps[len(episode)].control == "agent"


def test_an_agent_is_told_what_was_done():
    class Listener:
        def __init__(self):
            self.done = []

        def __call__(self, obs, info, episode_start):
            return 6, None

        def acted(self, action):
            self.done.append(action)

    listener = Listener()
    world = World(make_env(), listener)
    world.finish(world.extend(world.start(SEED), 2, "person"))
    assert listener.done[0] == 2
    assert set(listener.done[1:]) == {6}


def test_an_episode_that_does_not_come_again_is_refused():
    episode = agent_episode()
    other = Episode(episode.steps, seed=episode.seed + 1)
    with pytest.raises(ValueError, match="does not give this episode again: step 0 differs"):
        agent_world().branch(other, 3)


def test_the_end_is_the_end():
    world = person_world()
    with pytest.raises(ValueError, match="there is no agent"):
        world.finish(world.start(0))
    with pytest.raises(ValueError, match="the episode is over"):
        world.extend(agent_episode(), 0, "person")


def test_environments_without_a_view_are_refused():
    with pytest.raises(ValueError, match=r"env must have a view\(\)"):
        World(gym.make("CartPole-v1"))


def test_internals_are_checked():
    assert check_internals({"soul": [1.0]})["soul"].shape == (1,)
    for name in ("Soul", "", "my soul", "1st", 3, "a" * 99):
        with pytest.raises(ValueError, match="names of internals must be small letters"):
            check_internals({name: 1.0})
    with pytest.raises(ValueError, match=r"internals\['soul'\] must be finite, at most 1e30; got 2 others"):
        check_internals({"soul": [1.0, np.nan, np.inf]})
    with pytest.raises(ValueError, match=r"internals\['soul'\] must be an array of numbers, got str"):
        check_internals({"soul": "deep"})
    with pytest.raises(ValueError, match=r"internals\['soul'\] must not be empty"):
        check_internals({"soul": np.zeros((3, 0))})
    with pytest.raises(ValueError, match=r"internals\['usage'\] must have the shape \[N=4\], got \[5\]"):
        check_internals({"write_weighting": np.zeros(4), "usage": np.zeros(5)})
    with pytest.raises(ValueError, match=r"shape \[R=2, 3\], got \[2, 4\]"):
        check_internals({"free_gates": np.zeros(2), "read_modes": np.zeros((2, 4))})
    arrays = check_internals({"value": 1, "memory": [[1, 2], [3, 4]]})
    assert {name: array.dtype for name, array in arrays.items()} == {"value": "float32", "memory": "float32"}


def test_last_written():
    write = np.zeros((3, 4), np.float32)
    write[0, 1] = write[2, 1] = 0.9
    write[1, 2] = 0.05
    steps = [Step(view(), internals={"write_weighting": row}, action=0, control="agent") for row in write]
    episode = Episode((*steps, Step(view=view())))
    assert [episode.last_written(1, t) for t in range(4)] == [0, 0, 2, 2]
    assert episode.last_written(2, 3) is None
    assert Episode((Step(view=view()),)).last_written(0, 0) is None


def test_boundaries_and_captions():
    episode = agent_episode()
    go = episode.go_step()
    scene = scene_of(episode.view(0))
    assert boundaries(scene, episode) == [0, go, go + 1, len(episode)]
    goal = episode.view(go)["cued_goal"]
    assert scene.caption(episode.view(go)) == f"go {goal}"
    assert scene.caption(episode.view(go + 1)) == "act"
    first = episode.view(0)
    assert scene.caption(first) == f"{first['shown_goal']} {first['shown_constraint']}"
    with pytest.raises(ValueError, match="at least one observation"):
        Episode(())


class Copying(gym.Env):
    """A stand-in for a sequence task: actions are outputs for four channels."""

    observation_space = gym.spaces.Box(0.0, 1.0, (5,))
    action_space = gym.spaces.Box(0.0, 1.0, (4,))

    def reset(self, *, seed=None, options=None):
        self._given = []
        return np.zeros(5, np.float32), {}

    def step(self, action):
        assert self.action_space.contains(np.asarray(action, np.float32))
        self._given.append(np.asarray(action).tolist())
        return np.zeros(5, np.float32), 0.0, len(self._given) == 17, False, {}

    def view(self):
        t = len(self._given)
        return sequence_view(t, outputs=[*self._given, *[None] * (17 - t)])


def copying_act(obs, info, start):
    return np.full(4, 0.25, np.float32), {"hidden": np.ones(3), "huge": np.zeros(MOST_NUMBERS + 1)}


def test_actions_of_many_numbers(tmp_path):
    episode = record_episode(Copying(), copying_act, seed=3)
    assert episode.finished
    assert episode.actions == [[0.25] * 4] * 17
    assert episode.known == {"hidden"}
    assert dict(episode.left_out) == {"huge": (MOST_NUMBERS + 1,)}
    again = load(save(episode, tmp_path / "e.npz"))
    assert again.actions == episode.actions
    part = World(Copying(), copying_act).branch(again, 5)
    assert part.actions == [[0.25] * 4] * 5


def test_internals_keep_their_shape():
    shapes = iter([(3,), (4,)])

    def act(obs, info, start):
        return 0, {"row": np.ones(next(shapes))}

    with pytest.raises(ValueError, match=r"internals\['row'\] must keep the shape \[3\], got \[4\]"):
        record_episode(make_env(), act, seed=0)

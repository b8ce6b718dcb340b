"""A trained agent in the viewer does what it does elsewhere, and tells what its memory did."""

import gymnasium as gym
import numpy as np
import pytest

from shrdlu_env.viewer import load, record_episode, save
from shrdlu_env.viewer.recording.internals import KNOWN as INTERNALS
from tests.shrdlu_env.viewer.samples import plain_episode
from tests.train.tiny import TINY, train, vary
from train import watching
from train.cli import main
from train.experiments.mini_shrdlu.wiring import build
from train.experiments.mini_shrdlu.worlds import ENV_ID, world_arguments
from train.watching import WatchedAgent, watched

LSTM = vary(vary(TINY, "agent", core="lstm", shared_core=False), "learn", fork=False)
TWO_CORES = vary(TINY, "agent", shared_core=False)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "tiny"
    train(path, 16)
    return path


@pytest.mark.parametrize("config", [TINY, LSTM, TWO_CORES], ids=["dnc", "lstm", "two cores"])
def test_it_acts_as_predict_does(config):
    agent = build(config)
    env = gym.make(ENV_ID, **world_arguments(config.world, lesson=3))
    watched_agent = WatchedAgent(agent.policy)
    for seed in range(3):
        obs, info = env.reset(seed=seed)
        state, start, over = None, True, False
        while not over:
            action, internals = watched_agent(obs, info, start)
            expected, state = agent.predict(obs, state, np.array([start]), deterministic=True)
            assert action == expected
            assert internals["probabilities"].argmax() == action
            obs, _, over, _, info = env.step(action)
            start = False
    env.close()


def test_what_it_tells_is_what_the_viewer_knows():
    config = TINY
    agent = build(config)
    env = gym.make(ENV_ID, **world_arguments(config.world, lesson=2))
    episode = record_episode(env, WatchedAgent(agent.policy), seed=1)
    env.close()
    assert episode.known >= frozenset(INTERNALS)
    sizes = {"A": 7, "N": config.agent.memory_size, "W": config.agent.word_size, "R": config.agent.read_heads}
    for name, shape in INTERNALS.items():
        expected = tuple(sizes.get(part, part) for part in shape)
        assert np.shape(episode.steps[0].internals[name]) == expected
    modes = episode.stack("read_modes")[:-1]
    np.testing.assert_allclose(modes.sum(-1), 1.0, rtol=1e-5)


def test_the_lesson_is_the_one_reached_unless_named(run):
    assert watched(run, lesson=None, deterministic=True)[0].env_kwargs["lesson"] == 1
    assert watched(run, lesson=9, deterministic=True)[0].env_kwargs["lesson"] == 9
    with pytest.raises(ValueError, match="lesson=27"):
        watched(run, lesson=27, deterministic=True)


@pytest.mark.parametrize(
    ("name", "flags", "said"),
    [
        ("film.avi", [], "export=film.avi; it must end in one of .mp4, .gif, .png, .txt, .npz"),
        ("film", [], "it must end in one of"),
        *((f"film{suffix}", ["--step", "1"], "step with export=film") for suffix in (".txt", ".npz")),
        *(
            (f"film{suffix}", ["--speed", "2"], "speed with export=film")
            for suffix in (".png", ".txt", ".npz")
        ),
        *(
            (f"film{suffix}", ["--notes"], "notes with export=film")
            for suffix in (".mp4", ".gif", ".txt", ".npz")
        ),
    ],
)
def test_what_cannot_be_written_is_said_before_an_episode_is_played(
    run, tmp_path, monkeypatch, capsys, name, flags, said
):
    def played(*_, **__):
        raise AssertionError("played for nothing")

    monkeypatch.setattr(watching, "record_episode", played)
    monkeypatch.chdir(tmp_path)
    source = save(plain_episode(), tmp_path / "episode.npz")
    for command in (["watch", str(run)], ["replay", str(source)]):
        with pytest.raises(SystemExit):
            main([*command, "--export", name, *flags])
        error = capsys.readouterr().err
        assert said in error
        assert error.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["episode.npz"]


@pytest.mark.parametrize(
    ("flags", "said"), [(["--step", "0"], "step"), (["--speed", "3"], "speed"), (["--notes"], "notes")]
)
def test_a_window_has_nothing_of_what_is_said_of_files(run, tmp_path, monkeypatch, capsys, flags, said):
    source = save(plain_episode(), tmp_path / "episode.npz")
    for command in (["watch", str(run)], ["replay", str(source)]):
        with pytest.raises(SystemExit):
            main([*command, *flags])
        assert f"{said} without export; only ." in capsys.readouterr().err


def test_recording_takes_paths_as_text(run, tmp_path):
    episode = watching.record(str(run), str(tmp_path / "e.npz"))
    assert len(load(tmp_path / "e.npz")) == len(episode)
    with pytest.raises(ValueError, match=r"out=.*e\.avi; it must end in"):
        watching.record(str(run), str(tmp_path / "e.avi"))
    with pytest.raises(TypeError, match="out=3: must be a path"):
        watching.record(str(run), 3)


def test_the_command_writes_episodes_and_replays_them(run, tmp_path, capsys):
    npz, text, picture = tmp_path / "e.npz", tmp_path / "e.txt", tmp_path / "e.png"
    main(["watch", str(run), "--lesson", "2", "--seed", "4", "--export", str(npz)])
    main(["replay", str(npz), "--export", str(text)])
    main(["watch", str(run), "--lesson", "2", "--seed", "4", "--export", str(picture), "--step", "1"])
    assert load(npz).seed == 4
    assert load(npz).known >= frozenset(INTERNALS)
    assert len(text.read_text()) > 500
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert capsys.readouterr().out.count("saved: ") == 3
    for arguments in (["watch", str(tmp_path / "none")], ["replay", str(text), "--export", "x.png"]):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 2
        assert capsys.readouterr().err.count("\n") == 1

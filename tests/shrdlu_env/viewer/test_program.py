"""play, watch and replay from end to end; Gymnasium's RecordVideo; a real X server where there is one."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
from gymnasium.wrappers import RecordVideo

import shrdlu_env.viewer as viewer
from shrdlu_env.viewer._pygame import pygame
from shrdlu_env.viewer.panels.keys import KEYS
from shrdlu_env.viewer.program import api, window
from shrdlu_env.viewer.program.app import App
from shrdlu_env.viewer.scenes.blocks.demo import DemoAgent
from tests.shrdlu_env.viewer.samples import KWARGS, SEED, agent_episode, make_env, sequence_view

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def keys(monkeypatch):
    """Types these keys, one a turn of the loop, into the next program; the last one should quit."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")

    def type_in(*codes):
        todo = list(codes)
        step = App.step

        def typing_step(self, seconds):
            if todo:
                pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=todo.pop(0), mod=0))
            step(self, 0.4)

        # A real window opens before events can be posted.
        monkeypatch.setattr(App, "step", lambda self, s: (self._window.open(self.size), typing_step(self, s)))

    return type_in


def test_play(keys, tmp_path):
    keys(pygame.K_RIGHT, pygame.K_RIGHT, pygame.K_g, pygame.K_ESCAPE)
    episode = viewer.play({**KWARGS, "render_mode": "human"}, SEED, hidden=True, folder=tmp_path)
    assert (episode.seed, len(episode)) == (SEED, 2)
    assert not pygame.display.get_init()


def test_watch(keys, tmp_path):
    keys(pygame.K_SPACE, pygame.K_t, pygame.K_RIGHT, pygame.K_ESCAPE)
    episode = viewer.watch(DemoAgent, KWARGS, SEED, agent="demo", folder=tmp_path)
    assert [step.control for step in episode.steps[:-1]][-1] == "person"
    assert episode.agent == "demo"


def test_replay(keys, tmp_path):
    path = viewer.save(agent_episode(), tmp_path / "episode.npz")
    keys(pygame.K_END, pygame.K_h, pygame.K_ESCAPE, pygame.K_ESCAPE)
    assert viewer.replay(path).actions == agent_episode().actions
    path.write_bytes(b"broken")
    with pytest.raises(ValueError, match="is no episode"):
        viewer.replay(path)


def test_public_names():
    for name in viewer.__all__:
        assert getattr(viewer, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        viewer.nonsense  # noqa: B018


def test_importing_the_package_does_not_load_pygame():
    script = (
        "import sys, shrdlu_env.viewer, shrdlu_env.viewer.recording.world; print('pygame' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "False"


def test_the_document_names_every_key():
    document = (ROOT / "docs" / "reference" / "viewer.md").read_text("utf-8")
    table = document[document.index("| key | does |") : document.index("| mouse | does |")]
    for key in KEYS:
        assert key.label in table


def test_the_benchmark_runs():
    spec = importlib.util.spec_from_file_location("viewer_speed", ROOT / "benchmarks" / "viewer_speed.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    result = module.main(frames=8, width=640, height=400)
    assert min(result["play_fps"], result["point_fps"], result["drag_fps"]) > 0
    json.dumps(result)


def record(folder):
    env = RecordVideo(make_env(render_mode="rgb_array"), str(folder), episode_trigger=lambda episode: True)
    env.reset(seed=0)
    over, steps = False, 0
    while not over:
        _, _, over, _, _ = env.step(0)
        steps += 1
    env.close()
    return steps


@pytest.mark.skipif(importlib.util.find_spec("moviepy") is not None, reason="moviepy is installed")
def test_record_video_gets_its_frames(tmp_path, monkeypatch):
    """Gymnasium's RecordVideo needs moviepy, which is not ours to bring: a stand-in takes the frames."""
    clips = []

    class Clip:
        def __init__(self, frames, fps):
            clips.append((frames, fps))

        def write_videofile(self, path, **more):
            Path(path).touch()

    package, module = types.ModuleType("moviepy"), types.ModuleType("moviepy.video.io.ImageSequenceClip")
    package.__path__ = []
    module.ImageSequenceClip = Clip
    for name in ("moviepy", "moviepy.video", "moviepy.video.io"):
        monkeypatch.setitem(sys.modules, name, package)
    monkeypatch.setitem(sys.modules, "moviepy.video.io.ImageSequenceClip", module)
    steps = record(tmp_path / "video")
    ((frames, fps),) = clips
    assert len(frames) == steps + 1
    assert fps == make_env().metadata["render_fps"]
    assert {frame.shape for frame in frames} == {frames[0].shape}
    assert frames[0].dtype == np.uint8
    assert not np.array_equal(frames[0], frames[-1])


@pytest.mark.skipif(importlib.util.find_spec("moviepy") is None, reason="needs moviepy")
def test_record_video_with_moviepy(tmp_path):
    record(tmp_path / "video")
    assert [path.suffix for path in (tmp_path / "video").iterdir()].count(".mp4") == 1


def test_without_a_display_the_program_says_so():
    """SDL would draw into nowhere, and nobody could press Esc."""
    script = (
        "from shrdlu_env.viewer.program.app import App\n"
        "from shrdlu_env.viewer.program.player import Player\n"
        "from tests.shrdlu_env.viewer.samples import plain_episode\n"
        "try: App(Player(plain_episode(), 'agent')).run()\n"
        "except OSError as error: print(error)\n"
    )
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER", "SDL_VIDEO_DRIVER", "XDG_RUNTIME_DIR")
    environment = {k: v for k, v in os.environ.items() if k not in hidden}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, env=environment
    )
    assert "--export" in done.stdout or "no window can be opened" in done.stdout
    # SDL's own complaint, which comes first on machines without a session, is not shown beside it.
    assert "XDG_RUNTIME_DIR" not in done.stderr
    assert (done.returncode, done.stdout.count("\n")) == (0, 1)


def test_human_mode_without_a_display_is_an_error():
    """Not silence: SDL would draw into nowhere."""
    script = (
        "from tests.shrdlu_env.viewer.samples import make_env\n"
        "env = make_env(render_mode='human')\n"
        "try: env.reset(seed=0); env.render()\n"
        "except OSError as error: print(error)\n"
        "import pygame; print(pygame.display.get_init())\n"
    )
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER", "SDL_VIDEO_DRIVER")
    environment = {k: v for k, v in os.environ.items() if k not in hidden}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, env=environment
    )
    said, closed = done.stdout.splitlines()
    assert "display" in said or "no window can be opened" in said
    assert closed == "False"


def test_a_word_in_the_terminal_while_it_loads(keys, tmp_path, capsys):
    keys(pygame.K_ESCAPE)
    viewer.watch(DemoAgent, KWARGS, SEED, agent="demo", folder=tmp_path)
    said = capsys.readouterr()
    assert said.out == ""
    assert "demo plays an episode" in said.err
    assert "Opening the window" in said.err


def test_a_world_that_is_only_watched_is_not_played(monkeypatch):
    import gymnasium as gym

    class Threads(gym.Env):
        observation_space = action_space = gym.spaces.Box(0.0, 1.0, (4,))

        def reset(self, **how):
            return np.zeros(4, np.float32), {}

        def view(self):
            return sequence_view(0)

    monkeypatch.setattr(gym, "make", lambda env_id, **how: Threads())
    with pytest.raises(ValueError, match=r"env_id='x' cannot be played by hand: Sequences are watched"):
        viewer.play(env_id="x")


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="needs Xvfb")
def test_on_a_real_x_server(tmp_path):
    """The window opens on X11, is drawn, and Esc closes it."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1400x900x24", "-nolisten", "tcp"],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        display = pipe.readline().strip()
    script = (
        "import sys, pygame\n"
        "from shrdlu_env.viewer.program.app import App\n"
        "from shrdlu_env.viewer.program.player import Player\n"
        "from tests.shrdlu_env.viewer.samples import agent_episode\n"
        "app = App(Player(agent_episode(), 'agent'), 'test')\n"
        "for _ in range(3): app.step(0.1)\n"
        "screen = pygame.display.get_surface()\n"
        "print(pygame.display.get_driver(), screen.get_size(), len(set(screen.get_buffer().raw)) > 20)\n"
        "pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_ESCAPE, mod=0))\n"
        "app.run()\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "SDL_VIDEODRIVER"}
    environment["DISPLAY"] = f":{display}"
    try:
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, env=environment
        )
    finally:
        server.terminate()
        server.wait()
    assert (done.returncode, done.stdout.strip()) == (0, "x11 (1120, 700) True"), done.stderr


def test_without_a_display_nothing_is_played_for_a_window(monkeypatch):
    def refuse():
        raise OSError("there is no display")

    def played(env):
        raise AssertionError("played for nothing")

    monkeypatch.setattr(api, "check_display", refuse)
    with pytest.raises(OSError, match="there is no display"):
        api.watch(played)


def test_a_window_needs_a_display_that_can_be_seen(monkeypatch):
    window.check_display()  # a driver that was chosen will do
    for name in ("SDL_VIDEODRIVER", "SDL_VIDEO_DRIVER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(window.pygame.display, "get_driver", lambda: "offscreen")
    with pytest.raises(OSError, match="write a file instead"):
        window.check_display()

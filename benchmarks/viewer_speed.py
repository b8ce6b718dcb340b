"""Print the viewer's speed as one JSON object: `python benchmarks/viewer_speed.py [frames] [width] [height]`.

Every panel is on show: board with a move under way, goals, actions, value, weightings, memory, time bar.
Frames per second are `frames / CPU seconds`, drawing only, for three ways of looking:

- play_fps: an episode plays at 2 steps per second, 60 frames per second: what watching costs.
- point_fps: the same with the mouse wandering over the memory.
- drag_fps: every frame shows another step, as when the time bar is dragged: the most a frame can cost.

`slowest_ms` is the slowest single frame while playing, in milliseconds of CPU time.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator

import gymnasium as gym

import shrdlu_env  # noqa: F401  (registers the environments)
from shrdlu_env.viewer import DemoAgent, Episode, record_episode
from shrdlu_env.viewer.panels.renderer import Renderer
from shrdlu_env.viewer.recording.frame import Frame

LESSON = 15
LOCATIONS = 32
SPEED = 2.0
FPS = 60.0


def sample_episode() -> Episode:
    """Nine goals of four or five constraints, and an agent with a memory of 32 x 20 and three read heads."""
    env = gym.make("shrdlu_env/MiniShrdlu-v0", lesson=LESSON)
    episode = record_episode(env, DemoAgent(env, locations=LOCATIONS, heads=3), seed=1, agent="demo")
    env.close()
    return episode


def playing(episode: Episode, frames: int, point: bool) -> Iterator[Frame]:
    """Frames of an episode that plays, from shortly before the go cue on and round again."""
    start = max(0, (episode.go_step() or 0) - 4)
    span = len(episode) - start
    for k in range(frames):
        position = start + (k * SPEED / FPS) % span
        location = k // 3 % LOCATIONS if point else None
        yield Frame(episode, position, "agent", playing=True, location=location)


def dragging(episode: Episode, frames: int) -> Iterator[Frame]:
    """Frames that show another step each."""
    for k in range(frames):
        yield Frame(episode, float(k % (len(episode) + 1)), "agent")


def measure(frames: Iterable[Frame], size: tuple[int, int]) -> tuple[float, float]:
    """Frames per second of CPU time, and the slowest frame in milliseconds."""
    renderer = Renderer()
    spent = []
    for k, frame in enumerate(frames):
        begin = time.process_time()
        renderer.draw(frame, size)
        # The first frame loads fonts and draws the blocks: a cost of opening the window, not of running.
        if k:
            spent.append(time.process_time() - begin)
    return len(spent) / sum(spent), 1000 * max(spent)


def main(frames: int = 600, width: int = 1280, height: int = 800) -> dict[str, float]:
    """Measure all three ways of looking."""
    episode = sample_episode()
    size = (width, height)
    play_fps, slowest = measure(playing(episode, frames, point=False), size)
    point_fps, _ = measure(playing(episode, frames, point=True), size)
    drag_fps, _ = measure(dragging(episode, frames // 4), size)
    return {
        "frames": frames,
        "width": width,
        "height": height,
        "play_fps": round(play_fps, 1),
        "point_fps": round(point_fps, 1),
        "drag_fps": round(drag_fps, 1),
        "slowest_ms": round(slowest, 2),
    }


if __name__ == "__main__":
    print(json.dumps(main(*map(int, sys.argv[1:]))))

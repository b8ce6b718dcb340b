"""Views, episodes and worlds that the viewer's tests share."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import gymnasium as gym
import imageio_ffmpeg
import numpy as np

import shrdlu_env  # noqa: F401  (registers the environments)
from shrdlu_env.text import encode_words, parse
from shrdlu_env.viewer.recording.episode import Episode, Step
from shrdlu_env.viewer.recording.world import World, planner_act, record_episode
from shrdlu_env.viewer.scenes.blocks.demo import DemoAgent

ENV_ID = "shrdlu_env/MiniShrdlu-v0"
KWARGS = {"lesson": 4}
SEED = 5


def view(**changes: Any) -> dict[str, Any]:
    """A view in the middle of acting; keyword arguments replace entries."""
    return {
        "scene": "blocks",
        "phase": "act",
        "step": 7,
        "shown_goal": None,
        "shown_constraint": None,
        "goals": {"Q": ["6b2", "1l4"], "B": ["3a5"], "Z": ["2r6", "4a1", "5l3"]},
        "go": True,
        "cued_goal": "Q",
        "board": [[0, 0, 0], [2, 0, 4], [6, 5, 3]],
        "board_size": 3,
        "blocks": 5,
        "letters": ["Q", "B", "Z"],
        "constraints": [("6b2", True), ("1l4", False)],
        "min_moves": 3,
        "moves": 1,
        "moves_left": 8,
        "steps_total": 15,
        "last_action": "1>3",
        "last_legal": True,
        "optimal_actions": ["1>2"],
        "reward": 1.0,
        "episode_return": 1.0,
        "satisfied": 0.5,
        "success": False,
        "perfect": False,
        "lesson": 4,
        "terminated": False,
        **changes,
    }


def make_env(**kwargs: Any) -> gym.Env[Any, Any]:
    return gym.make(ENV_ID, **{**KWARGS, **kwargs})


def person_world(**kwargs: Any) -> World:
    return World(make_env(**kwargs))


def agent_world(**kwargs: Any) -> World:
    env = make_env(**kwargs)
    return World(env, DemoAgent(env, locations=16, width=8, heads=2), "demo")


@cache
def agent_episode() -> Episode:
    """A whole episode of the demonstration agent, with all internals."""
    world = agent_world()
    episode = world.finish(world.start(SEED))
    world.close()
    return episode


@cache
def plain_episode() -> Episode:
    """A whole episode of an agent that shows no more than its probabilities."""
    return record_episode(make_env(), planner_act, seed=SEED, agent="planner")


def graph_view(step: int, **changes: Any) -> dict[str, Any]:
    edges = [(0, "12", 1), (1, "7", 2), (2, "12", 0), (2, "30", 3), (3, "7", 4), (4, "5", 0)]
    return {
        "scene": "graph",
        "phase": "describe",
        "step": step,
        "steps_total": 9,
        "task": "traversal",
        "nodes": ["505", "247", "827", "746", "817"],
        "edges": edges,
        "positions": None,
        "told": min(step + 1, len(edges)),
        "current": None,
        "trail": [],
        "query": [],
        "answer": [],
        "caption": f"edge {step + 1}",
        "terminated": False,
        **changes,
    }


def graph_episode() -> Episode:
    """Six edges, a query, two answers (the second wrong)."""
    views = [graph_view(t) for t in range(6)]
    query = [("505", "12", None), (None, "7", None)]
    views.append(graph_view(6, phase="query", query=query, caption="query"))
    right, wrong = (("505", "12", "247"), True), (("247", "7", "746"), False)
    views.append(graph_view(7, phase="answer", query=query, answer=[right], current=1, trail=[0, 1]))
    views.append(
        graph_view(
            8, phase="answer", query=query, answer=[right, wrong], current=2, trail=[0, 1, 2], terminated=True
        )
    )
    last = len(views) - 1
    steps = [
        Step(view=v, action=None if t == last else 0, control=None if t == last else "agent")
        for t, v in enumerate(views)
    ]
    return Episode(tuple(steps))


def sequence_view(step: int, steps: int = 8, width: int = 4, **changes: Any) -> dict[str, Any]:
    """Copying `steps` columns of bits; the network is wrong in one bit of its second answer."""
    rng = np.random.default_rng(steps)
    bits = rng.integers(0, 2, (steps, width)).astype(float)
    total = 2 * steps + 1
    inputs = np.zeros((total, width + 1))
    inputs[:steps, :width] = bits
    inputs[steps, width] = 1.0
    targets: list[list[float | None]] = [[None] * width] * (steps + 1) + bits.tolist()
    given = 0.04 + 0.92 * bits
    if steps > 1:
        given[1, 2] = 1 - given[1, 2]
    outputs = [[0.5] * width] * (steps + 1) + given.tolist()
    phase = "describe" if step < steps else "query" if step == steps else "answer"
    answered = max(0, step - steps - 1)
    return {
        "scene": "sequence",
        "task": "copy",
        "phase": phase,
        "step": step,
        "steps_total": total,
        "inputs": inputs.tolist(),
        "targets": targets,
        "outputs": [row if t < step else None for t, row in enumerate(outputs)],
        "channels": ["end"],
        "terminated": step == total,
        "satisfied": 1.0 if answered < 2 else 1 - 1 / (answered * width),
        "reward": 0.0,
        "episode_return": 0.0,
        **changes,
    }


def sequence_episode(steps: int = 8, locations: int = 16, insides: bool = True) -> Episode:
    """Copying with a memory that writes one location a step and reads them again in order."""
    total = 2 * steps + 1
    rng = np.random.default_rng(0)
    memory, link = np.zeros((locations, 6)), np.zeros((locations, locations))
    found = []
    for t in range(total + 1):
        write = np.full(locations, 0.01)
        read = np.full(locations, 0.5 / locations)
        if t < steps:
            write[t % locations] = 0.9
            memory[t % locations] = rng.normal(0, 1, 6)
            if t:
                link[t % locations, (t - 1) % locations] = 0.9
        elif t > steps:
            read[(t - steps - 1) % locations] = 0.5
        told = {
            "write_weighting": write,
            "read_weightings": read[None],
            "memory": memory.copy(),
            "link": link.copy(),
            "hidden": np.tanh(rng.normal(0, 1, 12)),
            "shift": np.float32(rng.normal()),
            "key_strength_table": rng.normal(0, 1, (3, 5)),
        }
        last = t == total
        internals = None if last or not insides else {k: np.array(v, np.float32) for k, v in told.items()}
        action = None if last else [0.5] * 4
        found.append(
            Step(
                sequence_view(t, steps),
                internals=internals,
                action=action,
                control=None if last else "agent",
            )
        )
    return Episode(tuple(found), agent="demo")


STORY = (
    "1 mary took the milk.\n2 mary went to the park.\n3 where is the milk?\tpark\t1 2\n"
    "4 is mary in the park?\tyes\t2"
)


def story_episode(locations: int = 8) -> Episode:
    """Every first word of a line is written to a location of its own; answers are read from the second line.

    The first question is answered right, the second wrong.
    """
    env = gym.make("shrdlu_env/QuestionAnswering-v0")
    written = iter(range(locations))

    def act(obs: np.ndarray, info: dict[str, Any], start: bool) -> tuple[int, dict[str, np.ndarray]]:
        view = env.unwrapped.view()  # type: ignore[attr-defined]
        begins = np.cumsum([0, *(len(line["words"]) + len(line["answer"]) for line in view["lines"])])
        write, read = np.zeros(locations), np.full((2, locations), 0.25 / locations)
        if view["step"] in begins:
            write[next(written)] = 1.0
        if view["phase"] == "answer":
            read[0, 1] += 0.75
        inside = {"write_weighting": write, "read_weightings": read, "memory": np.tile(write, (3, 1)).T}
        return encode_words(["park"])[0], inside

    episode = record_episode(env, act, seed=0, options={"stories": parse(STORY, 1)})
    env.close()
    return episode


def count(picture: np.ndarray, colour: tuple[int, int, int]) -> int:
    """Pixels of exactly this colour."""
    return int((picture == np.array(colour)).all(-1).sum())


def read_film(path: Path, size: tuple[int, int]) -> np.ndarray:
    """The frames of a film as uint8[frames, h, w, 3], decoded by ffmpeg."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-i", str(path)]
    done = subprocess.run(
        [*command, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], capture_output=True, check=True
    )
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, size[1], size[0], 3)

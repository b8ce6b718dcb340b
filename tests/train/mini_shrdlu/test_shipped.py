"""The shipped agent: small enough to ship, loads with this version, and does what its run completed."""

from pathlib import Path

import numpy as np
import pytest

from dnc_agent import DNC
from shrdlu_env.blocks.lessons import LESSONS
from train.agents import load_agent
from train.experiments.mini_shrdlu.evaluation import evaluate_lesson

AGENT = Path(__file__).parents[3] / "checkpoints" / "mini-shrdlu"
MOST_BYTES = 8 * 2**20


def test_every_shipped_file_is_small_enough():
    files = [path for path in AGENT.parent.rglob("*") if path.is_file()]
    assert AGENT / "agent.safetensors" in files
    assert max(path.stat().st_size for path in files) <= MOST_BYTES


@pytest.mark.parametrize("lesson", [1, 12, len(LESSONS)])
def test_the_shipped_agent_passes_the_gate_on_fresh_puzzles(lesson):
    agent, found = load_agent(AGENT)
    assert isinstance(agent.policy.policy_core, DNC)
    assert found.extra["run"]["completed"] >= lesson
    score = evaluate_lesson(
        agent, found.config.world, lesson, episodes=160, rng=np.random.default_rng([20, lesson])
    )
    assert score.satisfied >= 0.85

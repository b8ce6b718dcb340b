"""The same code runs as plain Python where numba is missing, and gives the same episodes."""

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import hashlib, sys, warnings
warnings.simplefilter("error")
if "block" in sys.argv:
    sys.modules["numba"] = None
import numpy as np
import shrdlu_env
from shrdlu_env._jit import HAVE_NUMBA
assert HAVE_NUMBA != ("block" in sys.argv)
digest = hashlib.sha256()
large = {"board_size": 5, "blocks": (7, 7), "depth": (1, 1)}
for kwargs in ({"board_size": 2, "lesson": 1}, {"lesson": 2}, large):
    env = shrdlu_env.MiniShrdluVectorEnv(3, autoreset_mode="SameStep", **kwargs)
    observations, infos = env.reset(seed=1)
    rng = np.random.default_rng(0)
    for step in range(15 if kwargs.get("board_size", 3) < 5 else 4):
        for array in (observations, infos["optimal_actions"], infos["action_mask"]):
            digest.update(array.tobytes())
        observations, rewards, _, _, infos = env.step(rng.integers(0, env.single_action_space.n, 3))
        digest.update(rewards.tobytes())
print(digest.hexdigest())
"""


def run(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_episodes_are_the_same_without_numba():
    assert run("block") == run()
    assert len(run()) == len(hashlib.sha256().hexdigest())

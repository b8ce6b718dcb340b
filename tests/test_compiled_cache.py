"""Machine code on disk that was cut short is noticed, dropped and compiled again: in both packages."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("numba")
ROOT = Path(__file__).resolve().parents[1]
WORLD = """
import numpy as np
from shrdlu_env.blocks.rules import measure
heights = np.zeros(2, np.int8)
measure(np.array([1, 2, 3, 0], np.int8), 2, heights)
print(heights.tolist())
"""
# `kernel` caches a function by its source file, so the script itself is a file.
KERNEL = """
import numpy as np
from dnc_agent.kernels.jit import kernel


@kernel
def double(x):
    for i in range(len(x)):
        x[i] *= 2


values = np.array([1.0, 2.0])
double(values)
print(values.tolist())
"""


def run(script: Path, cache: Path) -> str:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def cut(path: Path, share: float) -> None:
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])


@pytest.mark.parametrize(
    ("source", "function", "expected"),
    [(WORLD, "measure", "[2, 1]"), (KERNEL, "double", "[2.0, 4.0]")],
    ids=["world", "kernel"],
)
def test_a_cache_cut_short_is_mended(tmp_path, source, function, expected):
    script, cache = tmp_path / "script.py", tmp_path / "cache"
    script.write_text(source)
    assert run(script, cache) == expected
    for kind in ("nbi", "nbc"):
        for share in (0.0, 0.5, 0.95):
            files = [path for path in cache.rglob(f"*.{kind}") if f".{function}-" in path.name]
            assert len(files) == 1
            whole = files[0].stat().st_size
            cut(files[0], share)
            assert run(script, cache) == expected
            # It is whole again, for the next one to read.
            assert files[0].stat().st_size == pytest.approx(whole, rel=0.02)

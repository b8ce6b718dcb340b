"""Small faults put into the code, one at a time: how many do the tests notice?

`python -m tests.mutants` works on a copy of the tree. Libraries are imported once; each mutant is tried in a process
forked from that, which stops at the first test that fails.
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

from tests.mutants.mutating import Mutant, applied, draw
from tests.mutants.packages import PACKAGES, Package

ROOT = Path(__file__).resolve().parents[2]
#: Imported once, so that a mutant costs its tests and little else.
LIBRARIES = ("torch", "numba", "gymnasium", "stable_baselines3", "tensorboard", "tyro", "rich", "pytest")
#: A mutant may take so many times as long as the tests do on the code as it is, and some seconds.
PATIENCE = 4.0
#: What the tests said, beside the tree.
SAID = "said.txt"


def tried(tree: Path, package: Package, limit: float) -> str:
    """Run a package's tests on the tree as it stands: "survived", "killed" or "timeout"."""
    child = os.fork()
    if child == 0:
        _child(tree, package)
    end = time.monotonic() + limit
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return "survived" if status == 0 else "killed"
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "timeout"


def _child(tree: Path, package: Package) -> None:
    code = 70
    try:
        os.setsid()
        said = os.open(tree.parent / SAID, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        for stream in (0, 1, 2):
            os.dup2(said, stream)
        os.chdir(tree)
        os.environ["PYTHONPATH"] = str(tree)
        for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
            del sys.modules[name]
        sys.path[:] = [str(tree), *(place for place in sys.path if Path(place or ".").resolve() != ROOT)]
        sys.dont_write_bytecode = True
        import numba
        import pytest

        numba.config.DISABLE_JIT = not package.compiled
        code = int(pytest.main(["-x", "-p", "no:xdist", "-p", "no:randomly", *package.tests]))
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def copied(folder: Path) -> Path:
    """A copy of what git knows, changes of the working tree included."""
    tree = folder / "tree"
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, tree / name)
    return tree


def change(text: str, mutant: Mutant) -> str:
    """The changed lines, as a diff without context."""
    lines = difflib.unified_diff(text.splitlines(), applied(text, mutant).splitlines(), n=0, lineterm="")
    return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))


def run(name: str, tree: Path, count: int, seed: int) -> dict[str, Any]:
    """Try a sample of a package's mutants.

    Raises:
        RuntimeError: if its tests fail on the code as it is.
    """
    package = PACKAGES[name]
    # Twice: the first compiles.
    for _ in range(2):
        begun = time.monotonic()
        if tried(tree, package, 1200) != "survived":
            said = (tree.parent / SAID).read_text("utf-8", errors="replace")
            raise RuntimeError(f"{name}: the tests fail without a mutant\n{said[-2000:]}")
        seconds = time.monotonic() - begun
    chosen, total = draw(tree, package.sources, count, seed)
    result: dict[str, Any] = {
        "total": total,
        "tried": len(chosen),
        "killed": 0,
        "timeout": 0,
        "survivors": [],
    }
    for mutant in chosen:
        path = tree / mutant.path
        text = path.read_text("utf-8")
        path.write_text(applied(text, mutant), "utf-8")
        try:
            found = tried(tree, package, 30 + PATIENCE * seconds)
        finally:
            path.write_text(text, "utf-8")
        if found == "survived":
            result["survivors"].append({**mutant._asdict(), "change": change(text, mutant)})
            print(
                f"survived: {mutant.path}:{mutant.line} {mutant.operator}\n{change(text, mutant)}", flush=True
            )
        else:
            result[found] += 1
    return result


def main() -> None:
    """Try mutants package by package, print scores, keep them as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "packages", nargs="*", choices=[[], *PACKAGES], metavar="PACKAGE", help=", ".join(PACKAGES)
    )
    parser.add_argument("--count", type=int, default=30, help="mutants drawn of each package")
    parser.add_argument("--seed", type=int, default=0, help="of the draw")
    parser.add_argument("--out", type=Path, help="JSON file; packages that are in it and not tried stay")
    flags = parser.parse_args()
    os.environ |= {"CI": "1", "OMP_NUM_THREADS": "1", "SDL_VIDEODRIVER": "dummy", "MPLBACKEND": "Agg"}
    for library in LIBRARIES:
        importlib.import_module(library)
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    with tempfile.TemporaryDirectory() as folder:
        tree = copied(Path(folder))
        for name in flags.packages or PACKAGES:
            begun = time.monotonic()
            found = run(name, tree, flags.count, flags.seed)
            noticed = found["killed"] + found["timeout"]
            print(f"{name}: {noticed} of {found['tried']} noticed ({found['total']} in all)", flush=True)
            found |= {
                "commit": commit.strip(),
                "seed": flags.seed,
                "seconds": round(time.monotonic() - begun),
            }
            if flags.out is not None:
                kept = json.loads(flags.out.read_text("utf-8")) if flags.out.exists() else {}
                flags.out.write_text(json.dumps(kept | {name: found}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()

"""The whole of the fuzzers: `python -m tests.fuzz`, or some of it: `python -m tests.fuzz files lines --count 500`."""

from __future__ import annotations

import argparse
import math
import os
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

# Before any library is imported: no window opens, no library starts a thread for every core.
os.environ |= {"SDL_VIDEODRIVER": "dummy", "MPLBACKEND": "Agg", "OMP_NUM_THREADS": "1"}


def lines(count: int, seed: int, folder: Path) -> tuple[str, list[str]]:
    """Command lines."""
    from tests.fuzz import command_lines

    found = command_lines.fuzz(count, seed, folder)
    ends = ", ".join(f"{number} {code}" for code, number in found.codes.most_common())
    return f"{count} command lines, by exit code: {ends}", found.faults


def files(count: int, seed: int, folder: Path) -> tuple[str, list[str]]:
    """Harmed files."""
    from tests.fuzz import files

    found = files.fuzz(count, seed, folder)
    told = "; ".join(
        f"{name}: {found.refused[name]} refused, {found.accepted[name]} read" for name in files.KINDS
    )
    return f"{found.refused.total() + found.accepted.total()} files. {told}", found.faults


def calls(count: int, seed: int, folder: Path) -> tuple[str, list[str]]:
    """Odd calls; examples are Hypothesis's own, the same every time."""
    from tests.fuzz import surface

    faults = []
    share = math.ceil(count / len(surface.SURFACE))
    for name in surface.SURFACE:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                surface.fuzz(name, share)
        except AssertionError as error:
            faults.append(f"{name}: {error}")
    return f"{share * len(surface.SURFACE)} examples of calls", faults


def kills(count: int, seed: int, folder: Path) -> tuple[str, list[str]]:
    """Kills: one for every forty files."""
    from tests.fuzz import kills

    share = math.ceil(count / 80)
    found = [kills.fuzz(experiment, share, seed, folder) for experiment in kills.FLAGS]
    early = sum(part.before_checkpoint for part in found)
    ahead = sum(part.cut for part in found)
    told = f"{2 * share} kills, {early} before the first checkpoint, {ahead} with tables ahead of it"
    return told, [fault for part in found for fault in part.faults]


PARTS: dict[str, Callable[[int, int, Path], tuple[str, list[str]]]] = {
    "lines": lines,
    "files": files,
    "calls": calls,
    "kills": kills,
}


def main() -> None:
    """Run the parts one after the other; exit code 1 after a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], metavar="PART", help=", ".join(PARTS))
    parser.add_argument(
        "--count", type=int, default=2000, help="lines, files, calls; kills are a fortieth of it"
    )
    parser.add_argument("--seed", type=int, default=0, help="of lines, files and kills")
    flags = parser.parse_args()
    faults: list[str] = []
    for name in flags.parts or PARTS:
        begun = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            told, found = PARTS[name](flags.count, flags.seed, Path(folder))
        print(f"{name}: {told}. {len(found)} faults, {time.monotonic() - begun:.0f} s", flush=True)
        for fault in found:
            print(f"fault: {fault}", flush=True)
        faults += found
    raise SystemExit(bool(faults))


if __name__ == "__main__":
    main()

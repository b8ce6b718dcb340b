"""Command lines that nobody should type: refused in one line, or carried out; never a traceback or half a file."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import random
import re
import signal
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from tests.fuzz import sandbox
from tests.fuzz.kills import FLAGS
from train.cli import COMMANDS, main
from train.experiments import ROWS

#: Seconds after which a line that was accepted is stopped: windows stay open, benchmarks take their time.
PATIENCE = 1.5
PLACES = (
    *(
        "run",
        "copies",
        "exported",
        "cut",
        "flipped",
        "nested",
        "lacking",
        "untrained",
        "empty",
        "agent.safetensors",
    ),
    *("run/agent.safetensors", "copies/agent.safetensors", "run/config.json", "run/lessons.csv", "run/log"),
    *(
        "episode.npz",
        "broken.npz",
        "text.txt",
        "text.txt/inside",
        "none",
        "none/deeper",
        "new",
        "loop",
        ".",
        "",
        " ",
    ),
    *(
        "/dev/null",
        "/dev/full",
        "/proc/self/x",
        "n" * 300,
        "\udcff",
        "new.png",
        "new.gif",
        "new.txt",
        "new.npz",
    ),
)
NUMBERS = (
    *(
        "nan",
        "inf",
        "-inf",
        "1e308",
        "-1e308",
        "1e-320",
        "-1",
        "-0.0",
        "0",
        "1",
        "2",
        "3",
        "0.5",
        "1.5",
        "27",
        "1000",
    ),
    *(str(2**31), str(2**63), str(10**30), "1" * 5000, "0x10", "1_0", "٣", "1,5"),
)
WORDS = (
    *(
        "None",
        "none",
        "True",
        "abc",
        "ä",
        "\n",
        "a b",
        "[1]",
        "{}",
        "()",
        "'",
        "--",
        "-",
        "-h",
        "--help",
        "=",
        "@x",
    ),
    *("dnc", "lstm", "gru", "ntm", "default", "paper", "cuda", "mps", "cpu", "adam", "x" * 5000, *ROWS),
)
#: Many lines get so far that something is done.
TAILS = {
    "train": sandbox.NOTHING,
    "evaluate": ("--episodes=0",),
    "watch": ("--export=new.txt",),
    "replay": ("--export=new.txt",),
}
#: Imported before any line is stopped: a library imported by half answers with tracebacks of its own.
LIBRARIES = (
    *(
        "matplotlib.figure",
        "matplotlib.backends.backend_agg",
        "torch.utils.tensorboard",
        "pygame",
        "rich.progress",
    ),
    *("train.commands", "train.plots", "train.watching", "train.analysis.training", "shrdlu_env.benchmark"),
    *(
        "dnc_agent.benchmark",
        "train.experiments.mini_shrdlu.benchmark",
        "train.experiments.mini_shrdlu.report",
    ),
    *(
        "train.experiments.copying.report",
        "train.experiments.copying.watching",
        "shrdlu_env.viewer.program.window",
    ),
)
#: A file of these names is half a file.
PARTIAL = re.compile(r"\.tmp$|(^|/)\.[^/]+$")


class TooLongError(BaseException):
    """A line that was accepted took its time."""


@dataclass
class Outcome:
    """What came of the lines."""

    codes: Counter[object] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def flags_of(command: str) -> list[str]:
    """All flags that a command's help shows."""
    shown = io.StringIO()
    argv = [command, "memory-reuse", "--help"] if command == "analyse" else [command, "--help"]
    with contextlib.redirect_stdout(shown), contextlib.suppress(SystemExit):
        main(argv)
    return sorted(set(re.findall(r"--[a-z][a-z-]*", shown.getvalue())))


def lines(chance: random.Random) -> Iterator[list[str]]:
    """Command lines without end."""
    known = {command: flags_of(command) for command in COMMANDS}
    values = [*NUMBERS, *WORDS, *PLACES]
    while True:
        if chance.random() < 0.02:
            yield chance.choices(values, k=chance.randrange(3))
            continue
        command = chance.choice(list(COMMANDS))
        argv = [command]
        first = {
            "train": (*ROWS, "run"),
            "play": tuple(ROWS),
            "analyse": ("memory-reuse", "links", "memory-resize"),
        }
        if command in first and chance.random() < 0.8:
            argv.append(chance.choice(first[command]))
        elif command == "bench" and chance.random() < 0.3:
            argv.append(chance.choice(("env", "dnc", "train")))
        argv += chance.choices(PLACES, k=chance.choice((0, 1, 1, 1, 2)))
        if command == "train" and chance.random() < 0.7:
            argv[2:] = ["--run", chance.choice(PLACES)]
            if chance.random() < 0.3:
                argv += ["--branch", chance.choice(PLACES)]
        for _ in range(chance.choice((0, 1, 1, 1, 2, 3))):
            argv += _flag(chance, known[command], values)
        if chance.random() < 0.7:
            argv += TAILS.get(command, ())
        if command == "train" and chance.random() < 0.5:
            argv += FLAGS.get(argv[1] if len(argv) > 1 else "", ())
        yield argv


def _flag(chance: random.Random, known: list[str], values: list[str]) -> list[str]:
    name = chance.choice(known)
    kind = chance.random()
    if kind < 0.05:
        name = name[: chance.randrange(len(name))]
    elif kind < 0.1:
        name = chance.choice(("--colour", "---run", "-x", "--no-quiet", "--Run", name.replace("-", "_")))
    many = chance.choice((0, 1, 1, 1, 1, 1, 2, 3))
    likely = NUMBERS if chance.random() < 0.6 else values
    words = chance.choices(likely, k=many)
    return [f"{name}={words[0]}"] if words and chance.random() < 0.3 else [name, *words]


def run(argv: list[str]) -> tuple[object, str]:
    """Run a line in this process: its exit code, "too long" or "traceback", and what it said on standard error."""

    stopped = False

    def stop(signum: int, frame: FrameType | None) -> None:
        nonlocal stopped
        if frame is not None and frame.f_code.co_name == "gc_callback":
            return  # hypothesis counts what garbage costs; an exception there is reported and lost; the next will do
        stopped = True
        raise TooLongError

    said = io.StringIO()
    previous = signal.signal(signal.SIGALRM, stop)
    # More than once: a library may swallow the first.
    signal.setitimer(signal.ITIMER_REAL, PATIENCE, 0.3)
    code: object = 0
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
            main(argv)
    except SystemExit as ended:
        code = ended.code or 0
    except TooLongError:
        code = "too long"
    except BaseException:
        code = "traceback"
        said.write(traceback.format_exc())
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    # Whatever a library makes of being stopped in the midst of its work.
    return "too long" if stopped else code, said.getvalue()


def faults(
    argv: list[str], code: object, said: str, before: dict[str, str], after: dict[str, str]
) -> Iterator[str]:
    """What is wrong with how a line ended."""
    shown = " ".join(repr(word[:60]) for word in argv)
    if code not in (0, 2, "too long"):
        yield f"{shown}: {code}: {said.strip()[-700:]}"
    elif code == 2 and (not said.startswith("error: ") or said.count("\n") != 1 or len(said) < 12):
        yield f"{shown}: not one clear line: {said!r:.400}"
    elif code == 0 and "error" in said.lower():
        yield f"{shown}: an error and exit code 0: {said!r:.400}"
    if "Traceback" in said and code not in ("traceback", "too long"):
        yield f"{shown}: a traceback: {said[-700:]}"
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    if code == 2 and changed:
        yield f"{shown}: refused ({said.strip()[:200]}), and yet changed {', '.join(changed)}"
    partial = [name for name in changed if name in after and PARTIAL.search(name)]
    if partial:
        yield f"{shown}: half a file is left: {', '.join(partial)}"


def fuzz(count: int, seed: int, folder: Path) -> Outcome:
    """Try command lines.

    Args:
        count: how many.
        seed: of the lines.
        folder: an empty one; the working directory while this runs.
    """
    for library in LIBRARIES:
        importlib.import_module(library)
    template, place = folder / "template", folder / "place"
    template.mkdir()
    place.mkdir()
    sandbox.build(template)
    sandbox.restore(place, template)
    before = sandbox.state(place)
    outcome = Outcome()
    here = Path.cwd()
    os.chdir(place)
    try:
        source = lines(random.Random(seed))
        for _ in range(count):
            argv = next(source)
            code, said = run(argv)
            outcome.codes[code] += 1
            after = sandbox.state(place)
            outcome.faults += faults(argv, code, said, before, after)
            if after != before:
                sandbox.restore(place, template)
    finally:
        os.chdir(here)
    return outcome

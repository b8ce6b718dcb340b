"""Files that came to harm: refused in one line, or what is read of them is provably what they say."""

from __future__ import annotations

import csv
import io
import json
import math
import random
import shutil
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from safetensors.torch import save

from dnc_agent.checkpoint import FORMAT, VERSION, digest, read_checkpoint
from shrdlu_env.graphs import LabelledGraph
from shrdlu_env.text import read_file, story
from shrdlu_env.viewer import load
from tests.fuzz import mutations, sandbox
from train.agents import load_agent
from train.plots import read_gates
from train.rundir import RunDirectory, config_to_json
from train.tables import cut_logs

ROOT = Path(__file__).resolve().parents[2]
#: TensorBoard's names end in time, host and process.
EVENTS = "run/log/events.out.tfevents.1.host.1.0"


class Kind(NamedTuple):
    """A kind of file: how one comes to harm, how it is read, and when what was read can be trusted."""

    path: str
    """In the sandbox."""
    harm: Callable[[bytes, random.Random], bytes]
    read: Callable[[Path], Any]
    """Returns what is in the file, raises ValueError or OSError."""
    trusted: Callable[[Any, bytes, bytes], bool]
    """Of what was read, the file as it was and the file that was read."""
    share: int
    """Files of 2,000."""


@dataclass
class Outcome:
    """What came of the files, by kind."""

    accepted: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def read_tensors(path: Path) -> tuple[dict[str, bytes], Any]:
    """Everything in a checkpoint, to be compared."""
    tensors, meta = read_checkpoint(path)
    return {name: tensor.numpy().tobytes() for name, tensor in tensors.items()}, meta


def resumed(path: Path) -> Any:
    """A checkpoint as `shrdlu evaluate` and as a resumed run read it."""
    _, found = load_agent(path)
    found.experiment.build(found.config).restore(path)
    return read_tensors(path)


def written(tensors: dict[str, torch.Tensor], meta: Any) -> bytes:
    """A checkpoint with anything in it, and the digest that belongs to it."""
    text = json.dumps(meta)
    header = {"format": FORMAT, "version": str(VERSION), "meta": text, "digest": digest(tensors, text)}
    return save(tensors, metadata=header)


def wrong_tensors(data: bytes, chance: random.Random) -> bytes:
    """A checkpoint written whole, with tensors in it that no learner writes."""
    tensors, meta = _parts(data)
    name = chance.choice(sorted(tensors))
    value = tensors[name]
    flat = value.clone().reshape(-1)
    odd = torch.tensor(chance.choice((math.nan, math.inf, -math.inf)))
    if value.is_floating_point():
        flat[chance.randrange(flat.numel())] = odd
    changes: list[Callable[[], Any]] = [
        lambda: tensors.pop(name),
        lambda: tensors.update(
            {chance.choice(("new", name + ".x", "policy.new", "optimizer.new")): value.clone()}
        ),
        lambda: tensors.update({name: value.double() if value.dtype == torch.float32 else value.float()}),
        lambda: tensors.update({name: value.to(torch.int32) if value.is_floating_point() else value.bool()}),
        lambda: tensors.update({name: value.bool()}) if value.dtype != torch.bool else tensors.pop(name),
        lambda: tensors.update({name: torch.cat([value.reshape(-1), value.reshape(-1)])}),
        lambda: tensors.update({name: value.unsqueeze(0)}),
        lambda: (
            tensors.update({name: flat.reshape(value.shape)})
            if value.is_floating_point()
            else tensors.pop(name)
        ),
    ]
    chance.choice(changes)()
    return written(tensors, meta)


def wrong_description(data: bytes, chance: random.Random) -> bytes:
    """A checkpoint written whole, with a description that lacks something or says something else."""
    tensors, meta = _parts(data)
    return written(tensors, mutations.changed(meta, chance)[0])


def _parts(data: bytes) -> tuple[dict[str, torch.Tensor], Any]:
    import safetensors.torch

    size = int.from_bytes(data[:8], "little")
    return safetensors.torch.load(data), json.loads(json.loads(data[8 : 8 + size])["__metadata__"]["meta"])


def wrong_settings(data: bytes, chance: random.Random) -> bytes:
    """A configuration with something wrong in it, or hardly one."""
    if chance.random() < 0.3:
        return mutations.harmed(data, chance)
    if chance.random() < 0.05:
        opened = chance.choice(("[", '{"a":'))
        return (opened * mutations.DEEP).encode()
    return json.dumps(mutations.changed(json.loads(data), chance)[0]).encode()


def read_settings(path: Path) -> Any:
    """A run's configuration, as JSON again."""
    saved = RunDirectory(path.parent).saved()
    assert saved is not None
    return json.loads(json.dumps(config_to_json(*saved)))


def says_so(found: Any, before: bytes, after: bytes) -> bool:
    """Whether a configuration is word for word what the file says: nothing filled in, nothing bent."""
    return bool(found == json.loads(after))


def wrong_table(data: bytes, chance: random.Random) -> bytes:
    """A table with something wrong in it."""
    if chance.random() < 0.3:
        return mutations.harmed(data, chance)
    return mutations.table_harmed(data.decode(), chance).encode()


def read_table(path: Path) -> Any:
    """The checks of a run's gate."""
    return read_gates(path.parent).columns


def shown_as_told(found: Any, before: bytes, after: bytes) -> bool:
    """Whether columns hold what the rows of the file say, and possible numbers; the last row may be half."""
    rows = list(csv.DictReader(io.StringIO(after.decode("utf-8", "replace"))))
    told = [{name: row.get(name) for name in found} for row in rows]
    shown = [dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]
    if any(not math.isfinite(value) for row in shown for value in row.values()):
        return False
    # A run killed under an earlier release repeated rows; of those the later ones count.
    return all(any(_equal(row, text) for text in told) for row in shown) and len(shown) <= len(told)


def _equal(row: dict[str, float], text: dict[str, str | None]) -> bool:
    try:
        return all(float(text[name] or "") == value for name, value in row.items())
    except ValueError:
        return False


def read_log(path: Path) -> Any:
    """A log as it is after a run went on: cut back to nothing less than all of it."""
    cut_logs(path.parent, 10**15)
    return path.read_bytes() if path.exists() else b""


def is_beginning(found: Any, before: bytes, after: bytes) -> bool:
    """Whether a log is as far as it goes what was written: the end may be lost, as after a kill."""
    return before.startswith(found) or after == before


def rows_told(found: Any, before: bytes, after: bytes) -> bool:
    """Whether a CSV log has lost nothing but its last row."""
    found, plain = (data.replace(b"\r\n", b"\n") for data in (found, after))
    return plain.startswith(found) and plain.count(b"\n") - found.count(b"\n") <= 1


def read_episode(path: Path) -> Any:
    """An episode's content, to be compared."""
    episode = load(path)
    steps = [(step.view, step.info, step.action, step.control, step.reward) for step in episode.steps]
    arrays = {name: episode.stack(name).tobytes() for name in sorted(episode.known)}
    seen = [None if step.observation is None else step.observation.tobytes() for step in episode.steps]
    return repr((steps, seen, episode.env_id, episode.env_kwargs, episode.seed, episode.agent)), arrays


def read_graph(path: Path) -> Any:
    """A graph's edges and places."""
    graph = LabelledGraph.from_csv(path)
    return graph.edges, graph.positions


def graph_as_told(found: Any, before: bytes, after: bytes) -> bool:
    """Whether edges are those of the file, read by plain splitting; places are finite."""
    edges, positions = found
    header, *rows = csv.reader(io.StringIO(after.decode("utf-8-sig"), newline=""))
    if any(len(row) not in (0, len(header)) for row in rows):
        return False
    told = [dict(zip(header, map(str.strip, row), strict=True)) for row in rows if row]
    expected = [(row["from"], f"{row['line']} {row['dir']}", row["to"]) for row in told]
    return edges == expected and (positions is None or bool(np.isfinite(positions).all()))


def read_stories(path: Path) -> Any:
    """Stories as text."""
    return "\n".join(told.text() for told in read_file(path, 1))


def stories_as_told(found: Any, before: bytes, after: bytes) -> bool:
    """Whether stories are word for word those of the file."""
    text = after.decode().removesuffix("\n").lower()
    return bool(found.lower() == "\n".join(line.replace(" \t", "\t") for line in text.split("\n")))


KINDS = {
    "checkpoint, bytes": Kind("run/agent.safetensors", mutations.harmed, read_tensors, lambda *_: False, 450),
    "supervised checkpoint, bytes": Kind(
        "copies/agent.safetensors", mutations.harmed, read_tensors, lambda *_: False, 150
    ),
    "checkpoint, tensors": Kind("run/agent.safetensors", wrong_tensors, resumed, lambda *_: False, 150),
    "supervised checkpoint, tensors": Kind(
        "copies/agent.safetensors", wrong_tensors, resumed, lambda *_: False, 100
    ),
    "checkpoint, description": Kind(
        "run/agent.safetensors", wrong_description, resumed, lambda *_: True, 150
    ),
    "supervised checkpoint, description": Kind(
        "copies/agent.safetensors", wrong_description, resumed, lambda *_: True, 100
    ),
    "configuration": Kind("run/config.json", wrong_settings, read_settings, says_so, 250),
    "configuration of copy": Kind("copies/config.json", wrong_settings, read_settings, says_so, 100),
    "table of lessons": Kind("run/lessons.csv", wrong_table, read_table, shown_as_told, 150),
    "CSV log": Kind("run/log/progress-1.csv", wrong_table, read_log, rows_told, 50),
    "TensorBoard log": Kind(EVENTS, mutations.harmed, read_log, is_beginning, 50),
    "episode": Kind("episode.npz", mutations.harmed, read_episode, lambda *_: False, 150),
    "graph": Kind("graph.csv", wrong_table, read_graph, graph_as_told, 100),
    "stories": Kind("stories.txt", mutations.harmed, read_stories, stories_as_told, 50),
}


def build(folder: Path) -> None:
    """The sandbox, with a graph and stories beside the runs."""
    sandbox.build(folder)
    log = next((folder / "run" / "log").glob("events.*"))
    log.rename(folder / EVENTS)
    shutil.copyfile(ROOT / "shrdlu_env" / "graphs" / "maps" / "example.csv", folder / "graph.csv")
    (folder / "stories.txt").write_text("\n".join(story(1, seed).text() for seed in range(3)) + "\n")


def fuzz(count: int, seed: int, folder: Path) -> Outcome:
    """Try harmed files.

    Args:
        count: how many; each kind has its share, at least one.
        seed: of the harm.
        folder: an empty one.
    """
    build(folder)
    outcome = Outcome()
    for number, (name, kind) in enumerate(KINDS.items()):
        path = folder / kind.path
        before = path.read_bytes()
        intact = kind.read(path)
        path.write_bytes(before)
        around = {child.name for child in path.parent.iterdir()}
        for index in range(max(1, count * kind.share // 2000)):
            after = kind.harm(before, random.Random(f"{seed} {number} {index}"))
            path.write_bytes(after)
            fault = _tried(kind, path, before, after, intact, name, outcome)
            left = {child.name for child in path.parent.iterdir()} - around
            if left:
                fault = f"left behind {', '.join(sorted(left))}"
            if fault:
                outcome.faults.append(f"{name}, seed '{seed} {number} {index}': {fault}")
            path.write_bytes(before)
    return outcome


def _tried(
    kind: Kind, path: Path, before: bytes, after: bytes, intact: Any, name: str, outcome: Outcome
) -> str | None:
    try:
        found = kind.read(path)
    except (ValueError, OSError) as error:
        outcome.refused[name] += 1
        said = str(error)
        clear = said.strip() and "\n" not in said and len(said) < 1000
        return None if clear else f"not one clear line: {said!r:.300}"
    except Exception:
        return traceback.format_exc()[-800:]
    outcome.accepted[name] += 1
    if same(found, intact) or kind.trusted(found, before, after):
        return None
    return f"accepted: {_difference(before, after)}"


def same(found: Any, intact: Any) -> bool:
    """Whether two results of one reader are equal."""
    return repr(found) == repr(intact) if isinstance(found, tuple) else bool(found == intact)


def _difference(before: bytes, after: bytes) -> str:
    at = next(
        (i for i, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), len(before)
    )
    return f"{len(before)} bytes became {len(after)}; from byte {at}: {before[at : at + 40]!r} {after[at : at + 40]!r}"

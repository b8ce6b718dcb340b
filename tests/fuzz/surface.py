"""Calls of the public surface with anything for arguments: ours to refuse, in one line, by ValueError or TypeError.

`tests/shrdlu_env/test_arguments.py` does the same for Mini-SHRDLU.
"""

from __future__ import annotations

import inspect
import linecache
import os
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import stable_baselines3
import torch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import dnc_agent
import shrdlu_env
import train
from dnc_agent import EpisodicActorCritic, SupervisedAgent
from dnc_agent.cores import CORES, make_core
from dnc_agent.supervised import (
    Bits,
    Categories,
    NetworkDescription,
    SupervisedLearner,
    SupervisedSettings,
)
from shrdlu_env import graphs, sequences, text, viewer
from shrdlu_env.graphs.labelled import as_graph
from shrdlu_env.registry import ROWS

#: Ours, and libraries whose refusals are made for people.
HOMES = tuple(
    str(Path(str(package.__file__)).parent)
    for package in (shrdlu_env, dnc_agent, train, gym, stable_baselines3)
)
HUGE = 10**30
#: Values that nobody meant.
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 8),
    st.sampled_from(
        [HUGE, -HUGE, 2**31, 2**63, 10**5000, float("inf"), float("-inf"), float("nan"), 1e308, 0.5]
    ),
    st.text(max_size=4),
    st.binary(max_size=2),
    st.lists(st.integers(-1, 9), max_size=4),
    st.lists(st.text(max_size=2), max_size=3),
    st.tuples(st.floats(), st.integers(-3, 8)),
    st.tuples(st.integers(0, 4), st.integers(0, 4)),
    st.sampled_from([object(), {}, {"a": 1}, set(), print, 1j, "cuda", "gpu", "dnc", "lstm", "adam"]),
    st.sampled_from(
        [np.zeros((2, 3)), np.array(["x"]), np.array(None), np.full((1, 97), np.nan), np.int64(2)]
    ),
    st.sampled_from(
        [torch.zeros(2, 3), torch.full((3, 2, 5), float("nan")), torch.zeros(3, 2, 5), torch.zeros(0)]
    ),
    st.sampled_from([torch.zeros(3, 2, dtype=torch.bool), torch.zeros(2, 5), np.random.default_rng(0)]),
)


def some(*names: str, **fixed: Any) -> st.SearchStrategy[dict[str, Any]]:
    """A few keywords with odd values, beside some that are as they should be."""
    right = {name: st.just(value) for name, value in fixed.items()}
    pairs = st.lists(st.tuples(st.sampled_from([*names, "nonsense"]), ODD), min_size=1, max_size=2)
    return st.builds(lambda good, wrong: good | dict(wrong), st.fixed_dictionaries(right), pairs)


def keywords(call: Callable[..., Any]) -> list[str]:
    """Names of a call's arguments that can be given by name."""
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    found = [name for name, entry in inspect.signature(call).parameters.items() if entry.kind in kinds]
    return [name for name in found if not name.startswith("_") and name != "self"]


def fault(call: Callable[..., Any], *arguments: Any, **words: Any) -> str | None:
    """What is wrong with how a call ended; None: nothing."""
    try:
        call(*arguments, **words)
    except (ValueError, TypeError) as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        line = linecache.getline(frame.filename, frame.lineno or 0).strip()
        said = str(error)
        # A call that Python itself cannot make ends where it was made.
        ours = frame.filename == __file__ or (frame.filename.startswith(HOMES) and line.startswith("raise"))
        if ours and said.strip() and "\n" not in said and len(said) < 1000:
            return None
        return f"{call}\n{traceback.format_exc()[-900:]}"
    except OSError:
        return None
    except Exception:
        return f"{call}\n{traceback.format_exc()[-900:]}"
    return None


def _worlds(data: Any) -> str | None:
    row = data.draw(st.sampled_from(ROWS[1:]))
    single, vector = (_home(place) for place in (row.entry_point, row.vector_entry_point))
    if data.draw(st.booleans()):
        words = row.kwargs | data.draw(some(*keywords(single), *keywords(sequences.Copy)))
        return fault(single, **words)
    count = data.draw(ODD)
    words = row.kwargs | data.draw(some("num_envs", *keywords(vector), num_envs=2))
    return fault(vector, **words) or fault(vector, count, **row.kwargs)


def _home(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(__import__(module, fromlist=[name]), name)


def _steps(data: Any) -> str | None:
    row = data.draw(st.sampled_from(ROWS[1:]))
    envs = [gym.make(row.id).unwrapped, gym.make_vec(row.id, num_envs=2).unwrapped]
    one, other = data.draw(ODD), data.draw(ODD)
    for env in envs:
        env.reset(seed=0)
        calls: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = [
            (env.reset, (), {"seed": one}),
            (env.reset, (), {"options": one}),
            (env.reset, (), {"options": {"reset_mask": one, "x": other}}),
            (env.reset, (), {"options": {data.draw(st.text(max_size=3)): one}}),
            (env.step, (one,), {}),
            (env.step, ([one, other],), {}),
        ]
        for call, arguments, words in calls:
            found = fault(call, *arguments, **words)
            if found:
                return found
    return None


def _graphs(data: Any) -> str | None:
    one, two, three = (data.draw(ODD) for _ in range(3))
    name = st.sampled_from(["a", "b", "c", 1, None]) | ODD
    edges = data.draw(st.lists(st.tuples(name, name, name) | ODD, max_size=4) | ODD)
    return (
        fault(graphs.LabelledGraph, edges, nodes=one, positions=two)
        or fault(graphs.LabelledGraph, [("a", 1, "b")], nodes=one)
        or fault(graphs.LabelledGraph, [("a", 1, "b")], positions={"a": one, "b": three})
        or fault(as_graph, one)
        or fault(graphs.LabelledGraph.from_csv, three)
    )


def _texts(data: Any) -> str | None:
    one, two, three = (data.draw(ODD) for _ in range(3))
    told = text.story(1, 0)
    return (
        fault(text.story, one, two)
        or fault(text.story, 1, two)
        or fault(text.draw_story, 2, one)
        or fault(text.parse, one, two)
        or fault(text.parse, told.text(), two, three)
        or fault(text.find_files, one, two)
        or fault(text.load, one, two, three)
        or fault(text.load, ".", "train", three)
        or fault(text.read_file, one, two)
        or fault(text.encode_words, one)
        or fault(text.decode_words, one)
        or fault(text.nearest_words, one)
        or fault(text.encode_story, one)
    )


def _sequences(data: Any) -> str | None:
    kind = data.draw(st.sampled_from([sequences.Copy, sequences.RepeatCopy, sequences.AssociativeRecall]))
    one, two = data.draw(ODD), data.draw(ODD)
    words = data.draw(some(*keywords(kind)))
    return (
        fault(kind, **words)
        or fault(sequences.make_task, one, **words)
        or fault(kind().draw, one, two)
        or fault(kind().draw, np.random.default_rng(0), two)
    )


def _cores(data: Any) -> str | None:
    name = data.draw(st.sampled_from(sorted(CORES)))
    small = {"hidden_size": 4} | ({"memory_size": 4, "word_size": 3} if name in ("dnc", "ntm") else {})
    options = data.draw(some(*keywords(CORES[name]), **small))
    one, two, three = (data.draw(ODD) for _ in range(3))
    core = make_core(name, 5, small)
    options.pop("generator", None)
    size = options.pop("input_size", 3)
    return (
        fault(make_core, one, 3, options)
        or fault(make_core, name, size, options)
        or fault(make_core, name, 3, two)
        or fault(make_core, name, 3, small, three)
        or fault(core.unroll, one, two, three)
        or fault(core.unroll, torch.zeros(3, 2, 5), two, None)
        or fault(core.unroll, torch.zeros(3, 2, 5), None, three)
        or fault(core.resize, one)
    )


SMALL = {"core_kwargs": {"hidden_size": 4}, "head_sizes": (4,)}


def _agents(data: Any) -> str | None:
    words = data.draw(
        some(*keywords(EpisodicActorCritic), policy_kwargs=SMALL, device="cpu", episodes_per_batch=2)
    )
    policy, env = words.pop("policy", "LSTMPolicy"), words.pop("env", "shrdlu_env/MiniShrdlu-v0")
    # Parts of a program, which are used as they come.
    for name in ("source", "auxiliary"):
        words.pop(name, None)
    return fault(EpisodicActorCritic, policy, env, **words)


def _policies(data: Any) -> str | None:
    kind = data.draw(st.sampled_from(["LSTMPolicy", "DNCPolicy"]))
    names = keywords(dnc_agent.RecurrentActorCriticPolicy)[3:]
    inner = data.draw(some(*keywords(CORES["dnc"])[2:], hidden_size=4))
    words = data.draw(some(*names, **SMALL) | st.just(SMALL | {"core_kwargs": inner}))
    return fault(
        EpisodicActorCritic,
        kind,
        "shrdlu_env/MiniShrdlu-v0",
        policy_kwargs=words,
        device="cpu",
        episodes_per_batch=2,
    )


def _made(cache: dict[str, Any] = {}) -> Any:  # noqa: B006 - one agent for all calls
    if not cache:
        cache["agent"] = EpisodicActorCritic(
            "LSTMPolicy", "shrdlu_env/MiniShrdlu-v0", policy_kwargs=SMALL, device="cpu", episodes_per_batch=2
        )
        description = NetworkDescription(5, Bits(2), "lstm", {"hidden_size": 4})
        cache["supervised"] = SupervisedAgent(description.build(), description.target)
        cache["folder"] = tempfile.mkdtemp()
        cache["file"] = cache["agent"].save(Path(cache["folder"]) / "agent.safetensors")
    return cache


def _predictions(data: Any) -> str | None:
    made = _made()
    agent, network = made["agent"], made["supervised"]
    one, two, three, four = (data.draw(ODD) for _ in range(4))
    seen = np.zeros((2, 97), np.float32)
    return (
        fault(agent.predict, one, two, three, four)
        or fault(agent.predict, seen, two)
        or fault(agent.predict, seen, None, three)
        or fault(agent.predict, seen, None, None, four, one)
        or fault(agent.set_env, one)
        or fault(agent.restore, one)
        or fault(network.answer, one, two)
        or fault(network.answer, np.zeros((3, 2, 5)), two)
    )


def _loads(data: Any) -> str | None:
    made = _made()
    one, two = data.draw(ODD), data.draw(ODD)
    words = data.draw(some("env", "device", "gamma", "seed", "policy_kwargs"))
    return (
        fault(dnc_agent.load, one)
        or fault(dnc_agent.load, made["file"], device=two)
        or fault(EpisodicActorCritic.load, made["file"], **words)
        or fault(SupervisedAgent.load, made["file"], two)
        or fault(SupervisedAgent.load, one)
    )


def _supervised(data: Any) -> str | None:
    one, two, three = (data.draw(ODD) for _ in range(3))
    words = data.draw(some(*keywords(SupervisedSettings)))
    return (
        fault(SupervisedSettings, **words)
        or fault(Bits, one)
        or fault(Categories, one, two)
        or fault(NetworkDescription(one, Bits(2), "lstm", {"hidden_size": 4}).build)
        or fault(NetworkDescription(3, Bits(2), two, {"hidden_size": 4}).build)
        or fault(NetworkDescription(3, Bits(2), "lstm", three).build)
        or fault(NetworkDescription.from_json, one)
        or fault(
            SupervisedLearner,
            NetworkDescription(3, Bits(2), "lstm", {"hidden_size": 4}),
            None,
            SupervisedSettings(),
            seed=two,
        )
    )


def _training(data: Any) -> str | None:
    experiment = data.draw(st.sampled_from(["mini-shrdlu", "copy", "associative-recall"]) | ODD)
    preset = data.draw(st.sampled_from([None, "lstm", "default"]) | ODD)
    flat = (
        "seed",
        "gamma",
        "learning_rate",
        "hidden_size",
        "lesson",
        "gate_score",
        "threads",
        "device",
        "branch",
    )
    words = data.draw(
        some(*flat, "core", "lengths", "batch_size", "episodes_per_batch", "head_sizes", hidden_size=4)
    )
    place = data.draw(ODD)
    limits = data.draw(some("until_lesson", "quiet"))
    limits.pop("nonsense", None)
    # Nothing here may begin to train: without a limit it would not end.
    return (
        fault(train.make_agent, experiment, preset, **words)
        or fault(train.make_agent, "copy", preset, **words)
        or fault(train.run, experiment, place, preset=preset, minutes=-1.0, **words)
        or fault(train.run, "copy", "run", **{"minutes": -1.0, **limits})
    )


def _films(data: Any) -> str | None:
    one, two = data.draw(ODD), data.draw(ODD)
    return (
        fault(viewer.load, one)
        or fault(viewer.save, one, two)
        or fault(viewer.export, one, two)
        or fault(viewer.record_episode, one, two)
    )


SURFACE: dict[str, Callable[[Any], str | None]] = {
    "worlds": _worlds,
    "steps": _steps,
    "graphs": _graphs,
    "texts": _texts,
    "sequences": _sequences,
    "cores": _cores,
    "agents": _agents,
    "policies": _policies,
    "predictions": _predictions,
    "loads": _loads,
    "supervised": _supervised,
    "training": _training,
    "films": _films,
}


def fuzz(name: str, examples: int, *, fixed: bool = True) -> None:
    """Make random calls of a part of the surface.

    Args:
        name: of the part.
        examples: how often; each makes up to a dozen calls.
        fixed: the same every time.

    Raises:
        AssertionError: with the traceback of a call that ended otherwise than it may.
    """

    @settings(
        max_examples=examples,
        derandomize=fixed,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        # A failure is told as it was met: making it smaller takes minutes.
        phases=(Phase.generate,),
    )
    @given(st.data())
    def calls(data: Any) -> None:
        here = Path.cwd()
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            try:
                found = SURFACE[name](data)
            finally:
                os.chdir(here)
        assert found is None, found

    calls()

"""What is mutated, and which tests have to notice."""

from __future__ import annotations

from typing import NamedTuple


class Package(NamedTuple):
    """A part of the project and the tests that cover it."""

    sources: tuple[str, ...]
    tests: tuple[str, ...]
    compiled: bool = True
    """Whether numba compiles; without it functions that it would compile anew for every mutant run as they stand."""


RL = "tests/dnc_agent/rl/"
TAPE = RL + "test_recording.py::test_several_rounds_are_put_together"
DNC = "tests/dnc_agent/cores/dnc/"
BLOCKS = "tests/shrdlu_env/blocks/"

PACKAGES = {
    "rules": Package(
        ("shrdlu_env/blocks/rules.py", "shrdlu_env/blocks/goals.py"),
        (BLOCKS + "test_rules.py", BLOCKS + "test_goals.py"),
        compiled=False,
    ),
    "addressing": Package(
        ("dnc_agent/cores/dnc/addressing.py",),
        (DNC + "test_addressing_examples.py", DNC + "test_addressing.py", DNC + "test_memory.py"),
    ),
    "returns": Package(("dnc_agent/rl/returns.py",), (RL + "test_returns.py",)),
    "losses": Package(
        ("dnc_agent/rl/losses.py", "dnc_agent/supervised/losses.py"),
        (RL + "test_losses.py", "tests/dnc_agent/supervised/test_losses.py"),
    ),
    "update": Package(
        ("dnc_agent/rl/update.py", "dnc_agent/rl/training.py"),
        (RL + "test_update.py", RL + "test_learner.py", RL + "test_safety.py"),
    ),
    "collector": Package(
        ("dnc_agent/rl/collector.py", "dnc_agent/rl/episodes.py", "dnc_agent/rl/sources.py"),
        (
            RL + "test_collector.py",
            RL + "test_episodes.py",
            RL + "test_actions.py",
            RL + "test_safety.py",
            TAPE,
        ),
    ),
    "gate": Package(
        ("shrdlu_env/curriculum.py", "train/session.py"),
        (
            "tests/shrdlu_env/test_curriculum.py",
            "tests/train/test_session.py",
            "tests/train/test_session_clock.py",
        ),
        compiled=False,
    ),
    "evaluation": Package(
        (
            "train/experiments/mini_shrdlu/evaluation.py",
            "train/experiments/mini_shrdlu/experiment.py",
            "train/experiments/copying/evaluating.py",
        ),
        ("tests/train/mini_shrdlu/test_evaluation.py", "tests/train/copying/test_experiment.py"),
    ),
    "checkpoints": Package(
        ("dnc_agent/checkpoint.py",),
        ("tests/dnc_agent/test_checkpoint.py", "tests/dnc_agent/test_persistence.py"),
    ),
}

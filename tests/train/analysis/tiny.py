"""Analyses small enough for tests."""

from dataclasses import replace

from train import analysis

SMALL = {
    "sequences": 24,
    "width": 3,
    "hidden_size": 6,
    "memory_size": 4,
    "word_size": 3,
    "batch_size": 4,
    "lengths": (1, 3),
    "tests": 5,
    "learning_rate": 0.05,
    "quiet": True,
}
OWN = {
    "memory-reuse": {"copies": 2, "tested_copies": 3},
    "memory-resize": {"locations": (2, 4, 7), "tested_lengths": (2, 5)},
    "links": {"seeds": 2, "sparse": (2,)},
}


def tiny(name, **changed):
    """An analysis with settings of a few seconds."""
    chosen = analysis.find(name)
    return chosen, replace(chosen.Settings(), **(SMALL | OWN[name] | changed))


def nothing(word, share):
    """No progress bar."""
    assert 0 <= share <= 1

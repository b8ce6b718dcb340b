"""Runs of question answering small enough for tests."""

from train.experiments.babi.experiment import Babi
from train.settings import with_settings

BABI = Babi()


def tiny(preset="default", **settings):
    """A preset with a small network and small batches."""
    small = {"hidden_size": 8, "memory_size": 4, "word_size": 4, "read_heads": 1}
    small |= {"rows": 2, "row_steps": 60, "gate_episodes": 20, "gate_every": 2}
    return with_settings(BABI.presets[preset], **small | settings)

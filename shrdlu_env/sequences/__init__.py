"""Tasks on sequences of bits: copy, repeat copy, associative recall."""

from shrdlu_env.sequences.copying import Copy
from shrdlu_env.sequences.env import TASKS, SequenceEnv, make_task
from shrdlu_env.sequences.recall import AssociativeRecall
from shrdlu_env.sequences.repeating import RepeatCopy
from shrdlu_env.sequences.sequences import LABELS, Sequences, SequenceTask, Step

__all__ = [
    "LABELS",
    "TASKS",
    "AssociativeRecall",
    "Copy",
    "RepeatCopy",
    "SequenceEnv",
    "SequenceTask",
    "Sequences",
    "Step",
    "make_task",
]

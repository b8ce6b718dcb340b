"""Tasks on sequences of bits: copy, repeat copy, associative recall."""

from shrdlu_env.sequences.copying import Copy
from shrdlu_env.sequences.envs import SequenceEnv, SequenceVectorEnv
from shrdlu_env.sequences.recall import AssociativeRecall
from shrdlu_env.sequences.repeating import RepeatCopy
from shrdlu_env.sequences.sequences import LABELS, Sequences, SequenceTask, Step
from shrdlu_env.sequences.simulation import TASKS, SequenceSimulation, make_task

__all__ = [
    "LABELS",
    "TASKS",
    "AssociativeRecall",
    "Copy",
    "RepeatCopy",
    "SequenceEnv",
    "SequenceSimulation",
    "SequenceTask",
    "SequenceVectorEnv",
    "Sequences",
    "Step",
    "make_task",
]

"""Tasks on sequences of bits: copy, repeat copy, associative recall."""

from shrdlu_env.sequences.copying import Copy
from shrdlu_env.sequences.envs import SequenceEnv, SequenceVectorEnv
from shrdlu_env.sequences.recall import AssociativeRecall
from shrdlu_env.sequences.repeating import RepeatCopy
from shrdlu_env.sequences.sequences import LABELS, Sequences, SequenceStep, SequenceTask
from shrdlu_env.sequences.simulation import SEQUENCES, SequenceSimulation, make_task

__all__ = [
    "LABELS",
    "SEQUENCES",
    "AssociativeRecall",
    "Copy",
    "RepeatCopy",
    "SequenceEnv",
    "SequenceSimulation",
    "SequenceStep",
    "SequenceTask",
    "SequenceVectorEnv",
    "Sequences",
    "make_task",
]

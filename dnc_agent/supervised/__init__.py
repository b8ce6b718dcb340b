"""Supervised and imitation learning of sequences with any recurrent network."""

from dnc_agent.supervised.agent import Answers, SupervisedAgent
from dnc_agent.supervised.batches import Buckets, LabelledSequence, SequenceBatch, Source, pad
from dnc_agent.supervised.description import NetworkDescription
from dnc_agent.supervised.idling import with_idle_steps
from dnc_agent.supervised.imitation import Restricted, StepwiseTask, Turn, act_out
from dnc_agent.supervised.learner import SupervisedLearner
from dnc_agent.supervised.optimizing import Schedule, SupervisedSettings
from dnc_agent.supervised.scoring import Score, score
from dnc_agent.supervised.targets import Bits, Categories, Target

__all__ = [
    "Answers",
    "Bits",
    "Buckets",
    "Categories",
    "LabelledSequence",
    "NetworkDescription",
    "Restricted",
    "Schedule",
    "Score",
    "SequenceBatch",
    "Source",
    "StepwiseTask",
    "SupervisedAgent",
    "SupervisedLearner",
    "SupervisedSettings",
    "Target",
    "Turn",
    "act_out",
    "pad",
    "score",
    "with_idle_steps",
]

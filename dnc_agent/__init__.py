"""The learner: a Differentiable Neural Computer and a recurrent actor-critic trained by policy gradient."""

from dnc_agent.core import DNC, DNCState
from dnc_agent.lstm import LSTM
from dnc_agent.recurrent import RecurrentCore

__all__ = ["DNC", "LSTM", "DNCState", "RecurrentCore"]

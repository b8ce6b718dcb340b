"""The learner: a Differentiable Neural Computer and a recurrent actor-critic trained by policy gradient."""

from os import PathLike

from dnc_agent.algorithm import EpisodicActorCritic
from dnc_agent.core import DNC, DNCState
from dnc_agent.lstm import LSTM
from dnc_agent.policy import DNCPolicy, LSTMPolicy, RecurrentActorCriticPolicy
from dnc_agent.recurrent import RecurrentCore

__all__ = [
    "DNC",
    "LSTM",
    "DNCPolicy",
    "DNCState",
    "EpisodicActorCritic",
    "LSTMPolicy",
    "RecurrentActorCriticPolicy",
    "RecurrentCore",
    "load",
]


def load(path: str | PathLike[str], device: str = "auto") -> EpisodicActorCritic:
    """Load any shipped or saved agent, ready to predict.

    Args:
        path: a checkpoint file or a directory that holds `agent.safetensors` (a run, a shipped agent).
        device: "auto", "cpu", "cuda".

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file is damaged or foreign.
    """
    return EpisodicActorCritic.load(path, device=device)

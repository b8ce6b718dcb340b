"""The learner: a Differentiable Neural Computer and a recurrent actor-critic trained by policy gradient."""

from os import PathLike

from dnc_agent.checkpoint import read_checkpoint
from dnc_agent.cores.contract import RecurrentCore
from dnc_agent.cores.dnc.core import DNC
from dnc_agent.cores.dnc.state import DNCState
from dnc_agent.cores.gru import GRU
from dnc_agent.cores.lstm import LSTM
from dnc_agent.cores.ntm.core import NTM
from dnc_agent.rl.algorithm import EpisodicActorCritic
from dnc_agent.rl.policy import DNCPolicy, LSTMPolicy, RecurrentActorCriticPolicy

__all__ = [
    "DNC",
    "GRU",
    "LSTM",
    "NTM",
    "DNCPolicy",
    "DNCState",
    "EpisodicActorCritic",
    "LSTMPolicy",
    "RecurrentActorCriticPolicy",
    "RecurrentCore",
    "load",
]


#: What loads a checkpoint, by the `kind` of its description.
LEARNERS = {"actor-critic": EpisodicActorCritic}


def load(path: str | PathLike[str], device: str = "auto") -> EpisodicActorCritic:
    """Load any shipped or saved agent, ready to predict.

    Args:
        path: a checkpoint file or a directory that holds `agent.safetensors` (a run, a shipped agent).
        device: "auto", "cpu", "cuda".

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file is damaged or foreign.
    """
    kind = read_checkpoint(path)[1].get("kind")
    if kind not in LEARNERS:
        raise ValueError(f"{path} holds a learner of kind {kind!r}; known are {', '.join(LEARNERS)}")
    return LEARNERS[kind].load(path, device=device)

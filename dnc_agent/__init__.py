"""The learner: recurrent networks with a memory, trained by policy gradient or from wanted outputs."""

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
from dnc_agent.supervised import SupervisedAgent

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
    "SupervisedAgent",
    "load",
]


#: What loads a checkpoint, by the `kind` of its description.
LEARNERS: dict[str, type[EpisodicActorCritic] | type[SupervisedAgent]] = {
    "actor-critic": EpisodicActorCritic,
    "supervised": SupervisedAgent,
}


def load(path: str | PathLike[str], device: str = "auto") -> EpisodicActorCritic | SupervisedAgent:
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

"""A network for supervised learning as data: enough to build it again from a checkpoint."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from dnc_agent.checks import shown
from dnc_agent.cores import make_core
from dnc_agent.cores.contract import RecurrentCore, check_sizes
from dnc_agent.cores.controller import uniform_linear
from dnc_agent.cores.dnc.core import DNC
from dnc_agent.networks.answering_core import AnsweringCore
from dnc_agent.networks.dropout import PartialDropout
from dnc_agent.networks.network import RecurrentNetwork
from dnc_agent.supervised.targets import Target, check_target, target_from_json


class LinearReadout(nn.Module):
    """The paper's readout: outputs are a linear function of the core's features, here with a bias.

    Args:
        features: F'.
        outputs: Y.
        generator: source of the initial weights; None uses torch's global one.
        dropout: of features; None: there is none.
    """

    def __init__(
        self,
        features: int,
        outputs: int,
        generator: torch.Generator | None = None,
        dropout: PartialDropout | None = None,
    ) -> None:
        super().__init__()
        self.dropout = dropout
        self.layer = uniform_linear(features, outputs, bias=True, generator=generator)

    def forward(self, features: Tensor, observations: Tensor) -> Tensor:
        """Features [..., F'] to outputs [..., Y]; the observations are not looked at."""
        return self.layer(features if self.dropout is None else self.dropout(features))


@dataclass(frozen=True)
class NetworkDescription:
    """Inputs as they are, a core, a linear readout.

    Attributes:
        input_size: X.
        target: what the outputs mean.
        core: name of the core.
        core_options: its options by name; JSON-able.
        dropout: probability that an output of the controller does not reach the readout in training, so that answers
            come from what was read as well (Franke et al. 2018, 'bypass dropout'). Reads are left alone.
        finder: arguments of an `AnsweringCore` around a DNC: structure put in by hand; None: the core as it is.
    """

    input_size: int
    target: Target
    core: str = "dnc"
    core_options: Mapping[str, Any] = field(default_factory=dict)
    dropout: float = 0.0
    finder: Mapping[str, Any] | None = None

    def build(self, generator: torch.Generator | None = None) -> RecurrentNetwork:
        """The network, with fresh weights drawn from `generator`; None uses torch's global one.

        Raises:
            ValueError: naming what is out of range.
        """
        check_sizes(input_size=self.input_size)
        check_target(self.target)
        core: RecurrentCore[Any] = make_core(self.core, self.input_size, self.core_options, generator)
        if self.finder is not None:
            core = _with_finder(core, self.finder)
        dropout = None
        if self.dropout:
            width = core.feature_size if core.controller_size is None else core.controller_size
            dropout = PartialDropout(width, self.dropout)
        readout = LinearReadout(core.feature_size, self.target.logits, generator, dropout)
        return RecurrentNetwork(nn.Identity(), core, readout)

    def resized(self, locations: int | None) -> "NetworkDescription":
        """The same network with so many memory locations; None: its core has no memory."""
        if locations is None:
            return self
        return replace(self, core_options={**self.core_options, "memory_size": locations})

    def to_json(self) -> dict[str, Any]:
        """What `from_json` makes it again from."""
        return {
            "input_size": self.input_size,
            "target": self.target.to_json(),
            "core": self.core,
            "core_options": dict(self.core_options),
            "dropout": self.dropout,
            "finder": None if self.finder is None else dict(self.finder),
        }

    @staticmethod
    def from_json(data: Any) -> "NetworkDescription":
        """A description from JSON.

        Raises:
            ValueError: if it is none.
        """
        if not isinstance(data, Mapping):
            raise ValueError(f"the description of the network is {shown(data)}; it must be an object")
        try:
            values = {name: data[name] for name in ("input_size", "core", "core_options")}
            target = data["target"]
            values |= {"dropout": data.get("dropout", 0.0), "finder": data.get("finder")}
        except (KeyError, TypeError) as error:
            raise ValueError(f"the description of the network lacks {error}") from None
        return NetworkDescription(target=target_from_json(target), **values)


def _with_finder(core: RecurrentCore[Any], finder: Any) -> AnsweringCore:
    if not isinstance(core, DNC):
        raise ValueError(f"finder with core={type(core).__name__}; only a DNC has words to look at")
    arguments = dict(finder) if isinstance(finder, Mapping) else {}
    if not {"cue", "answer"} <= arguments.keys():
        raise ValueError(f"finder={shown(finder)}; it must be an object with cue and answer")
    return AnsweringCore(core, cue=arguments.pop("cue"), answer=arguments.pop("answer"), finder=arguments)

"""What the kernels need to know of a core: sizes, options, and weights packed for the step loop."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from dnc_agent.cores.dnc.interface import NORM_EPSILON
from dnc_agent.cores.dnc.options import DNCOptions
from dnc_agent.kernels.layer_weights import Layer, detached, pack_layers, unpack_layers, zero_layers


class Plan(NamedTuple):
    """Sizes and options of a core; the letters are those of `dnc_agent.cores.dnc.options.DNCOptions`.

    The parameters that go with a plan are, in this order: the weights [4H, X + R W + H (+ H)] of all controller
    layers, their biases, weight and, if any, bias of the interface, and weight and bias of its LayerNorm, if any.
    A feed-forward controller has weights [H, X + R W (+ H)].
    """

    x: int
    h: int
    layers: int
    recurrent: bool  #: an LSTM, not tanh units without a state
    n: int
    w: int
    r: int
    xi: int  #: length of the interface vector
    masked: bool
    erase_freed: bool
    skip: bool
    reads_skip: bool
    bias: bool
    norm_eps: float | None  #: None: no LayerNorm on the interface
    links: bool  #: temporal links, and read modes that follow them
    sparse: int | None
    limit: float  #: gradient clip at the controller's activations; infinity turns it off
    rounded: bool  #: factors of matrix products are rounded to bfloat16 where parameters are float32

    @property
    def hidden(self) -> int:
        """Width of all hidden activations."""
        return self.layers * self.h

    @property
    def gates(self) -> int:
        """Width of what a layer computes before its non-linearity."""
        return 4 * self.h if self.recurrent else self.h

    @property
    def cell(self) -> int:
        """Width of a layer's state, and of what it sees of its own last output."""
        return self.h if self.recurrent else 0

    @property
    def features(self) -> int:
        """Width of [h; reads]."""
        return self.hidden + self.r * self.w

    @property
    def empty(self) -> float:
        """What the reads hold before the first step of an episode."""
        return 0.0

    @property
    def linked(self) -> int:
        """N, or 0 without temporal links: the side of the link matrix."""
        return self.n if self.links else 0

    @staticmethod
    def of(input_size: int, options: DNCOptions) -> Plan:
        """For a core with so many inputs."""
        clip = options.gradient_clip
        return Plan(
            x=input_size,
            h=options.hidden_size,
            layers=options.num_layers,
            recurrent=options.controller == "lstm",
            n=options.memory_size,
            w=options.word_size,
            r=options.read_heads,
            xi=sum(options.field_sizes.values()),
            masked=options.masked_lookup,
            erase_freed=options.erase_on_deallocation,
            skip=options.interface_skip,
            reads_skip=options.reads_skip,
            bias=options.interface_bias is not None,
            norm_eps=NORM_EPSILON if options.interface_norm else None,
            links=options.temporal_links,
            sparse=options.sparse_links,
            limit=float("inf") if clip is None else float(clip),
            rounded=options.matmul_precision == "bf16",
        )


class Weights(NamedTuple):
    """The parameters, cut by what they multiply. All are detached; matrices may be rounded to bfloat16."""

    layers: tuple[Layer, ...]
    interface: Tensor  #: [K, hidden]
    interface_input: Tensor | None  #: [K, X], with interface_skip
    interface_reads: Tensor | None  #: [K, R * W], with reads_skip
    interface_bias: Tensor | None  #: [K]
    norm: tuple[Tensor, Tensor] | None  #: weight and bias [K]

    @staticmethod
    def pack(plan: Plan, parameters: list[Tensor]) -> Weights:
        """Cut the parameters, which come in the order of `Plan`."""
        parameters = detached(plan, parameters)
        rest = parameters[2 * plan.layers :]
        return Weights(
            layers=pack_layers(plan, parameters[: plan.layers], parameters[plan.layers : 2 * plan.layers]),
            interface=rest[0][:, : plan.hidden],
            interface_input=rest[0][:, plan.hidden : plan.hidden + plan.x] if plan.skip else None,
            interface_reads=rest[0][:, -plan.r * plan.w :] if plan.reads_skip else None,
            interface_bias=rest[1] if plan.bias else None,
            norm=(rest[-2], rest[-1]) if plan.norm_eps is not None else None,
        )

    def zeros(self) -> Weights:
        """Room for gradients of the same shapes, in full precision."""
        exact = self.layers[0].bias.dtype

        def like(tensor: Tensor | None) -> Tensor | None:
            return None if tensor is None else torch.zeros_like(tensor, dtype=exact)

        return Weights(
            zero_layers(self.layers),
            torch.zeros_like(self.interface, dtype=exact),
            like(self.interface_input),
            like(self.interface_reads),
            like(self.interface_bias),
            None if self.norm is None else (torch.zeros_like(self.norm[0]), torch.zeros_like(self.norm[1])),
        )

    def unpack(self, plan: Plan) -> list[Tensor]:
        """Put the pieces together again, in the order of `Plan`."""
        found = unpack_layers(plan, self.layers)
        skips = [part for part in (self.interface_input, self.interface_reads) if part is not None]
        found.append(torch.cat([self.interface, *skips], 1))
        if self.interface_bias is not None:
            found.append(self.interface_bias)
        return found + list(self.norm or ())

"""Sizes of a Neural Turing Machine, and the arrays that its kernels are handed besides the obvious."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from dnc_agent.cores.ntm.interface import interface_size
from dnc_agent.cores.ntm.options import EMPTY, NTMOptions
from dnc_agent.kernels.pool import Room


class NTMPlan(NamedTuple):
    """Sizes and options of a core; the letters are those of `dnc_agent.cores.ntm.options.NTMOptions`.

    Its parameters are the weights of all controller layers, their biases, and weight and bias of the interface.
    """

    x: int
    h: int
    layers: int
    n: int
    w: int
    r: int  #: read heads
    v: int  #: write heads; they come first wherever heads lie side by side
    s: int  #: shifts that a head chooses among
    limit: float  #: gradient clip at the controller's activations; infinity turns it off
    recurrent: bool = True
    rounded: bool = False
    empty: float = EMPTY

    @property
    def heads(self) -> int:
        """All heads."""
        return self.v + self.r

    @property
    def xi(self) -> int:
        """Length of the interface vector."""
        return interface_size(self.w, self.heads, self.v, self.s)

    @property
    def hidden(self) -> int:
        """Width of all hidden activations."""
        return self.layers * self.h

    @property
    def cell(self) -> int:
        """Width of a layer's state."""
        return self.h

    @property
    def features(self) -> int:
        """Width of [h; reads]."""
        return self.hidden + self.r * self.w

    @staticmethod
    def of(input_size: int, options: NTMOptions) -> NTMPlan:
        """For a core with so many inputs."""
        clip = options.gradient_clip
        return NTMPlan(
            x=input_size,
            h=options.hidden_size,
            layers=options.num_layers,
            n=options.memory_size,
            w=options.word_size,
            r=options.read_heads,
            v=options.write_heads,
            s=options.shifts,
            limit=float("inf") if clip is None else float(clip),
        )


class Record(NamedTuple):
    """What is kept of the memory; slot t is from before step t, slot t + 1 what step t computed."""

    memory: Tensor  #: [slots, B, N, W]; T + 1 slots, or one that is written in place
    norms: Tensor  #: [slots, B, N], of the memory's rows
    weightings: Tensor  #: [T + 1, B, V + R, N]
    cosines: Tensor  #: [T, B, V + R, N]
    shifted: Tensor  #: [T, B, V + R, N], weightings before they are sharpened

    @staticmethod
    def make(room: Room, plan: NTMPlan, steps: int, batch: int, slots: int) -> Record:
        """Uninitialised."""
        many = (batch, plan.heads, plan.n)
        return Record(
            *(room(slots, batch, plan.n, plan.w), room(slots, batch, plan.n)),
            *(room(steps + 1, *many), room(steps, *many), room(steps, *many)),
        )


class Fields(NamedTuple):
    """The interface of one element (see `dnc_agent.cores.ntm.interface`), or its gradient; H = V + R heads."""

    keys: Tensor  #: [H, W]
    strengths: Tensor  #: [H]
    gates: Tensor  #: [H]
    shifts: Tensor  #: [H, S]
    powers: Tensor  #: [H]
    erase: Tensor  #: [V, W]
    add: Tensor  #: [V, W]

    @staticmethod
    def make(room: Room, plan: NTMPlan) -> Fields:
        """Uninitialised."""
        heads, words = plan.heads, (plan.v, plan.w)
        return Fields(
            *(room(heads, plan.w), room(heads), room(heads), room(heads, plan.s), room(heads)),
            *(room(*words), room(*words)),
        )


class Scratch(NamedTuple):
    """Room for one element; every thread has its own."""

    fields: Fields
    d_fields: Fields
    lines: Tensor  #: [5, N]
    d_cosines: Tensor  #: [H, N]
    pulls: Tensor  #: [R, W]

    @staticmethod
    def make(room: Room, plan: NTMPlan) -> Scratch:
        """Uninitialised."""
        return Scratch(
            Fields.make(room, plan),
            Fields.make(room, plan),
            *(room(5, plan.n), room(plan.heads, plan.n), room(plan.r, plan.w)),
        )

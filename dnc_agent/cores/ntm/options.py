"""Options of the Neural Turing Machine."""

from dataclasses import dataclass

from dnc_agent.checks import shown
from dnc_agent.cores.options import BACKENDS, check_choice, check_gain, check_optional_sizes, check_sizes

#: What every entry of an empty memory holds. Collier & Beel (2018, 'Implementing Neural Turing Machines') compared
#: ways to start: with a small constant training converged twice as fast on average as with the next best.
EMPTY = 1e-6


@dataclass(frozen=True)
class NTMOptions:
    """Options of the Neural Turing Machine; sizes default to those of the paper's copy task.

    Attributes:
        output_size: Y; None leaves the output layer out and returns the features [h; r] of width
            `num_layers * hidden_size + read_heads * word_size`.
        hidden_size: H, units per controller layer.
        num_layers: controller layers.
        memory_size: N, number of locations. Weights do not depend on it; `NTM.resize` changes it.
        word_size: W, width of a location.
        read_heads: how many heads read.
        write_heads: how many heads write.
        shift_range: k, heads may move by up to so many locations to either side at a step.
        forget_bias: initial bias of the controller's forget gates.
        input_gain: factor of the controller's initial weights on the input x
            (`dnc_agent.cores.controller.amplify_input`).
        gradient_clip: element-wise clip of gradients at the controller activations; None turns it off.
        backend: "fused" (`dnc_agent.kernels`, compiled for a CPU; an error where they cannot run), "reference" (plain
            PyTorch), or "auto": the fused one where it can run, else the reference.

    Raises:
        ValueError: naming the option that is out of range.
    """

    output_size: int | None = None
    hidden_size: int = 100
    num_layers: int = 1
    memory_size: int = 128
    word_size: int = 20
    read_heads: int = 1
    write_heads: int = 1
    shift_range: int = 1
    forget_bias: float = 0.0
    input_gain: float = 1.0
    gradient_clip: float | None = 10.0
    backend: str = "auto"

    def __post_init__(self) -> None:
        check_optional_sizes(output_size=self.output_size)
        check_sizes(
            hidden_size=self.hidden_size,
            num_layers=self.num_layers,
            memory_size=self.memory_size,
            word_size=self.word_size,
            read_heads=self.read_heads,
            write_heads=self.write_heads,
            shift_range=self.shift_range,
        )
        check_gain(self.input_gain)
        check_choice("backend", self.backend, BACKENDS)
        if self.shifts > self.memory_size:
            raise ValueError(
                f"memory_size={shown(self.memory_size)}; with shift_range={self.shift_range} "
                f"at least {self.shifts} locations are needed"
            )

    @property
    def heads(self) -> int:
        """Number of all heads."""
        return self.write_heads + self.read_heads

    @property
    def shifts(self) -> int:
        """S, number of shifts that a head chooses among."""
        return 2 * self.shift_range + 1

"""The equations of the Neural Turing Machine's memory as pure functions, one function per equation.

Shapes: B batch, N memory locations, W word width, H heads, S shifts. Source of every function: Graves, Wayne &
Danihelka (2014), 'Neural Turing Machines', arXiv:1410.5401, section 3, whose numbers of equations are given.
Content addressing (equations 5 and 6) is that of the DNC: `dnc_agent.cores.dnc.addressing.content_weighting`.
"""

import torch
from torch import Tensor


def interpolate(content: Tensor, previous: Tensor, gates: Tensor) -> Tensor:
    """Equation 7: w_g(i) = g w_c(i) + (1 - g) w_{t-1}(i).

    Args:
        content: [B, H, N].
        previous: [B, H, N], weightings of the previous step.
        gates: [B, H] in (0, 1).

    Returns:
        [B, H, N]; rows sum to 1 if those of both arguments do.
    """
    # Under autocast gates come in fewer bits, which `lerp` does not mix.
    gates = gates.to(content.dtype).unsqueeze(-1)
    return torch.lerp(previous.to(content.dtype), content, gates)


def shift(weightings: Tensor, shifts: Tensor) -> Tensor:
    """Equation 8, circular convolution: w'(i) = sum_j w_g(j) s(i - j), indices modulo N.

    Args:
        weightings: [B, H, N].
        shifts: [B, H, S] with S = 2 k + 1 at most N; entry q is the weight of moving by q - k locations.

    Returns:
        [B, H, N]; rows sum to 1 if those of both arguments do.
    """
    locations, count = weightings.shape[-1], shifts.shape[-1]
    reach = count // 2
    # Padded so that location i of the padded row holds location i - reach of the circle.
    ends = weightings[..., locations - reach :], weightings[..., :reach]
    padded = torch.cat([ends[0], weightings, ends[1]], -1)
    moved = [padded[..., start : start + locations] for start in range(count)]
    # A row that starts `start` further to the right has moved by reach - start.
    total = moved[0] * shifts[..., -1:]
    for start in range(1, count):
        total = torch.addcmul(total, moved[start], shifts[..., count - 1 - start].unsqueeze(-1))
    return total


def sharpen(weightings: Tensor, powers: Tensor) -> Tensor:
    """Equation 9: w(i) = w'(i)^gamma / sum_j w'(j)^gamma.

    Weightings are divided by their largest entry first, which the quotient does not see: otherwise a power of
    small entries underflows, and the sum of all of them to zero.

    Args:
        weightings: [B, H, N], not negative, none all zero.
        powers: gamma, [B, H], at least 1.

    Returns:
        [B, H, N], each row sums to 1.
    """
    largest = weightings.detach().amax(-1, keepdim=True)
    raised = (weightings / largest) ** powers.unsqueeze(-1)
    return raised / raised.sum(-1, keepdim=True)


def write(memory: Tensor, weightings: Tensor, erase: Tensor, add: Tensor) -> Tensor:
    """Equations 3 and 4: M(i) = M_{t-1}(i) prod_h (1 - w_h(i) e_h) + sum_h w_h(i) a_h.

    All heads erase before any adds, so that their order does not matter.

    Args:
        memory: [B, N, W].
        weightings: [B, H, N].
        erase: [B, H, W] in (0, 1).
        add: [B, H, W].

    Returns:
        [B, N, W].
    """
    for head in range(weightings.shape[1]):
        memory = memory * (1.0 - weightings[:, head].unsqueeze(-1) * erase[:, head].unsqueeze(1))
    return torch.baddbmm(memory, weightings.transpose(1, 2), add)


def read(memory: Tensor, weightings: Tensor) -> Tensor:
    """Equation 2: r_h = sum_i w_h(i) M(i), read vectors [B, H, W] from [B, N, W] and [B, H, N]."""
    return weightings @ memory

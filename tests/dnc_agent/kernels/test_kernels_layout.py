"""What the kernels compute depends on nothing but what they are given."""

import importlib.util

import numpy as np
import torch

from dnc_agent.kernels import pool
from dnc_agent.kernels.plan import Plan
from dnc_agent.kernels.tape import Tape
from tests.dnc_agent.helpers import make_dnc

KERNEL = """
from dnc_agent.kernels.jit import helper, kernel
from dnc_agent.kernels.vector_math import softmax

@helper
def long(a, out):
    for i in range(a.shape[0]):
        softmax(a[i], out[i])
        for j in range(a.shape[1]):
            out[i, j] = out[i, j] * a[i, j] + 1 / (1 + a[i, 0] * a[i, j]) - a[0, j] ** 2

@kernel
def entry(a, out):
    long(a, out)
    long(out, a)
    long(a, out)
"""


def test_a_kernel_has_no_functions_of_its_own(tmp_path):
    """Of a function that exists twice the linker takes the first; only a process that compiles has two."""
    path = tmp_path / "one_kernel.py"
    path.write_text(KERNEL)
    spec = importlib.util.spec_from_file_location("one_kernel", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.entry(np.ones((5, 7), np.float32), np.ones((5, 7), np.float32))
    (code,) = module.entry.inspect_llvm().values()
    assert "define" in code
    assert "define linkonce_odr" not in code


def test_an_empty_memory_is_not_lent_to_others():
    """The links of 160 locations are large enough for the pool; they stay empty as long as the tape lives."""
    core = make_dnc(0, memory_size=160)
    plan = core.for_kernels()[0]
    assert isinstance(plan, Plan)
    tape = Tape(plan, 3, 2, core.interface.weight.detach(), True, None)
    tape.set_reset(torch.ones(3, 2, dtype=torch.bool))
    kept = tape.blank[4][0].ctypes.data
    assert kept not in [block.data_ptr() for block in pool._idle]

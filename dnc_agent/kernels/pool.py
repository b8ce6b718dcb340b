"""Keeps large buffers between calls: fresh memory costs a page fault for every 4 KB that is first touched."""

import math
import threading
from collections import deque

import torch
from torch import Tensor

#: At most this many bytes lie idle; the longest idle go first.
LIMIT_BYTES = 256 * 2**20
_SMALLEST = 2**16  # below this many bytes malloc keeps the memory anyway

_lock = threading.Lock()
_idle: list[Tensor] = []
#: Given back and not among the idle yet. No lock guards it: a room may be collected, and give back what it has, at any
#: allocation, also of the thread that holds the lock.
_returned: deque[Tensor] = deque()


class Room:
    """Hands out uninitialised tensors and takes them all back at once.

    The tensors must not be used after `release`, which deletion implies.
    """

    def __init__(self, dtype: torch.dtype) -> None:
        self.dtype = dtype
        self._lent: list[Tensor] = []

    def __call__(self, *shape: int, dtype: torch.dtype | None = None) -> Tensor:
        """A tensor of this shape, of the room's dtype unless another is given."""
        dtype = dtype or self.dtype
        size = math.prod(shape) * dtype.itemsize
        if size < _SMALLEST:
            return torch.empty(shape, dtype=dtype)
        block = _take(size)
        self._lent.append(block)
        return block.view(dtype).view(shape)

    def release(self) -> None:
        """Give everything back; a second call does nothing."""
        lent, self._lent = self._lent, []
        _returned.extend(lent)
        # Who has the lock settles as well, now or at the next call.
        if _lock.acquire(blocking=False):
            try:
                _settle()
            finally:
                _lock.release()

    def __del__(self) -> None:
        # torch.compile makes objects without calling `__init__`.
        if hasattr(self, "_lent"):
            self.release()


def _settle() -> None:
    """Put what was given back among the idle, and let the longest idle go; the lock is held."""
    while _returned:
        _idle.append(_returned.popleft())
    total = sum(block.numel() for block in _idle)
    while total > LIMIT_BYTES:
        total -= _idle.pop(0).numel()


def _take(size: int) -> Tensor:
    with _lock:
        _settle()
        for k in range(len(_idle) - 1, -1, -1):
            if _idle[k].numel() == size:
                return _idle.pop(k)
    return torch.empty(size, dtype=torch.uint8)

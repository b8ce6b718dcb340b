"""How every kernel is compiled: two decorators over `numba.njit`.

The fast-math flags allow reordering and fused multiply-adds, but not the assumption that NaN and infinity do
not occur: a NaN must stay visible inside its batch element and must be cleared by a reset.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba

FASTMATH = {"contract", "reassoc", "nsz", "arcp", "afn"}


def _source_stamp() -> str:
    """A digest of all kernel sources: numba itself only looks at the file that holds the cached function."""
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


_STAMP = _source_stamp()


def helper(function: Callable[..., Any]) -> Any:
    """Compile a function that kernels call; it is inlined into them and not cached by itself."""
    return numba.njit(nogil=True, fastmath=FASTMATH, error_model="numpy")(function)


def kernel(function: Callable[..., Any]) -> Any:
    """Compile an entry point that Python calls, once, cached on disk and without the interpreter lock."""
    dispatcher = numba.njit(nogil=True, fastmath=FASTMATH, error_model="numpy", cache=True)(function)
    index: Any = getattr(getattr(dispatcher, "_cache", None), "_cache_file", None)
    if hasattr(index, "_source_stamp"):
        index._source_stamp = _STAMP
        return dispatcher
    # A numba whose cache cannot be told about the other files: rather compile every time than run stale code.
    return helper(function)

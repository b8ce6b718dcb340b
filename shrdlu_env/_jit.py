"""One switch for compilation: `njit` compiles with numba where numba is there, else does nothing.

The code under it is plain Python over numpy arrays, so it runs either way (about 300 times slower without
numba).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

numba: Any
try:
    import numba
except ImportError:
    numba = None

HAVE_NUMBA = numba is not None


def _sources_stamp() -> tuple[str, int]:
    """A fingerprint of every source file of this package that holds compiled functions."""
    digest = hashlib.sha256()
    size = 0
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        text = path.read_bytes()
        if b"@njit" in text:
            digest.update(text)
            size += len(text)
    return digest.hexdigest(), size


def mend_cache(cache_file: Any) -> None:
    """Drop what cannot be read from numba's cache on disk, so that it is compiled again.

    numba asks for the file's name and its age alone; a file cut short, as a full disk leaves it, would make every
    later start fail. `dnc_agent.kernels.jit` has the same few lines: neither package may import the other.
    """
    read_index, read_data = cache_file._load_index, cache_file._load_data

    def load_index() -> Any:
        try:
            return read_index()
        except OSError:
            raise
        except Exception:  # unpickling a broken file may raise anything
            Path(cache_file._index_path).unlink(missing_ok=True)
            return {}

    def load_data(name: str) -> Any:
        try:
            return read_data(name)
        except OSError:
            raise
        except Exception as error:
            Path(cache_file._data_path(name)).unlink(missing_ok=True)
            # What numba takes for a file that is not there.
            raise FileNotFoundError(f"{name} was broken") from error

    cache_file._load_index, cache_file._load_data = load_index, load_data


def njit(function: Function) -> Function:
    """Compile a function with numba and keep the machine code on disk; without numba return it unchanged.

    Compiled code lets other threads run: puzzles may be drawn while a network learns.
    """
    return _compile(function, nogil=True)


def njit_lean(function: Function) -> Function:
    """`njit` for functions that make no arrays and call nothing that does; a division by zero gives no error there.

    Numba counts references to every view of an array, a call each; where nothing is made nothing need be freed. The
    functions are inlined where they are called: an array is seven arguments, and a batch of puzzles dozens. Without
    both a step takes one and a half times as long.
    """
    return _compile(function, nogil=True, _nrt=False, error_model="numpy", forceinline=True)


def _compile(function: Function, **options: Any) -> Function:
    if not HAVE_NUMBA:
        return function
    try:
        compiled = numba.njit(cache=True, **options)(function)
    except RuntimeError:  # nowhere to write: neither beside the source nor in the user's cache directory
        return numba.njit(**options)(function)
    # numba looks only at the function's own file to tell whether its cached machine code is stale, and would
    # keep an old copy of a helper that lives in another file. Stamp the cache with all sources instead.
    cache_file: Any = getattr(getattr(compiled, "_cache", None), "_cache_file", None)
    if hasattr(cache_file, "_source_stamp"):
        cache_file._source_stamp = _STAMP
    if hasattr(cache_file, "_load_index") and hasattr(cache_file, "_load_data"):
        mend_cache(cache_file)
    return compiled


_STAMP = _sources_stamp()

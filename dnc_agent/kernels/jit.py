"""How every kernel is compiled: two decorators over `numba.njit`.

The fast-math flags allow reordering and fused multiply-adds, but not the assumption that NaN and infinity do
not occur: a NaN must stay visible inside its batch element and must be cleared by a reset.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba.core.compiler import CompilerBase, DefaultPassBuilder

FASTMATH = {"contract", "reassoc", "nsz", "arcp", "afn"}


def _source_stamp() -> str:
    """A digest of all kernel sources: numba itself only looks at the file that holds the cached function."""
    digest = hashlib.sha256(numba.__version__.encode())
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


_STAMP = _source_stamp()


class _NoAlias(CompilerBase):
    """Numba's usual pipeline, with C's `restrict` on array arguments.

    Without it LLVM guards every vectorised loop by run-time overlap checks, which cost more than the short
    loops over words and heads themselves, and gives up where it would need more than eight of them. Kernels
    thus must not be handed overlapping arrays of which one is written (element-wise updates in place apart).
    """

    def define_pipelines(self) -> list[Any]:
        self.state.flags.noalias = True
        return [DefaultPassBuilder.define_nopython_pipeline(self.state)]


#: What every function of the kernels is compiled with.
OPTIONS: Any = {
    "nogil": True,
    "_nrt": False,  # nothing is allocated, and counting references to all the views takes a third of the time
    "fastmath": FASTMATH,
    "error_model": "numpy",
    "pipeline_class": _NoAlias,
}


def mend_cache(cache_file: Any) -> None:
    """Drop what cannot be read from numba's cache on disk, so that it is compiled again.

    numba asks for the file's name and its age alone; a file cut short, as a full disk leaves it, would make every
    later start fail. `shrdlu_env._jit` has the same few lines: neither package may import the other.
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


def helper(function: Callable[..., Any]) -> Any:
    """Compile a function that kernels call; it is inlined into them and not cached by itself.

    Inlining is forced. A helper left as a function of its own exists twice in a process that compiles, by itself and
    in the kernel's object file, and the linker takes the first, which is optimised differently from the one that
    later processes find in the cache: the first run of a seed would differ from all others in its last bits.
    """
    return numba.njit(**OPTIONS, forceinline=True)(function)


def kernel(function: Callable[..., Any]) -> Any:
    """Compile an entry point that Python calls, once, cached on disk and without the interpreter lock."""
    dispatcher = numba.njit(**OPTIONS, cache=True)(function)
    index: Any = getattr(getattr(dispatcher, "_cache", None), "_cache_file", None)
    if hasattr(index, "_source_stamp"):
        index._source_stamp = _STAMP
        if hasattr(index, "_load_index") and hasattr(index, "_load_data"):
            mend_cache(index)
        return dispatcher
    # A numba whose cache cannot be told about the other files: rather compile every time than run stale code.
    return helper(function)

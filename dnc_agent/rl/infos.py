"""Infos of a vector step as stable-baselines3's callbacks know them, made only where somebody looks."""

from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np


class InfoRows(Sequence[dict[str, Any]]):
    """Arrays [B] by name, seen as one dict per sub-environment; no dict exists before it is asked for.

    Args:
        arrays: what each info holds.
        count: B.
    """

    def __init__(self, arrays: dict[str, np.ndarray], count: int) -> None:
        self._arrays, self._count = arrays, count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> dict[str, Any]: ...

    @overload
    def __getitem__(self, index: slice) -> list[dict[str, Any]]: ...

    def __getitem__(self, index: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(self._count))]
        if not -self._count <= index < self._count:
            raise IndexError(f"index {index} of {self._count} infos")
        return {key: values[index].item() for key, values in self._arrays.items()}

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self[index] for index in range(self._count))

"""scikit-learn, which is installed only by those who probe."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from train.errors import UsageError


def sklearn(module: str) -> Any:
    """A module of scikit-learn.

    Raises:
        UsageError: if it is not installed.
    """
    try:
        return import_module(f"sklearn.{module}")
    except ModuleNotFoundError:
        raise UsageError(
            'scikit-learn is not installed, and this needs it: pip install "shrdlu-dnc[analysis]"'
        ) from None

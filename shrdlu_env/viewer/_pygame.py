"""Import pygame quietly: no banner on standard output (commands print JSON there), no third-party warnings.

Everything in the viewer imports `pygame` from here. Nothing here opens a display or touches an environment
variable.
"""

from __future__ import annotations

import contextlib
import io
import warnings

with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pygame
    import pygame.font
    import pygame.surfarray

__all__ = ["pygame"]

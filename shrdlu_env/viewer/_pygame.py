"""Import pygame without third-party warnings; everything in the viewer imports `pygame` from here.

Nothing here opens a display or touches an environment variable. (Gymnasium, which is always loaded before,
has pygame keep its greeting to itself.)
"""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    # pygame 2.6 loads its font through pkg_resources where that exists, which warns that it is deprecated.
    warnings.simplefilter("ignore")
    import pygame
    import pygame.font
    import pygame.pkgdata
    import pygame.surfarray

__all__ = ["pygame"]

"""Which font has which letters: DejaVu for most, one of the system's for scripts that DejaVu lacks."""

from __future__ import annotations

import itertools
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from shrdlu_env.viewer._pygame import pygame

_FACES = {False: "DejaVuSans.ttf", True: "DejaVuSans-Bold.ttf"}

# Fonts with Chinese, Japanese and Korean letters that systems bring, the best first.
_OTHERS = (
    *("notosanscjkjp", "notosanscjksc", "notosanscjkkr", "notosanscjktc", "sourcehansans"),
    *("hiraginosans", "pingfangsc", "applesdgothicneo", "yugothic", "microsoftyahei", "malgungothic"),
    *("wenquanyimicrohei", "wenquanyizenhei", "ipagothic", "takaogothic", "vlgothic", "nanumgothic"),
    *("droidsansfallback", "meiryo", "msgothic", "simsun", "arplumingcn", "arialunicodems", "unifont"),
)
# No letter, and none ever will be: fonts draw it as they draw what they lack.
_LACKING = "\uffff"


@cache
def usual_face(bold: bool) -> str | None:
    """The font's file, None for the one that pygame brings."""
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / _FACES[bold]
    return str(path) if path.is_file() else None


@cache
def other_faces() -> tuple[str, ...]:
    """Files of the system's fonts for other scripts."""
    found = (pygame.font.match_font(name) for name in _OTHERS)
    return tuple(dict.fromkeys(file for file in found if file is not None))


@cache
def has(face: str | None, letter: str) -> bool:
    """Whether a font draws a letter as more than the sign for what it lacks."""
    font = pygame.font.Font(face, 24)
    try:
        drawn, lacking = (font.render(string, True, (255, 255, 255)) for string in (letter, _LACKING))
    except pygame.error:
        # What has no width needs no other font.
        return True
    return pygame.image.tobytes(drawn, "RGBA") != pygame.image.tobytes(lacking, "RGBA")


@cache
def _face_of(letter: str, bold: bool) -> str | None:
    usual = usual_face(bold)
    if letter.isascii() or has(usual, letter):
        return usual
    return next((face for face in other_faces() if has(face, letter)), usual)


def pieces(string: str, bold: bool) -> list[tuple[str | None, str]]:
    """A text as stretches of one font each: (file, None for the one that pygame brings, stretch)."""
    if string.isascii():
        return [(usual_face(bold), string)]
    groups = itertools.groupby(string, lambda letter: _face_of(letter, bold))
    return [(face, "".join(letters)) for face, letters in groups]

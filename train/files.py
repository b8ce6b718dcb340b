"""Files that are whole or not there: written under a temporary name, then renamed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from train.errors import UsageError

#: Room that a directory must have before minutes of work whose result goes there.
PROBE_BYTES = 1 << 20


def at_home(path: str | os.PathLike[str]) -> Path:
    """A path with a leading `~` written out, as a shell does it where it sees one."""
    # Unlike `Path.expanduser`, this leaves a file alone whose name begins so and names no user.
    return Path(os.path.expanduser(path))


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary name beside `path`, renamed to it at the end; after an error `path` is as it was.

    Args:
        path: the file; its directory is made if missing.

    Raises:
        UsageError: if it cannot be written, naming it and the reason.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        clear_leftovers(path.parent, path.name)
        yield temporary
        # A full disk shows here, not after the rename.
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise cannot_write(path, error) from None
    finally:
        if temporary.exists():
            temporary.unlink()


def write_text(path: Path, text: str) -> None:
    """Write a text file; a reader sees the old one or the new one, never a part."""
    with replacing(path) as temporary:
        temporary.write_text(text, "utf-8")


def cannot_write(path: Path, error: OSError) -> UsageError:
    """What to say about a file that cannot be written."""
    reason = error.strerror or str(error)
    return UsageError(f"{path} cannot be written: {reason}; make room there or name another place")


def probe(directory: Path) -> None:
    """Write a little into a directory, to know before the work whether its result will fit; nothing stays.

    Args:
        directory: where the result is to go; its nearest parent is tried where there is none yet.

    Raises:
        UsageError: if it is read-only or full.
    """
    place = directory
    while not place.exists() and place != place.parent:
        place = place.parent
    file = place / f".probe.{os.getpid()}.tmp"
    try:
        try:
            with open(file, "wb") as stream:
                stream.write(bytes(PROBE_BYTES))
                stream.flush()
                os.fsync(stream.fileno())
        finally:
            if file.exists():
                file.unlink()
    except OSError as error:
        raise cannot_write(directory, error) from None


def clear_leftovers(directory: Path, name: str = "*") -> None:
    """Remove what writers that were killed left behind in a directory.

    Args:
        directory: where to look.
        name: of the files that they were writing; by default of any.
    """
    for path in directory.glob(f".{name}.tmp") if name == "*" else directory.glob(f".{name}.*.tmp"):
        writer = path.name.split(".")[-2]
        if writer.isdecimal() and not _lives(int(writer)):
            path.unlink(missing_ok=True)


def _lives(process: int) -> bool:
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True

"""Tables and logs of a run, and how they are cut back to a checkpoint from which the run goes on."""

from __future__ import annotations

import csv
import struct
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from train.errors import UsageError
from train.files import replacing, write_text


def whole_rows(path: Path, column: str, last: float | None = None) -> tuple[str, list[str]]:
    """Header and rows of a CSV file as they stand, without what a killed process left in the way.

    Left out are half-written rows, rows after `last`, and rows that were repeated later: when a run went on from
    a checkpoint before them.

    Args:
        path: the file.
        column: a number that grows from row to row.
        last: the highest that is kept; None: all.

    Raises:
        UsageError: if the file has no such column.
    """
    text = path.read_text("utf-8", errors="replace")
    header, *lines = text.splitlines(keepends=True) or [""]
    names = next(csv.reader([header]), [])
    if not header.endswith("\n"):
        return "", []
    if column not in names:
        raise UsageError(f"{path} is damaged: it has no column {column}")
    place = names.index(column)
    kept: list[tuple[float, str]] = []
    for line in lines:
        cells = next(csv.reader([line]), [])
        try:
            value = float(cells[place])
        except (IndexError, ValueError):
            continue
        if len(cells) != len(names) or not line.endswith("\n") or (last is not None and value > last):
            continue
        while kept and kept[-1][0] >= value:
            kept.pop()
        kept.append((value, line))
    return header, [line for _, line in kept]


def cut_table(path: Path, column: str, last: float, target: Path | None = None) -> None:
    """Cut a CSV file back to rows with at most `last` in a column, atomically.

    Args:
        path: the file; nothing happens if there is none.
        column: a number that grows from row to row.
        last: the highest that is kept.
        target: where the result goes; None: in its place.
    """
    if not path.exists():
        return
    header, rows = whole_rows(path, column, last)
    text = header + "".join(rows)
    if not text and target is None:
        path.unlink()
    elif target is not None or text != path.read_text("utf-8", errors="replace"):
        write_text(target or path, text)


def cut_logs(folder: Path, steps: int) -> None:
    """Cut CSV logs and TensorBoard events back to a number of environment steps."""
    for path in sorted(folder.glob("progress-*.csv")):
        if path.stat().st_size:
            cut_table(path, "time/total_timesteps", steps)
    if find_spec("tensorboard") is not None:
        for path in sorted(folder.glob("events.out.tfevents.*")):
            _cut_events(path, steps)


def _cut_events(path: Path, steps: int) -> None:
    from tensorboard.compat.proto.event_pb2 import Event

    data = path.read_bytes()
    kept = b"".join(record for record, event in _records(data) if Event.FromString(event).step <= steps)
    if kept != data:
        with replacing(path) as temporary:
            temporary.write_bytes(kept)


def _records(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The whole records of an event file and what is in each: length, its checksum, content, its checksum."""
    begin = 0
    while begin + 16 <= len(data):
        (length,) = struct.unpack_from("<Q", data, begin)
        end = begin + 12 + length + 4
        if end > len(data):
            return
        yield data[begin:end], data[begin + 12 : end - 4]
        begin = end

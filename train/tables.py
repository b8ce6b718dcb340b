"""Tables and logs of a run, and how they are cut back to a checkpoint from which the run goes on."""

from __future__ import annotations

import csv
import math
import struct
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from train.errors import UsageError
from train.files import replacing, write_text


def whole_rows(path: Path, column: str, last: float | None = None) -> tuple[str, list[str]]:
    """Header and rows of a CSV file as they stand, without what a killed process left in the way.

    A cell is a number or empty. Left out are half-written rows, rows after `last`, and rows that were repeated
    later: when a run went on from a checkpoint before them.

    Args:
        path: the file.
        column: a number that grows from row to row.
        last: the highest that is kept; None: all.

    Raises:
        UsageError: if the file is no text, has no such column, or a row that is broken and not the last.
    """
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is damaged: byte {error.start} is no text") from None
    header, *lines = text.splitlines(keepends=True) or [""]
    names = next(csv.reader([header]), [])
    if not header.endswith("\n"):
        return "", []
    if column not in names:
        raise UsageError(f"{path} is damaged: it has no column {column}")
    place = names.index(column)
    kept: list[tuple[float, str]] = []
    for number, line in enumerate(lines, 2):
        cells = next(csv.reader([line]), [])
        try:
            value = [math.nan if cell == "" else float(cell) for cell in cells][place]
            whole = len(cells) == len(names) and line.endswith("\n")
        except (IndexError, ValueError):
            value, whole = math.nan, False
        if not whole or not math.isfinite(value):
            if number <= len(lines):
                # Nobody who is killed leaves that: rows are only ever added at the end.
                raise UsageError(f"{path} is damaged in line {number}: {line.strip()!r:.60}")
            continue
        if last is not None and value > last:
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
    elif target is not None or text != path.read_text("utf-8"):
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
    try:
        kept = b"".join(record for record, event in _records(data) if Event.FromString(event).step <= steps)
    except ValueError as error:
        raise UsageError(f"{path} is damaged ({error}); move it away to go on without these curves") from None
    if kept != data:
        with replacing(path) as temporary:
            temporary.write_bytes(kept)


def _records(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The whole records of an event file and what is in each: length, its checksum, content, its checksum.

    Raises:
        ValueError: if a checksum is another. Checking takes a second for every megabyte or two.
    """
    from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

    begin = 0
    while begin + 16 <= len(data):
        length, checksum = struct.unpack_from("<QI", data, begin)
        if checksum != masked_crc32c(data[begin : begin + 8]):
            raise ValueError(f"no record begins at byte {begin:,}")
        end = begin + 12 + length + 4
        if end > len(data):
            return
        content = data[begin + 12 : end - 4]
        if data[end - 4 : end] != struct.pack("<I", masked_crc32c(content)):
            raise ValueError(f"the record at byte {begin:,} is not what was written")
        yield data[begin:end], content
        begin = end

"""Reading a NumPy archive that may be anything: nothing is read before its announced size is known to be sane."""

from __future__ import annotations

import zipfile
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.viewer.recording.internals import MOST_BYTES

_MOST_MEMBERS = 200
_KINDS = "biuf"
_SUFFIX = ".npy"


def read_archive(file: IO[bytes]) -> dict[str, NDArray[Any]]:
    """The arrays of an archive that `numpy.savez` wrote; no pickles, numbers and truth values only.

    Raises:
        ValueError: too many arrays, or more bytes announced than `MOST_BYTES`, or a member that is no array.
        Exception: whatever zipfile and zlib make of damaged bytes.
    """
    arrays = {}
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        announced = sum(member.file_size for member in members)
        if len(members) > _MOST_MEMBERS:
            raise ValueError(f"it holds {len(members)} arrays, at most {_MOST_MEMBERS} are read")
        if announced > MOST_BYTES:
            raise ValueError(f"it announces {announced:,} bytes, at most {MOST_BYTES:,} are read")
        for member in members:
            with archive.open(member) as stream:
                arrays[member.filename.removesuffix(_SUFFIX)] = _read_array(stream, member)
    return arrays


def _read_array(stream: IO[bytes], member: zipfile.ZipInfo) -> NDArray[Any]:
    """One array, once its shape is known to fill the member exactly."""
    version = np.lib.format.read_magic(stream)
    read_header = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }.get(version)
    if read_header is None:
        raise ValueError(f"{member.filename} has format {version}, known are 1.0 and 2.0")
    shape, fortran, dtype = read_header(stream)
    if dtype.kind not in _KINDS:
        raise ValueError(f"{member.filename} holds {dtype}, not numbers")
    wanted = dtype.itemsize
    for length in shape:
        wanted *= int(length)
    rest = member.file_size - stream.tell()
    if wanted != rest or min(shape, default=0) < 0:
        raise ValueError(f"{member.filename} announces {wanted:,} bytes and has {rest:,}")
    array = np.frombuffer(stream.read(wanted), dtype)
    # A row for every step: one that is stored column by column was not written by us, but reads well.
    return array.reshape(shape, order="F" if fortran else "C")

"""A directory as it was before this process wrote there, so that what it added can be taken back, and nothing else."""

from __future__ import annotations

import contextlib
from pathlib import Path


class Beginning:
    """What lies in a directory now.

    Args:
        path: the directory; it need not exist.
        patterns: of the files in it that this process may write, such as `log/*.csv`.
    """

    def __init__(self, path: Path, patterns: tuple[str, ...]) -> None:
        self._path, self._patterns = path, patterns
        folders = [path, *sorted({(path / pattern).parent for pattern in patterns} - {path})]
        # Inner ones first, to be removed in this order.
        self._new_folders = [folder for folder in reversed(folders) if not folder.exists()]
        self._contents = {file: file.read_bytes() for file in self._written()}

    def take_back(self) -> None:
        """Remove what was written since and put back what was changed; files of others stay."""
        for file in self._written() - self._contents.keys():
            file.unlink(missing_ok=True)
        for file, content in self._contents.items():
            if not file.exists() or file.read_bytes() != content:
                file.write_bytes(content)
        for folder in self._new_folders:
            # Somebody may have put a file of their own there.
            with contextlib.suppress(OSError):
                folder.rmdir()

    def _written(self) -> set[Path]:
        return {file for pattern in self._patterns for file in self._path.glob(pattern) if file.is_file()}

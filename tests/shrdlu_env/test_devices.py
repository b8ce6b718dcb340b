"""A device has no end: read like a file it would fill the memory. In a process of its own, for that very reason."""

import resource
import subprocess
import sys

import pytest

READERS = {
    "episode": "from shrdlu_env.viewer.recording.storage import load\nload({path!r})",
    "graph": "from shrdlu_env.graphs.labelled import LabelledGraph\nLabelledGraph.from_csv({path!r})",
    "stories": "from shrdlu_env.text.loader import read_file\nread_file({path!r}, 1)",
}


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/full"])
@pytest.mark.parametrize("reader", READERS)
def test_a_device_is_refused_before_it_is_read(reader, path):
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))

    done = subprocess.run(
        [sys.executable, "-c", READERS[reader].format(path=path)],
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=limit,
        check=False,
    )
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ValueError: ")
    assert last.endswith(f"path={path!r} is a device; it must be a file")

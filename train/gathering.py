"""The processes of a run: alone, started here, or started by `torchrun`."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import IO

import torch.distributed as dist

from dnc_agent.parallel import ALONE, PeerLostError, Processes
from train.errors import TrainingError

#: A process that is started has so long to import its libraries and call the first one.
MEETING = timedelta(minutes=5)
#: And so long to leave once the run is over.
LEAVING_SECONDS = 20.0
#: Episodes of a batch that make it worth a process of its own.
SHARE = 32


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))


def fitting(shareable: int, threads: int) -> int:
    """As many processes as there are cores, each with threads of its own and a share that is worth it.

    Args:
        shareable: episodes of a batch that may be shared.
        threads: of each process.
    """
    return max(1, min(cores() // threads, shareable // SHARE))


def is_member() -> bool:
    """Whether this process was started as one of several, by `torchrun` or by `gathered`."""
    return {"RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"} <= os.environ.keys()


@contextmanager
def gathered(count: int, argv: Sequence[str]) -> Iterator[Processes]:
    """This process among `count`, of which the first starts the others, unless somebody else has started all.

    Args:
        count: how many; what `torchrun` says counts instead.
        argv: command line of `shrdlu`, with which the others are started.

    Raises:
        TrainingError: if a process does not come, or is lost; it names which and how it ended.
    """
    others: list[_Other] = []
    try:
        if is_member():
            processes = _meet(int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"]))
        elif count == 1:
            processes = ALONE
        else:
            os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(_free_port())}
            others = [_Other(rank, count, argv) for rank in range(1, count)]
            processes = _meet(0, count, others)
        yield processes
    except (TrainingError, PeerLostError) as error:
        ends = [end for end in (other.end() for other in others) if end]
        raise TrainingError("; ".join([*ends[:1], str(error)])) from None
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()
        for other in others:
            other.leave()


def _meet(rank: int, size: int, others: Sequence[_Other] = ()) -> Processes:
    host, port = os.environ["MASTER_ADDR"], os.environ["MASTER_PORT"]
    try:
        store = None
        if "TORCHELASTIC_RUN_ID" not in os.environ:  # torchrun keeps a store of its own
            store = dist.TCPStore(
                host, int(port), size, is_master=rank == 0, timeout=MEETING, wait_for_workers=False
            )
            _await(store, size, others)
        dist.init_process_group("gloo", store=store, rank=rank, world_size=size)
    except (RuntimeError, ValueError) as error:
        line = str(error).splitlines()[0]
        raise TrainingError(f"the {size} processes did not meet at {host}:{port}: {line}") from None
    return Processes(rank, size)


def _await(store: dist.TCPStore, size: int, others: Sequence[_Other]) -> None:
    """Wait until all have come; no longer than one of the others that were started here is still on its way.

    Raises:
        RuntimeError: if one does not come.
    """
    limit = time.monotonic() + MEETING.total_seconds()
    store.add("come", 1)
    while (come := store.add("come", 0)) < size:
        if time.monotonic() > limit or not all(other.runs for other in others):
            raise RuntimeError(f"{come} of {size} came")
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class _Other:
    """A process started beside this one: it says nothing, and its last words are kept."""

    def __init__(self, rank: int, size: int, argv: Sequence[str]) -> None:
        self.rank, self.size = rank, size
        self._words: IO[str] = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed by `leave`
        self._process = subprocess.Popen(
            [sys.executable, "-m", "train", *argv],
            env={**os.environ, "RANK": str(rank), "WORLD_SIZE": str(size)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._words,
        )

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def end(self) -> str:
        """How it ended; nothing while it runs, or if it ended as it should or for the sake of another."""
        limit = time.monotonic() + 2.0
        while self._process.poll() is None and time.monotonic() < limit:
            time.sleep(0.05)
        code = self._process.poll()
        if not code:
            return ""
        self._words.seek(0)
        said = self._words.read().strip().splitlines()
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return f"process {self.rank + 1} of {self.size} ended with {how}" + (f" ({said[-1]})" if said else "")

    def leave(self) -> None:
        """Wait for it to leave, and end it if it does not."""
        try:
            self._process.wait(LEAVING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._words.close()

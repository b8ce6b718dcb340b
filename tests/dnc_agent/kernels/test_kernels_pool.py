"""Buffers that are kept: given back at any moment, also by the garbage collector in the middle of giving back."""

import subprocess
import sys

import torch

from dnc_agent.kernels import pool
from dnc_agent.kernels.pool import Room

LARGE = 2**20

COLLECTED = """
import faulthandler, gc, torch
from dnc_agent.kernels.pool import Room
faulthandler.dump_traceback_later(20, exit=True)

class Node:
    pass

for wait in range(12):
    gc.disable()
    room, node = Room(torch.float32), Node()
    room({large})
    node.me, node.room = node, Room(torch.float32)
    node.room({large})
    del node
    gc.set_threshold(gc.get_count()[0] + wait)
    gc.enable()
    room.release()
    gc.set_threshold(700)
    gc.collect()
print("done")
"""


def test_a_room_that_is_collected_while_another_gives_back():
    found = subprocess.run(
        [sys.executable, "-c", COLLECTED.format(large=LARGE)], capture_output=True, text=True, timeout=120
    )
    assert found.stdout == "done\n", found.stderr


def test_buffers_come_back_and_no_more_than_the_limit_lie_idle(monkeypatch):
    monkeypatch.setattr(pool, "LIMIT_BYTES", 10 * LARGE)
    room = Room(torch.float32)
    first = room(LARGE)
    where = first.data_ptr()
    room.release()
    assert Room(torch.float32)(LARGE).data_ptr() == where
    several = Room(torch.float32)
    for _ in range(8):
        several(LARGE)
    several.release()
    assert sum(block.numel() for block in pool._idle) <= 10 * LARGE
    assert not pool._returned


def test_an_object_that_was_not_initialised_goes_quietly():
    Room.__new__(Room).__del__()

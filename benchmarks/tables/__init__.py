"""Writes the tables of docs/results from the raw figures that stand beside them: `python -m benchmarks.tables`.

A page holds pairs of comments `<!-- table: NAME -->` and `<!-- end of table -->`; what lies between is replaced. With
`--check` nothing is written, and the exit code says whether a page is out of date. Each module makes the tables of one
subject.
"""

from benchmarks.tables import babi, graphs, input_gain, mechanisms, mini_shrdlu, sequences, series, speed
from benchmarks.tables.renewing import BLOCK, RESULTS, TABLES, renew

__all__ = [
    "BLOCK",
    "RESULTS",
    "TABLES",
    "babi",
    "graphs",
    "input_gain",
    "mechanisms",
    "mini_shrdlu",
    "renew",
    "sequences",
    "series",
    "speed",
]

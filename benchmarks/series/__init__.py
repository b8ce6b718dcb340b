"""Trainings that are compared: several settings, several seeds, the same budget, each resumable.

    python -m benchmarks.series ladder --runs runs/series --out docs/results --workers 2

Every run is an ordinary `shrdlu train` on one core, so a series that was stopped goes on where it stood. A finished
run leaves its checks as `OUT/SERIES/NAME-sSEED.csv`, its evaluation beside it as `.json`, and a line in `runs.csv`:
command, commit, seed.
"""

from benchmarks.series.kinds import SERIES
from benchmarks.series.running import Member, finish, members, train_all
from benchmarks.series.series import Series

__all__ = ["SERIES", "Member", "Series", "finish", "members", "train_all"]

"""The paper's lessons, copied once more as text."""

from shrdlu_env import LESSONS

TABLE = """
2-2 3-3 1-1 1-1 | 2-3 3-4 1-2 1-1 | 3-3 4-4 1-2 1-2 | 3-4 4-5 2-2 1-2 | 4-4 5-5 2-2 2-2 | 4-5 5-6 2-3 2-2
5-5 6-6 2-3 2-3 | 5-6 6-6 3-3 2-3 | 6-6 6-6 3-3 3-3 | 6-7 6-6 3-4 3-3 | 7-7 6-6 3-4 3-4 | 7-8 6-6 4-4 3-4
8-8 6-6 4-4 4-4 | 8-9 6-6 4-5 4-4 | 9-9 6-6 4-5 4-5 | 9-10 6-6 5-5 4-5 | 10-10 6-6 5-5 5-5
10-10 6-6 5-6 5-5 | 10-10 6-6 5-6 5-6 | 10-10 6-6 6-6 5-6 | 10-10 6-6 6-6 6-6 | 10-10 6-6 6-6 6-6
10-10 6-6 6-6 6-7 | 10-10 6-6 6-6 6-7 | 10-10 6-6 6-6 7-7 | 10-10 6-6 1-6 1-7
"""


def test_lessons_are_the_paper_s():
    rows = [row.split() for line in TABLE.strip().splitlines() for row in line.split("|")]
    assert len(rows) == len(LESSONS) == 26
    for row, lesson in zip(rows, LESSONS, strict=True):
        ranges = [
            f"{low}-{high}" for low, high in (lesson.goals, lesson.blocks, lesson.constraints, lesson.depth)
        ]
        assert ranges == row

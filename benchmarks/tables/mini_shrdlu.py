"""Tables of Mini-SHRDLU."""

from __future__ import annotations

import statistics

from benchmarks.tables.renewing import markdown, read_csv, read_json, table


@table("mini-shrdlu")
def mini_shrdlu() -> str:
    """The paper's table: percent solved in the minimum number of moves."""
    cells = {(c["moves"], c["constraints"]): c for c in read_json("curriculum/evaluation.json")["table"]}
    rows = []
    for moves in range(1, 8):
        row = [f"{moves} move{'s' * (moves > 1)}"]
        for constraints in range(1, 7):
            cell = cells[moves, constraints]
            share, paper = f"{cell['perfect']:.0f}", cell["paper_perfect"]
            row.append(f"{f'**{share}**' if cell['perfect'] >= paper else share} ({paper})")
        rows.append(row)
    return markdown(["", "1 constraint", *map(str, range(2, 7))], rows)


@table("mini-shrdlu-beyond")
def mini_shrdlu_beyond() -> str:
    """Conditions that training never had."""
    rows = [
        (c["condition"], c["goals"], c["memory_size"], f"{c['success']:.1f}", f"{c['perfect']:.1f}")
        for c in read_json("curriculum/evaluation.json")["beyond"]
    ]
    return markdown(["condition", "goals", "locations", "success %", "perfect %"], rows)


@table("mini-shrdlu-seeds")
def mini_shrdlu_seeds() -> str:
    """Episodes and minutes at which lessons were complete, by seed."""
    seeds = range(5)
    passed: list[dict[int, tuple[int, float]]] = []
    for seed in seeds:
        found: dict[int, tuple[int, float]] = {}
        for row in read_csv(f"seeds/dnc-{seed}.csv"):
            if row["passed"] == "1":
                found.setdefault(int(row["lesson"]), (int(row["episodes"]), float(row["seconds"]) / 60))
        passed.append(found)
    rows = []
    for lesson in (1, 6, 12, 20, 25, 26):
        reached = [found.get(lesson) for found in passed]
        minutes = [entry[1] for entry in reached if entry is not None]
        cells = ["" if entry is None else f"{entry[0]:,}, {entry[1]:.1f}" for entry in reached]
        if minutes:
            rows.append([str(lesson), *cells, f"{statistics.median(minutes):.1f}"])
    return markdown(["lesson complete", *(f"seed {s}" for s in seeds), "median minutes"], rows)


@table("mini-shrdlu-plain")
def mini_shrdlu_plain() -> str:
    """Episodes and minutes at which the plain agent completed its lessons."""
    rows = [
        (row["lesson"], f"{int(row['episodes']):,}", f"{float(row['seconds']) / 60:.1f}")
        for row in read_csv("curriculum/plain/large-batches.csv")
        if row["passed"] == "1"
    ]
    return markdown(["lesson complete", "episodes", "minutes"], rows)

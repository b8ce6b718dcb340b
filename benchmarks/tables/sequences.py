"""Tables of the sequence tasks."""

from __future__ import annotations

from benchmarks.tables.renewing import RESULTS, markdown, read_csv, read_json, table

COPIERS = {"ntm4": "NTM, gain 4", "ntm8": "NTM, gain 8", "dnc": "DNC, gain 8"}


def _runs(prefix: str) -> list[str]:
    return sorted(path.stem for path in (RESULTS / "copying").glob(f"{prefix}-s*.csv"))


def _seed(name: str) -> str:
    return name.rpartition("s")[2]


@table("copying-learning")
def copying_learning() -> str:
    """When each sequence task was learnt, by core and seed."""
    tasks = {**{key: f"copy: {name}" for key, name in COPIERS.items()}, "repeat": "repeat copy: DNC"}
    tasks["recall"] = "associative recall: DNC"
    rows = []
    for prefix, name in tasks.items():
        for run in _runs(prefix):
            checks = read_csv(f"copying/{run}.csv")
            under = next((int(row["episodes"]) for row in checks if float(row["wrong"]) < 1), None)
            last = checks[-1]
            reached = "not reached" if under is None else f"{under:,}"
            share = f"{100 * float(last['exact']):.0f} %"
            rows.append([name, _seed(run), reached, f"{int(last['episodes']):,}", last["wrong"], share])
    head = [
        "task and core",
        "seed",
        "sequences until < 1 wrong bit",
        "sequences in all",
        "wrong bits then",
        "exact then",
    ]
    return markdown(head, rows)


def _beyond(prefixes: dict[str, str], names: list[str]) -> str:
    rows = []
    for prefix, title in prefixes.items():
        for run in _runs(prefix):
            found = {c["name"]: c for c in read_json(f"copying/{run}.json")["conditions"]}
            cells = [found[name] for name in names]
            shown = (f"{c['wrong']:.2f} of {c['bits']:.0f} ({100 * c['exact']:.0f} %)" for c in cells)
            rows.append([title, _seed(run), *shown])
    return markdown(["core", "seed", *names], rows)


@table("copying-lengths")
def copying_lengths() -> str:
    """Wrong bits of copy at lengths that training never had."""
    return _beyond(COPIERS, [f"length {length}" for length in (20, 40, 80, 120)])


@table("copying-repeat")
def copying_repeat() -> str:
    """Wrong bits of repeat copy beyond training."""
    return _beyond({"repeat": "DNC"}, ["as trained", "length 20", "20 repeats"])


@table("copying-recall")
def copying_recall() -> str:
    """Wrong bits of associative recall beyond training."""
    return _beyond({"recall": "DNC"}, [f"{items} items" for items in (6, 8, 12, 20)])

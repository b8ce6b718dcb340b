"""Tables of how the memory works."""

from __future__ import annotations

import statistics

from benchmarks.tables.renewing import markdown, read_csv, read_json, table


@table("mechanisms-reuse")
def mechanisms_reuse() -> str:
    """What one traced episode and fresh episodes show of memory reuse."""
    found = read_json("mechanisms/memory-reuse/numbers.json")["numbers"]
    rows: list[tuple[str, str]] = [
        ("bits right, fresh episodes", f"{100 * found['bits_right']:.2f} %"),
        ("episodes without a wrong bit", f"{100 * found['episodes_without_a_wrong_bit']:.0f} %"),
        ("vectors through the memory", f"{found['vectors_through_memory']}"),
        ("locations, of which written", f"{found['locations']}, {found['locations_written']}"),
        ("writes, of one location at most", f"{found['writes']}, {found['writes_of_a_location_at_most']}"),
        ("locations in use, mean", f"{found['mean_locations_in_use']:.2f}"),
    ]
    for gate in ("free", "allocation", "write"):
        means = (found[f"{gate}_gate_at_{step}"] for step in ("items", "answers"))
        rows.append((f"{gate} gate, at items and at answers", ", ".join(f"{mean:.2f}" for mean in means)))
    return markdown(["", "found"], rows)


@table("mechanisms-resize")
def mechanisms_resize() -> str:
    """Bits right by locations and length, as trained and with strengths tempered."""
    cells = {
        (int(c["locations"]), int(c["length"])): c for c in read_csv("mechanisms/memory-resize/resized.csv")
    }
    lengths = sorted({length for _, length in cells})
    rows = []
    for n in sorted({n for n, _ in cells}):
        row = [str(n)]
        for length in lengths:
            shares = (100 * float(cells[n, length][key]) for key in ("bits_right", "tempered_bits_right"))
            text = " / ".join(f"{share:.1f}" for share in shares)
            row.append(text if length < n else f"*{text}*")
        rows.append(row)
    return markdown(["locations", *(f"{length} vectors" for length in lengths)], rows)


@table("mechanisms-links")
def mechanisms_links() -> str:
    """Copy of 1 to 20 vectors by kind of links."""
    return _links("mechanisms/links")


@table("mechanisms-links-60")
def mechanisms_links_60() -> str:
    """Copy of 1 to 60 vectors by kind of links."""
    return _links("mechanisms/links-60")


def _links(folder: str) -> str:
    """Wrong bits by kind of links, at the end of training and on sequences of the greatest length."""
    tests = read_csv(f"{folder}/tests.csv")
    curves = read_csv(f"{folder}/training.csv")
    rows = []
    for kind in dict.fromkeys(row["links"] for row in tests):
        mine = [row for row in tests if row["links"] == kind]
        learnt = []
        for test in mine:
            points = [c for c in curves if (c["links"], c["seed"]) == (kind, test["seed"])]
            below = next((int(c["episodes"]) for c in points if float(c["wrong"]) < 1), None)
            learnt.append("never" if below is None else f"{below:,}")
        wrong = [float(row["test_wrong"]) for row in mine]
        exact = statistics.mean(100 * float(row["test_exact"]) for row in mine)
        rows.append(
            (
                kind,
                "; ".join(learnt),
                "; ".join(f"{float(row['wrong_at_the_end']):.2f}" for row in mine),
                "; ".join(f"{value:.2f}" for value in wrong),
                f"{exact:.0f}",
            )
        )
    at = tests[0]["test_length"]
    head = (
        "links",
        "sequences until < 1 wrong bit",
        "wrong bits at the end",
        f"wrong bits at {at}",
        f"exact at {at}, %",
    )
    return markdown(head, rows)

"""Command line of the tables; see the package."""

from __future__ import annotations

import argparse

from benchmarks.tables import RESULTS, renew


def main() -> int:
    """Renew every page."""
    parser = argparse.ArgumentParser(description="Write the tables of docs/results.")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit code 1 if a page is out of date"
    )
    check = parser.parse_args().check
    stale = []
    for page in [*sorted(RESULTS.glob("*.md")), RESULTS.parents[1] / "README.md"]:
        before = page.read_text("utf-8")
        after = renew(before, page.name)
        if after != before:
            stale.append(page.name)
            if not check:
                page.write_text(after, "utf-8")
    print(f"{'out of date' if check else 'renewed'}: {', '.join(stale) or 'nothing'}")
    return int(check and bool(stale))


if __name__ == "__main__":
    raise SystemExit(main())

"""Tables in docs/results are what the raw figures beside them say."""

import pytest

from benchmarks import tables
from benchmarks.tables import renewing, series

PAGES = sorted(tables.RESULTS.glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_is_what_its_raw_files_say(page):
    text = page.read_text("utf-8")
    assert tables.renew(text, page.name) == text, "run python -m benchmarks.tables"


def test_every_table_is_on_a_page():
    wanted = {name for page in PAGES for _, name, _ in tables.BLOCK.findall(page.read_text("utf-8"))}
    assert wanted == set(tables.TABLES)


def test_what_stood_between_the_comments_is_replaced(monkeypatch):
    monkeypatch.setitem(tables.TABLES, "made-up", lambda: "| a |\n")
    page = "before\n<!-- table: made-up -->\nold\nolder\n<!-- end of table -->\nafter\n"
    renewed = "before\n<!-- table: made-up -->\n| a |\n<!-- end of table -->\nafter\n"
    assert tables.renew(page, "page") == renewed


def test_an_unknown_table_is_named():
    with pytest.raises(KeyError, match="page wants the table nobody"):
        tables.renew("<!-- table: nobody -->\n<!-- end of table -->\n", "page")


def checks(lessons, satisfied=0.5):
    head = "seconds,lesson,satisfied,passed\n"
    rows = [f"{60 * lesson},{lesson},{satisfied},1\n" for lesson in range(1, lessons + 1)]
    return head + "".join(rows) + f"1200,{lessons + 1},{satisfied},0\n"


@pytest.fixture
def made(monkeypatch, tmp_path):
    (tmp_path / "ladder").mkdir()
    (tmp_path / "levers").mkdir()
    monkeypatch.setattr(renewing, "RESULTS", tmp_path)
    monkeypatch.setattr(series, "RESULTS", tmp_path)
    return tmp_path


def test_the_ladder_shows_what_is_there(made):
    (made / "ladder" / "helped-s0.csv").write_text(checks(25, 1.0))
    (made / "ladder" / "helped-s1.csv").write_text(checks(12, 0.9))
    (made / "ladder" / "no-help-s2.csv").write_text(checks(0, 0.5))
    assert series.ladder().splitlines()[2:] == [
        "| nothing | 25, 12 | 1.0, 1.0 | 6.0, 6.0 | 12.0, 12.0 | -, - | 100 (lesson 26), 90 (lesson 13) |",
        "| all | 0 | - | - | - | - | 50 (lesson 1) |",
    ]


def test_levers_show_the_seeds_that_are_there_and_their_median(made):
    for name, seed, error, failed in (("plain", 0, 0.384, 19), ("plain", 2, 0.4, 18), ("lstm", 1, 0.5, 20)):
        (made / "levers" / f"{name}-s{seed}.json").write_text(
            f'{{"mean_error": {error}, "failed": {failed}}}'
        )
    assert series.levers().splitlines()[2:] == [
        "| plain | 39.2 | 38.4, 40.0 | 19, 18 |",
        "| lstm | 50.0 | 50.0 | 20 |",
    ]

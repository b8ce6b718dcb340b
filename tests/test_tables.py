"""Tables in docs/results are what the raw figures beside them say."""

import pytest

from benchmarks import tables

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

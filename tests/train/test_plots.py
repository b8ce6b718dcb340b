"""Curves are drawn from the tables of runs, or refused in one line."""

from pathlib import Path

import matplotlib.image
import pytest

from train.cli import main
from train.errors import UsageError
from train.plots import draw_runs, first_passes, lessons_in_training, plot_runs, read_gates

ROOT = Path(__file__).parents[2]

HEADER = "seconds,updates,episodes,steps,lesson,satisfied,success,perfect,passed"
ROWS = [
    "60,50,6400,44800,1,0.5,0.5,0.25,0",
    "120,100,12800,89600,1,0.9,0.9,0.5,1",
    "180,150,19200,140000,2,0.4,0.3,0.1,0",
]


def make_run(folder, rows=ROWS):
    folder.mkdir()
    (folder / "lessons.csv").write_text("\n".join([HEADER, *rows]) + "\n")
    return folder


def test_tables_are_read_column_by_column(tmp_path):
    table = read_gates(make_run(tmp_path / "run")).columns
    assert table["episodes"] == [6400, 12800, 19200]
    assert table["lesson"] == [1, 1, 2]
    assert table["passed"] == [0, 1, 0]


def test_the_picture_shows_every_run_in_its_colour(tmp_path):
    runs = [make_run(tmp_path / name) for name in ("a", "b")]
    plot_runs(runs, tmp_path / "out.png", labels=["first", "second"])
    picture = matplotlib.image.imread(tmp_path / "out.png")[..., :3]
    for colour in ((0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)):
        distance = abs(picture - [part / 255 for part in colour]).max(-1)
        # Both runs have the same numbers; the second covers the first but for the legend.
        assert (distance < 0.02).sum() > 20
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["out.png"]


def test_names_are_shown_as_they_are_and_nothing_lies_outside(tmp_path):
    names = ["a_b^$x$", "_hidden", "a run with a name as long as a sentence"]
    runs = [ROOT / "checkpoints" / name for name in ("navigation", "inference-helped", "babi")]
    tables = [read_gates(run) for run in runs]
    figure = draw_runs(names, tables)
    figure.savefig(tmp_path / "out.png")
    (legend,) = figure.legends
    texts = legend.get_texts()
    said = [text.get_text() for text in texts]
    assert said == [*names, "shortest, answers, accuracy", "arrived, exact", "gate", "lesson complete"]
    assert not any(text.get_parse_math() for text in texts)
    page = figure.bbox
    boxes = [axes.title.get_window_extent() for axes in figure.axes]
    assert boxes[0].x1 < boxes[1].x0
    for box in (*boxes, *(text.get_window_extent() for text in texts)):
        assert page.x0 <= box.x0 < box.x1 <= page.x1
        assert page.y0 <= box.y0 < box.y1 <= page.y1


def test_counts_are_not_drawn_among_shares():
    figure = draw_runs(["babi"], [read_gates(ROOT / "checkpoints" / "babi")])
    assert all(max(line.get_ydata(), default=0) <= 1 for line in figure.axes[0].lines)


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_every_format_is_written(tmp_path, suffix):
    plot_runs([make_run(tmp_path / "run")], tmp_path / f"new/out{suffix}")
    start = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}[suffix]
    assert (tmp_path / f"new/out{suffix}").read_bytes().startswith(start)


def test_what_cannot_be_drawn_is_refused(tmp_path):
    run = make_run(tmp_path / "run")
    with pytest.raises(UsageError, match=r"no lessons\.csv"):
        plot_runs([tmp_path], tmp_path / "out.png")
    with pytest.raises(UsageError, match=r"must end in \.png"):
        plot_runs([run], tmp_path / "out.bmp")
    with pytest.raises(UsageError, match="2 for 1"):
        plot_runs([run], tmp_path / "out.png", labels=["a", "b"])
    broken = make_run(tmp_path / "broken", ["60,50"])
    with pytest.raises(UsageError, match="empty: no lesson was checked"):
        plot_runs([broken], tmp_path / "out.png")
    (broken / "lessons.csv").write_text("updates,seconds\n50,60\n")
    with pytest.raises(UsageError, match="damaged"):
        plot_runs([broken], tmp_path / "out.png")
    (broken / "lessons.csv").write_text("")
    with pytest.raises(UsageError, match=r"lessons\.csv"):
        plot_runs([broken], tmp_path / "out.png")
    assert not (tmp_path / "out.png").exists()


def test_the_command(tmp_path, capsys):
    run = make_run(tmp_path / "run")
    main(["plot", str(run), "--out", str(tmp_path / "x.svg"), "--labels", "mine"])
    assert "<!-- mine -->" in (tmp_path / "x.svg").read_text()
    assert "saved" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main(["plot", str(tmp_path / "nowhere")])
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_the_last_lesson_is_passed_once_and_stays():
    table = {"lesson": [25, 25, 26, 26, 26, 26], "passed": [0, 1, 0, 1, 0, 1]}
    assert first_passes(table) == [1, 3]
    assert lessons_in_training(table, 26) == [25, 25, 26, 26, 26, 26, 26]


def test_what_a_kill_left_in_a_table_is_not_drawn(tmp_path):
    """Rows past a checkpoint, repeated after the run went on, and half a row."""
    rows = [*ROWS, ROWS[1], ROWS[2].replace("180", "190"), "240,200,25600,1"]
    assert read_gates(make_run(tmp_path / "run", rows)).columns["seconds"] == [60, 120, 190]


@pytest.mark.parametrize(
    "row",
    [
        "120,100,12800,89600,1,nan,0.9,0.5,1",
        "120,100,12800,89600,1,1.5,0.9,0.5,1",
        "120,100,12800,89600,99,0.9,0.9,0.5,1",
        "120,100,12800,89600,1,0.9,0.9,0.5,2",
        "20,100,12800,89600,1,0.9,0.9,0.5,1",
        "120,100,12800,89600,1",
        "120,inf,12800,89600,1,0.9,0.9,0.5,1",
    ],
)
def test_damage_in_the_middle_of_a_table_is_told(tmp_path, row):
    """A half-written row can only be the last."""
    run = make_run(tmp_path / "run", [ROWS[0], row, ROWS[2]])
    with pytest.raises(UsageError, match=r"lessons\.csv is damaged"):
        read_gates(run)

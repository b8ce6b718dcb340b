"""What a checkpoint says about itself and its run is whole and possible, or refused by the name of the part."""

import pytest

from dnc_agent.checkpoint import read_checkpoint, write_checkpoint
from tests.train.toy import train
from train.agents import identify
from train.errors import UsageError

pytestmark = pytest.mark.usefixtures("toy")


@pytest.mark.parametrize(
    ("part", "change", "said"),
    [
        ("run", lambda run: run.pop("checked_at"), "missing setting run.checked_at"),
        ("run", lambda run: run.update(lesson=False), "run.lesson=False"),
        ("run", lambda run: run.update(lesson=99), "run.lesson=99; at most 3"),
        ("run", lambda run: run.update(completed=3), "run.completed=3; at most 2"),
        ("run", lambda run: run.update(checked_at=-2), "checked_at=-2"),
        ("run", lambda run: run.update(checked_at=7), "run.checked_at=7; the learner has done 2"),
        ("run", lambda run: run.update(episodes_in_lesson=9), "run.episodes_in_lesson=9; .* 8"),
        ("run", lambda run: run.update(sessions=1.0), "run.sessions=1.0"),
        ("run", lambda run: run.update(more=1), "unknown setting run.more"),
        ("lineage", lambda lineage: lineage.append({}), r"missing setting lineage\[0\].episodes"),
        ("config", lambda config: config.pop("experiment"), "missing setting config.experiment"),
    ],
)
def test_a_damaged_part_is_named_by_whoever_reads_it(tmp_path, part, change, said):
    train(tmp_path / "run", 8)
    tensors, data = read_checkpoint(tmp_path / "run")
    change(data["extra"][part])
    write_checkpoint(tmp_path / "run" / "agent", tensors, data)
    with pytest.raises(UsageError, match=said):
        train(tmp_path / "run", 16)
    with pytest.raises(UsageError, match=said):
        train(tmp_path / "on", 16, branch=str(tmp_path / "run"))
    assert not (tmp_path / "on").exists()


@pytest.mark.parametrize(
    ("part", "value", "said"),
    [
        ("run", [], "run: expected an object"),
        ("lineage", {}, "lineage: expected a list"),
        ("experiment", "copy", "experiment='copy', but config is of toy"),
        ("exported", 1, "exported=1"),
        *((part, None, f"lacks {part}") for part in ("run", "lineage", "experiment", "config")),
    ],
)
def test_a_part_that_is_another_or_gone(tmp_path, part, value, said):
    train(tmp_path, 8)
    tensors, data = read_checkpoint(tmp_path)
    data["extra"][part] = value
    if value is None:
        del data["extra"][part]
    write_checkpoint(tmp_path / "agent", tensors, data)
    with pytest.raises(UsageError, match=f"damaged: .*{said}"):
        identify(tmp_path)
    with pytest.raises(UsageError, match=f"damaged: .*{said}"):
        train(tmp_path, 16)


@pytest.mark.parametrize("name", ["lessons.csv", "log/progress-1.csv"])
def test_a_table_that_is_no_text_or_holds_no_numbers_is_told(tmp_path, name):
    train(tmp_path, 16)
    whole = (tmp_path / name).read_text()
    header, first, *rest = whole.splitlines(keepends=True)
    (tmp_path / name).write_bytes(whole[:20].encode() + b"\xee" + whole[20:].encode())
    with pytest.raises(UsageError, match=f"{name} is damaged: byte 20 is no text"):
        train(tmp_path, 24)
    for place in range(first.count(",") + 1):
        cells = first.rstrip().split(",")
        cells[place] = "$5"
        (tmp_path / name).write_text("".join([header, ",".join(cells) + "\n", *rest]))
        with pytest.raises(UsageError, match=f"{name} is damaged in line 2"):
            train(tmp_path, 24)
    (tmp_path / name).write_text(whole)
    train(tmp_path, 24)

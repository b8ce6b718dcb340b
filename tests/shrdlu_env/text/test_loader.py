"""Reading stories from files: what is well formed comes back as it was, everything else says where it is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shrdlu_env.text import Line, find_files, load, parse, read_file, story

GOOD = "1 Mary moved to the office.\n2 Where is Mary? \toffice\t1\n"


@given(st.integers(1, 20), st.lists(st.integers(0, 1000), min_size=1, max_size=3))
def test_written_stories_read_back(task, seeds):
    stories = [story(task, seed) for seed in seeds]
    assert parse("\n".join(told.text() for told in stories), task) == stories


def test_words_are_made_lower_case_and_numbers_removed():
    (told,) = parse(GOOD, 1)
    assert told.lines == (
        Line(("mary", "moved", "to", "the", "office", ".")),
        Line(("where", "is", "mary", "?"), ("office",), (1,)),
    )
    assert " ".join(told.tokens()) == "mary moved to the office . where is mary ? -"


def test_answers_of_several_words():
    text = "1 The office is east of the garden.\n2 How do you go from the garden to the office?\te,e\t1"
    assert parse(text, 19)[0].lines[1].answer == ("e", "e")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f: is empty"),
        ("Mary moved to the office.", "f:1: .* does not begin with a line number"),
        ("2 Mary moved to the office.", "f:1: line number 2, where 1 is expected"),
        (GOOD + "4 Mary moved to the office.", "f:3: line number 4, where 3 is expected"),
        (GOOD + "\n", "f:3: '' does not begin with a line number"),
        (GOOD + "3 Mary moved to the office", "f:3: .* is not a sentence"),
        (GOOD + "3 Mary  moved to the office.", "f:3: .* is not a sentence"),
        (GOOD + "3 Mary got 2 apples.", "f:3: .* is not a sentence"),
        (GOOD + "3 .", "f:3: .* is not a sentence"),
        (GOOD + "3 Mary moved to the offices.", "f:3: word='offices': .* the nearest are office"),
        (GOOD + "3 Where is Mary?", "f:3: .* is no question with an answer"),
        (GOOD + "3 Mary is.\toffice\t1", "f:3: .* has an answer and does not end"),
        (GOOD + "3 Where is Mary?\toffice", "f:3: .* after a question, tab, answer"),
        (GOOD + "3 Where is Mary?\t\t1", "f:3: .* after a question, tab, answer"),
        (GOOD + "3 Where is Mary?\toffice\t", "f:3: .* after a question, tab, answer"),
        (GOOD + "3 Where is Mary?\toffice\tone", "f:3: .* after a question, tab, answer"),
        (GOOD + "3 Where is Mary?\toffice\t1\t2", "f:3: .* after a question, tab, answer"),
        (GOOD + "3 Where is Mary?\toffise\t1", "f:3: word='offise'"),
        (GOOD + "3 Where is Mary?\toffice\t3", "f:3: supporting line 3 is not an earlier statement"),
        (GOOD + "3 Where is Mary?\toffice\t2", "f:3: supporting line 2 is not an earlier statement"),
        (GOOD + "1 Mary moved to the office.\n" + GOOD, "f:3: the story that begins here asks no question"),
    ],
)
def test_whatever_is_unexpected_says_where(text, message):
    with pytest.raises(ValueError, match=f"^{message}") as caught:
        parse(text, 1, "f")
    assert "\n" not in str(caught.value)


def write(folder, name, text=GOOD):
    (folder / name).write_text(text, "utf-8")


def test_a_folder_is_read_by_task(tmp_path):
    write(tmp_path, "qa1_single_train.txt")
    write(tmp_path, "qa11_other_train.txt")
    write(tmp_path, "qa1_single_test.txt")
    assert {task: path.name for task, path in find_files(tmp_path).items()} == {
        1: "qa1_single_train.txt",
        11: "qa11_other_train.txt",
    }
    assert [*load(tmp_path, tasks=[11])] == [11]
    assert load(tmp_path, "test", [1])[1] == parse(GOOD, 1)
    with pytest.raises(ValueError, match=r"lacks qa2_..._train.txt, qa3_..._train.txt"):
        load(tmp_path)


def test_folders_that_will_not_do(tmp_path):
    with pytest.raises(ValueError, match="is not a folder"):
        load(tmp_path / "none")
    with pytest.raises(ValueError, match="has no file"):
        load(tmp_path)
    with pytest.raises(ValueError, match=r"^split='dev': must be one of train, valid, test$"):
        load(tmp_path, "dev")
    with pytest.raises(ValueError, match="task=21"):
        load(tmp_path, tasks=[21])
    write(tmp_path, "qa1_a_train.txt")
    write(tmp_path, "qa1_b_train.txt")
    with pytest.raises(ValueError, match="more than one file of task 1"):
        load(tmp_path)


def test_files_that_cannot_be_read(tmp_path):
    (tmp_path / "qa1_train.txt").write_bytes(b"\xff\xfe1 Mary")
    for path in (tmp_path / "qa1_train.txt", tmp_path / "none.txt"):
        with pytest.raises(ValueError, match="cannot be read as text") as caught:
            read_file(path, 1)
        assert "\n" not in str(caught.value)
    write(tmp_path, "qa2_train.txt", GOOD + "x")
    with pytest.raises(ValueError, match=r"qa2_train.txt:3: "):
        read_file(tmp_path / "qa2_train.txt", 2)

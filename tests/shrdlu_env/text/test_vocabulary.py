"""Words and their ids."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shrdlu_env.text import MARK, WORDS, decode_words, encode_words, nearest_words
from shrdlu_env.text.vocabulary import PUNCTUATION, word_id


def test_the_papers_size():
    """Methods: 156 unique words and three punctuation marks."""
    assert len(WORDS) == len({*WORDS}) == 159
    assert {*PUNCTUATION} == {".", "?", "-"} == {word for word in WORDS if not word.isalpha()}
    assert all(word == word.lower() for word in WORDS)


def test_ids_never_change():
    """Checkpoints depend on them."""
    assert [word_id(word) for word in (MARK, ".", "?", "a", "kitchen", "you")] == [0, 1, 2, 3, 79, 158]
    assert WORDS[len(PUNCTUATION) :] == (*sorted(WORDS[len(PUNCTUATION) :]),)


@given(st.lists(st.integers(0, 158)))
def test_ids_and_words_are_each_others_inverse(ids):
    words = decode_words(ids)
    assert encode_words(words).tolist() == ids
    assert encode_words(words).dtype == np.int64


@pytest.mark.parametrize(
    ("word", "near"), [("footbal", "football"), ("Mary", "mary"), ("travels", "travelled")]
)
def test_an_unknown_word_names_the_nearest(word, near):
    assert nearest_words(word)[0] == near
    for call in (lambda: word_id(word), lambda: encode_words(["where", word])):
        with pytest.raises(
            ValueError, match=f"^word={word!r}: not one of .* the nearest are {near}"
        ) as caught:
            call()
        assert "\n" not in str(caught.value)


def test_a_word_like_no_other():
    with pytest.raises(ValueError, match=r"^word='xylq': .*; nothing in it is spelled alike$"):
        word_id("xylq")


@pytest.mark.parametrize("number", [-1, 159])
def test_ids_outside(number):
    with pytest.raises(ValueError, match=rf"^ids: {number} is not an id"):
        decode_words([3, number])

"""The fixed vocabulary of all twenty tasks: 156 words and three punctuation marks, word <-> id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from shrdlu_env.checks import check_whole, shown

MARK = "-"
"""Stands in the input where a word of an answer is due."""

PUNCTUATION = (MARK, ".", "?")

_WORDS = {
    "people": "antoine bernhard bill brian daniel emily fred gertrude greg jason jeff jessica john julie julius "
    "lily mary sandra sumit winona yann",
    "rooms": "bathroom bedroom cinema garden hallway kitchen office park school",
    "things": "apple box chest chocolate chocolates container football milk objects pajamas suitcase",
    "animals": "cat cats frog lion mice mouse rhino sheep swan wolf wolves",
    "shapes": "rectangle sphere square triangle",
    "colours": "blue gray green pink red white yellow",
    "moods": "afraid bored hungry thirsty tired",
    "moving": "back go journeyed moved travelled went",
    "taking and giving": "carrying discarded down dropped gave get give got grabbed handed left passed picked put "
    "received took up",
    "times": "after afternoon afterwards before evening following longer morning then yesterday",
    "places": "above below east fit fits from in inside north right south there to west",
    "directions": "e n s w",
    "numbers": "many none nothing one three two",
    "asking": "color how what where who why",
    "answers": "maybe no yes",
    "small words": "a and are bigger did do does either he is not of or she than that the they this was will you",
}

WORDS: tuple[str, ...] = (*PUNCTUATION, *sorted(word for group in _WORDS.values() for word in group.split()))
"""All 159 tokens; a word's id is its position. The order never changes: checkpoints depend on it."""

_IDS = {word: number for number, word in enumerate(WORDS)}


def nearest_words(word: str, count: int = 3) -> list[str]:
    """Up to `count` words of the vocabulary that are spelled most like `word`, the nearest first.

    Raises:
        TypeError: it is no text.
    """
    if not isinstance(word, str):
        raise TypeError(f"word={shown(word)}: must be text")
    count = check_whole("count", count, 1)
    return get_close_matches(word.lower(), WORDS[len(PUNCTUATION) :], n=count, cutoff=0.5)


def check_word(word: str) -> None:
    """Raise a ValueError that names the nearest words if the vocabulary lacks `word`."""
    if word not in _IDS:
        near = nearest_words(word)
        hint = f"the nearest are {', '.join(near)}" if near else "nothing in it is spelled alike"
        raise ValueError(f"word={shown(word)}: not one of the vocabulary's {len(WORDS)} words; {hint}")


def word_id(word: str) -> int:
    """The id of a word, 0 to 158.

    Raises:
        ValueError: the vocabulary lacks it; the message names the nearest words.
    """
    check_word(word)
    return _IDS[word]


def encode_words(words: Iterable[str]) -> NDArray[np.int64]:
    """Ids of words, int64[T].

    Raises:
        TypeError: they are no words.
        ValueError: the vocabulary lacks one; the message names the nearest words.
    """
    if isinstance(words, str) or not isinstance(words, Iterable):
        raise TypeError(f"words={shown(words)}: must be words, one after the other")
    words = list(words)
    for word in words:
        if not isinstance(word, str):
            raise TypeError(f"words holds {shown(word)}: must be text")
    try:
        return np.array([_IDS[word] for word in words], np.int64)
    except KeyError as error:
        check_word(error.args[0])
        raise


def decode_words(ids: Sequence[int] | NDArray[np.integer]) -> list[str]:
    """Words of ids.

    Raises:
        TypeError: they are no numbers.
        ValueError: an id is outside 0 to 158.
    """
    if not isinstance(ids, Iterable):
        raise TypeError(f"ids={shown(ids)}: must be whole numbers")
    ids = [check_whole("ids", number, -(2**63), 2**63) for number in ids]
    for number in ids:
        if not 0 <= number < len(WORDS):
            raise ValueError(f"ids: {number} is not an id of the vocabulary, which has 0 to {len(WORDS) - 1}")
    return [WORDS[number] for number in ids]

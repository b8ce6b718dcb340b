"""A conversation in the terminal: a person tells a story and asks, the agent answers and says what it read."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TextIO

import numpy as np

from shrdlu_env.text import MARK, WORDS, encode_words
from train.experiments.babi.batches import one_hot
from train.experiments.babi.reader import Heard, Reader

#: A location counts as written from this write weighting on; places named after an answer, and their least share.
WRITTEN_FROM, PLACES, SHARE_FROM = 0.1, 4, 0.03

HELP = (
    "Tell a story, one sentence a line, and ask: 'mary went to the kitchen.', then 'where is mary?'. For an answer of "
    "two words end the question with '? - -'. 'new' begins a new story, 'words' shows the vocabulary, 'help' says "
    "this, 'quit' ends."
)
# Commas, quotation marks and the like are no words of any story.
_TOKEN = re.compile(r"[^\s.?,;:!\"'()-]+|[.?-]")
#: What a question begins with, and nothing that is told.
_ASKING = {"where", "what", "who", "which", "why", "how", "is", "are", "was", "does", "did", "do"}


class Place(NamedTuple):
    """A location of the memory that an answer was read from."""

    location: int
    share: float
    """Of all that the heads read, 0 to 1."""
    word: str
    """The word at which it was last written; "" for none."""
    line: int
    """Number of the line it stands in, from 1; 0 for none."""


class Reply(NamedTuple):
    """An answer."""

    words: tuple[str, ...]
    probabilities: tuple[float, ...]
    places: tuple[Place, ...]
    """What the first word was read from, the largest share first; () for a core without a memory."""


def tokens(line: str) -> list[str]:
    """The words of a line as the network gets them: lower case, an end, and a mark for every word of an answer.

    A line without an end gets a question mark if it begins like a question, else a full stop.

    Raises:
        ValueError: if the vocabulary lacks a word; the message names the nearest.
    """
    words = _TOKEN.findall(line.lower())
    if words and words[-1] not in (".", "?", MARK):
        words.append("?" if words[0] in _ASKING else ".")
    if words and words[-1] == "?":
        words.append(MARK)
    encode_words(words)
    return words


class Conversation:
    """One story after another, told line by line.

    Args:
        reader: that listens.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.begin()

    def begin(self) -> None:
        """Forget everything and begin a new story."""
        self._reader.begin()
        self._written: dict[int, tuple[str, int]] = {}
        self.lines = 0

    def tell(self, line: str) -> Reply | None:
        """Tell a line; a question has a reply.

        Raises:
            ValueError: if the vocabulary lacks a word; nothing is told then.
        """
        words = tokens(line)
        if not words:
            return None
        self.lines += 1
        said: list[Heard] = []
        places: tuple[Place, ...] = ()
        for word, inputs in zip(words, one_hot(encode_words(words)), strict=True):
            heard = self._reader.hear(inputs)
            self._note(heard, word)
            if word == MARK:
                places = places or self._places(heard)
                said.append(heard)
        if not said:
            return None
        return Reply(
            tuple(WORDS[heard.word] for heard in said),
            tuple(float(heard.probabilities[heard.word]) for heard in said),
            places,
        )

    def _note(self, heard: Heard, word: str) -> None:
        if "write_weighting" in heard.inside:
            for location in np.flatnonzero(heard.inside["write_weighting"] >= WRITTEN_FROM):
                self._written[int(location)] = (word, self.lines)

    def _places(self, heard: Heard) -> tuple[Place, ...]:
        if "read_weightings" not in heard.inside:
            return ()
        shares = heard.inside["read_weightings"].mean(0)
        first = [int(k) for k in np.argsort(-shares)[:PLACES] if shares[k] >= SHARE_FROM]
        return tuple(Place(k, float(shares[k]), *self._written.get(k, ("", 0))) for k in first)


def describe(reply: Reply) -> Iterator[str]:
    """A reply in lines of text."""
    sure = zip(reply.words, reply.probabilities, strict=True)
    yield "  " + " ".join(f"{word} ({share:.0%})" for word, share in sure)
    for place in reply.places:
        where = f"written at {place.word!r} in line {place.line}" if place.line else "never written"
        yield f"    {place.share:4.0%} of the reads: location {place.location}, {where}"


def talk(conversation: Conversation, said: Iterable[str] | None = None, out: TextIO | None = None) -> None:
    """Talk until the person has had enough.

    Args:
        conversation: to go on with.
        said: what the person says, line by line; None: from the terminal.
        out: where answers go; None: standard output.
    """
    print(HELP, file=out)
    for typed in _typed(conversation) if said is None else said:
        line = typed.strip()
        if line == "quit":
            return
        if line == "new":
            conversation.begin()
            print("A new story.", file=out)
        elif line == "help":
            print(HELP, file=out)
        elif line == "words":
            print(" ".join(WORDS), file=out)
        else:
            try:
                reply = conversation.tell(line)
            except ValueError as error:
                print(f"  {error}", file=out)
                continue
            for text in () if reply is None else describe(reply):
                print(text, file=out)


def _typed(conversation: Conversation) -> Iterator[str]:
    while True:
        prompt = f"{conversation.lines + 1:3d} " if sys.stdin.isatty() else ""
        try:
            yield input(prompt)
        except EOFError:
            return

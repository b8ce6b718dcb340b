"""Question answering: the twenty kinds of bAbI stories, generated or loaded, as data and as arrays of word ids."""

from shrdlu_env.text.generator import draw_story, story
from shrdlu_env.text.loader import find_files, load, parse, read_file
from shrdlu_env.text.stories import TASKS, Line, Story
from shrdlu_env.text.vocabulary import MARK, WORDS, decode_words, encode_words, nearest_words

__all__ = [
    "MARK",
    "TASKS",
    "WORDS",
    "Line",
    "Story",
    "decode_words",
    "draw_story",
    "encode_words",
    "find_files",
    "load",
    "nearest_words",
    "parse",
    "read_file",
    "story",
]

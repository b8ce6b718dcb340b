"""Question answering: the twenty kinds of bAbI stories, generated or loaded, as data and as arrays of word ids."""

from shrdlu_env.text.encode import (
    NONE,
    EncodedStory,
    StoryBatch,
    bucket_batches,
    encode_story,
    packed_batches,
    right_answers,
    stack_rows,
)
from shrdlu_env.text.envs import QuestionAnsweringEnv, QuestionAnsweringVectorEnv
from shrdlu_env.text.generator import draw_story, story
from shrdlu_env.text.loader import find_files, load, parse, read_file
from shrdlu_env.text.simulation import QuestionSimulation
from shrdlu_env.text.stories import TASKS, Line, Story
from shrdlu_env.text.vocabulary import MARK, WORDS, decode_words, encode_words, nearest_words

__all__ = [
    "MARK",
    "NONE",
    "TASKS",
    "WORDS",
    "EncodedStory",
    "Line",
    "QuestionAnsweringEnv",
    "QuestionAnsweringVectorEnv",
    "QuestionSimulation",
    "Story",
    "StoryBatch",
    "bucket_batches",
    "decode_words",
    "draw_story",
    "encode_story",
    "encode_words",
    "find_files",
    "load",
    "nearest_words",
    "packed_batches",
    "parse",
    "read_file",
    "right_answers",
    "stack_rows",
    "story",
]

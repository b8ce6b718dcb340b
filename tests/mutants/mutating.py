"""Mutants of a source file: cosmic-ray's operators, without places where a change means nothing."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from cosmic_ray import plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

#: They take out what a tool reads and no program does, or ask for options.
LEFT_OUT = ("variable", "RemoveDecorator")


class Mutant(NamedTuple):
    """One change of one file."""

    path: str
    line: int
    operator: str
    occurrence: int


def mutants(root: Path, path: str) -> Iterator[Mutant]:
    """All mutants of a file that change what is executed: types of arguments are left alone."""
    text = (root / path).read_text("utf-8")
    hints = list(_hints(ast.parse(text)))
    tree = get_ast(text)
    for name in sorted(plugins.operator_names()):
        kind = plugins.get_operator(name)
        if kind.arguments() or any(part in name for part in LEFT_OUT):
            continue
        operator = kind()
        places = (place for node in ast_nodes(tree) for place in operator.mutation_positions(node))
        for occurrence, (begin, end) in enumerate(places):
            if not any(first <= begin and end <= last for first, last in hints):
                yield Mutant(path, begin[0], name.partition("/")[2], occurrence)


def _hints(tree: ast.AST) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            hint = getattr(node, name, None)
            if isinstance(hint, ast.expr):
                yield (hint.lineno, hint.col_offset), (hint.end_lineno or 0, hint.end_col_offset or 0)


def draw(root: Path, sources: tuple[str, ...], count: int, seed: int) -> tuple[list[Mutant], int]:
    """A sample of the mutants of some files, each as likely as the others, and how many there are."""
    found = [mutant for path in sources for mutant in mutants(root, path)]
    return sorted(random.Random(seed).sample(found, min(count, len(found)))), len(found)


def applied(text: str, mutant: Mutant) -> str:
    """The text of the file with the change."""
    operator = plugins.get_operator(f"core/{mutant.operator}")()
    changed = mutate_code(text, operator, mutant.occurrence)
    assert isinstance(changed, str)
    return changed

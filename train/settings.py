"""Settings as frozen dataclasses: what they may be, as JSON and back, and how they differ.

The command line's flags are made from these fields; run directories and checkpoints keep them as JSON.
"""

from __future__ import annotations

import dataclasses
import math
import numbers
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Annotated, Any, Literal, TypeVar

from train.errors import UsageError, shown

ConfigT = TypeVar("ConfigT", bound="Config")
#: Settings of all experiments that came later: what earlier configurations meant without naming them.
LATER = {"matmul_precision": "fp32"}
#: What a value of a type must be, in words.
KINDS = {
    bool: "True or False",
    int: "a whole number",
    float: "a finite number",
    str: "text",
    tuple: "a list",
    list: "a list",
    dict: "an object",
}
#: The last commit that knows settings that are gone since.
LAST_WITH_RETIRED = "b1cd940"


@dataclass(frozen=True)
class Within:
    """What a number may be, as part of a field's type: `Annotated[float, Within(0, 1)]`."""

    low: float
    high: float
    above: bool = False
    """Whether `low` itself is left out."""

    def __contains__(self, value: float) -> bool:
        """Whether a number is allowed; NaN never is."""
        return (self.low < value if self.above else self.low <= value) and value <= self.high

    def __str__(self) -> str:
        """What to say about it."""
        if self.above:
            return f"it must be above {self.low:,} and at most {self.high:,}"
        return f"it must lie between {self.low:,} and {self.high:,}"


@dataclass(frozen=True)
class InputFile:
    """That a setting names a file, as part of its type: a run keeps a copy (see `train.keeping`)."""


#: NumPy's seeds have 32 bits.
Seed = Annotated[int, Within(0, 2**32 - 1)]


@dataclass(frozen=True)
class Curriculum:
    """The path through the lessons."""

    lesson: Annotated[int, Within(1, 1000)] | None = None
    """First lesson; None: where the run stands that this one branches off, else 1."""
    earlier: Annotated[float, Within(0, 1)] = 0.1
    """Share of training episodes from earlier lessons."""
    gate_score: Annotated[float, Within(0, 1)] = 0.85
    """Mean score on fresh episodes that completes a lesson."""
    gate_episodes: Annotated[int, Within(1, 100_000)] = 160
    """Episodes of that mean."""
    gate_every: Annotated[int, Within(1, 1_000_000)] = 50
    """Updates between two checks."""

    @property
    def first(self) -> int:
        """The first lesson of a run that branches off none."""
        return 1 if self.lesson is None else self.lesson


@dataclass(frozen=True)
class Config:
    """What every experiment's configuration has; an experiment adds its own groups.

    It defines a run, is kept in its directory and in every checkpoint, and never changes on resume.
    """

    curriculum: Curriculum = field(default_factory=Curriculum)
    seed: Seed = 0
    """Seed of weights, actions and episodes."""
    threads: Annotated[int, Within(1, 256)] = 1
    """CPU threads; another number gives other rounding, hence another run."""
    device: Literal["cpu", "cuda"] = "cpu"
    """Where the networks are."""
    matmul_precision: Literal["auto", "fp32", "bf16"] = "fp32"
    """Matrix products of the core, where it has the option: in float32, or with factors rounded to bfloat16; auto takes
    the faster one here, measured as a run begins, and the run keeps it."""
    branch: str | None = None
    """Run, exported agent or checkpoint that this run begins with instead of fresh weights in the first lesson;
    settings that are not given are those of that run."""


@dataclass(frozen=True)
class History:
    """How configurations of earlier releases are read, by dotted names of settings."""

    retired: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """Settings that are gone: values that have no effect and are dropped; () drops any."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    added: Mapping[str, Any] = field(default_factory=dict)
    """Settings that came later: what earlier configurations meant without naming them."""
    later: Mapping[str, Any] = field(default_factory=dict)
    """The same of settings that came after configurations began to name their experiment."""
    merged: Mapping[str, tuple[tuple[str, ...], Mapping[tuple[Any, ...], Any]]] = field(default_factory=dict)
    """Settings that took the place of several: their names, and what each combination became."""


def leaves(config: Any, prefix: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Every setting of a (nested) configuration as `(dotted name, type, value)`."""
    hints = typing.get_type_hints(type(config), include_extras=True)
    for entry in dataclasses.fields(config):
        value = getattr(config, entry.name)
        if dataclasses.is_dataclass(value):
            yield from leaves(value, f"{prefix}{entry.name}.")
        else:
            yield prefix + entry.name, hints[entry.name], value


def check_ranges(settings: Any) -> None:
    """Refuse settings or flags outside what their types say.

    Raises:
        UsageError: naming the first of them, its value and what is allowed.
    """
    for name, hint, value in leaves(settings):
        _check_range(name.rpartition(".")[2], hint, value)


def _check_range(name: str, hint: Any, value: Any) -> None:
    if value is None:
        return
    if typing.get_origin(hint) is Annotated:
        inner, *notes = typing.get_args(hint)
        for note in notes:
            if isinstance(note, Within) and not isinstance(value, numbers.Real):
                raise UsageError(f"{name}={shown(value)}; it must be a number")
            if isinstance(note, Within) and value not in note:
                raise UsageError(f"{name}={shown(value)}; {note}")
        _check_range(name, inner, value)
    elif typing.get_origin(hint) in (typing.Union, types.UnionType):
        for option in typing.get_args(hint):
            if option is not type(None):
                _check_range(name, option, value)
    elif typing.get_origin(hint) is Literal:
        if value not in typing.get_args(hint):
            raise UsageError(f"{name}={shown(value)}; {_allowed(hint)}")
    elif isinstance(value, tuple):
        for item in value:
            _check_range(name, typing.get_args(hint)[0], item)
    elif isinstance(value, float) and not math.isfinite(value):
        raise UsageError(f"{name}={shown(value)}; it must be a finite number")


def to_json(config: Any) -> dict[str, Any]:
    """A (nested) configuration as plain JSON."""
    return dataclasses.asdict(config)


def from_json(cls: type[Any], data: Any, where: str = "") -> Any:
    """A configuration of class `cls` from JSON.

    Raises:
        UsageError: naming an unknown or missing setting, or a value that does not fit.
    """
    if not isinstance(data, dict):
        raise UsageError(f"{where.rstrip('.') or 'configuration'}: expected an object, got {shown(data)}")
    hints = typing.get_type_hints(cls, include_extras=True)
    for kind, names in (("unknown", data.keys() - hints.keys()), ("missing", hints.keys() - data.keys())):
        if names:
            raise UsageError(f"{kind} setting {where}{min(names)}")
    values = {}
    for name, hint in hints.items():
        if dataclasses.is_dataclass(hint):
            values[name] = from_json(hint, data[name], f"{where}{name}.")  # type: ignore[arg-type]
        else:
            values[name] = _checked(data[name], hint, where + name)
    return cls(**values)


def _checked(value: Any, hint: Any, name: str) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        value = _checked(value, arguments[0], name)
        _check_range(name, hint, value)
        return value
    if origin in (typing.Union, types.UnionType):
        if value is None:
            return None
        hint = next(argument for argument in arguments if argument is not type(None))
        return _checked(value, hint, name)
    if origin is Literal:
        fits = any(type(value) is type(allowed) and value == allowed for allowed in arguments)
    elif origin is tuple:
        fits = isinstance(value, list | tuple)
        value = tuple(_checked(item, arguments[0], name) for item in value) if fits else value
    elif hint is float:
        fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        value = float(value) if fits else value
    else:
        fits = isinstance(value, origin or hint) and (hint is bool or not isinstance(value, bool))
    if not fits:
        raise UsageError(f"setting {name}={shown(value)}; {_allowed(hint)}")
    return value


def _allowed(hint: Any) -> str:
    """What to say about a value that is not of a type."""
    kind = typing.get_origin(hint) or hint
    if kind is Literal:
        return f"allowed are {', '.join(map(str, typing.get_args(hint)))}"
    return f"it must be {KINDS.get(kind, kind)}"


def migrated(data: Any, history: History) -> Any:
    """A configuration of an earlier release, as JSON, in today's names.

    Raises:
        UsageError: naming a setting that is gone and was in use.
    """
    if not isinstance(data, dict):
        return data
    flat = dict(_flat(data))
    for name, harmless in history.retired.items():
        if name in flat:
            value = flat.pop(name)
            if harmless and value not in harmless:
                raise _retired(name, value)
    for name, later in history.renamed.items():
        if name in flat:
            flat[later] = flat.pop(name)
    for name, value in {**LATER, **history.added}.items():
        flat.setdefault(name, value)
    for name, (earlier, became) in history.merged.items():
        if name not in flat and all(part in flat for part in earlier):
            values = tuple(flat.pop(part) for part in earlier)
            found = [later for combination, later in became.items() if combination == values]
            if not found:
                raise _retired(earlier[0], values[0])
            flat[name] = found[0]
    nested: dict[str, Any] = {}
    for name, value in flat.items():
        group, _, leaf = name.rpartition(".")
        (nested.setdefault(group, {}) if group else nested)[leaf] = value
    return nested


def completed(data: dict[str, Any], history: History) -> dict[str, Any]:
    """A configuration that names its experiment, as JSON, with the settings that came later."""
    whole = {name: dict(value) if isinstance(value, dict) else value for name, value in data.items()}
    for name, value in {**LATER, **history.later}.items():
        group, _, leaf = name.rpartition(".")
        home = whole.get(group) if group else whole
        if isinstance(home, dict):
            home.setdefault(leaf, value)
    return whole


def _retired(name: str, value: Any) -> UsageError:
    return UsageError(
        f"setting {name}={value!r} is gone; commit {LAST_WITH_RETIRED} is the last that runs it"
    )


def _flat(data: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in data.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{leaf}", inner) for leaf, inner in value.items())
        else:
            yield name, value


def differences(saved: Any, asked: Any) -> list[str]:
    """Settings in which two configurations of one class differ, as 'name: saved -> asked'."""
    return [
        f"{name}: {old!r} -> {new!r}"
        for (name, _, old), (_, _, new) in zip(leaves(saved), leaves(asked), strict=True)
        if old != new
    ]


def with_settings(config: ConfigT, **settings: Any) -> ConfigT:
    """A configuration with some settings changed, whichever group they are in.

    Raises:
        UsageError: naming one that there is not, or a value that does not fit.
    """
    data = to_json(config)
    homes = {name.rpartition(".")[2]: name for name, _, _ in leaves(config)}
    for name, value in settings.items():
        if name not in homes:
            near = ", ".join(get_close_matches(name, homes, cutoff=0.7))
            meant = f"did you mean {near}? " if near else ""
            raise UsageError(f"unknown setting {name}; {meant}shrdlu train EXPERIMENT --help lists all")
        group, _, leaf = homes[name].rpartition(".")
        (data[group] if group else data)[leaf] = value
    changed: ConfigT = from_json(type(config), data)
    return changed

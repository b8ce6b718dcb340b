"""Options of a core: a frozen dataclass, given by keyword, refused by name."""

import inspect
import math
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar

from dnc_agent.checks import check_types, shown

#: No size or count comes near it; more fails in places that cannot say what was too large.
LARGEST = 10**9

#: What a core runs on: see `dnc_agent.cores.fused`.
BACKENDS = ("auto", "reference", "fused")

OptionsT = TypeVar("OptionsT")


def read_options(owner: str, kind: type[OptionsT], given: Mapping[str, Any]) -> OptionsT:
    """Build the options of a core from keywords.

    Args:
        owner: name of the core, for the message.
        kind: its dataclass of options.
        given: options by name; the others keep their defaults.

    Raises:
        ValueError: naming what is not an option, or the option that is out of range.
    """
    allowed = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    for name in given:
        if name not in allowed:
            raise ValueError(f"{owner} has no option {shown(name)}; allowed are {', '.join(allowed)}")
    # Arrays answer comparisons with arrays, at which an option's own check would stumble.
    check_types(kind, {name: value for name, value in given.items() if getattr(value, "ndim", 0)})
    try:
        made = kind(**given)
    except ValueError:
        # An option's own refusal says more than that its type is wrong.
        raise
    except Exception:
        check_types(kind, given)
        raise
    check_types(kind, given)
    return made


def signature_of(kind: type) -> inspect.Signature:
    """The signature of a core with these options, which its constructor takes as keywords."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter("input_size", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=int),
        inspect.Parameter("generator", keyword, default=None, annotation="torch.Generator | None"),
    ]
    for field in fields(kind):
        default = inspect.Parameter.empty if field.default is MISSING else field.default
        parameters.append(inspect.Parameter(field.name, keyword, default=default, annotation=field.type))
    return inspect.Signature(parameters)


def check_sizes(**sizes: int | None) -> None:
    """Refuse sizes that are not integers from 1 to `LARGEST`.

    Raises:
        ValueError: naming the first such argument.
    """
    for name, value in sizes.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"{name}={shown(value)}; it must be an integer of at least 1")
        if value > LARGEST:
            raise ValueError(f"{name}={shown(value)}; it must be an integer of at most {LARGEST:,}")


def check_optional_sizes(**sizes: int | None) -> None:
    """`check_sizes` for those that are not None."""
    check_sizes(**{name: value for name, value in sizes.items() if value is not None})


def check_gain(input_gain: float) -> None:
    """Refuse a gain that is not a positive finite number.

    Raises:
        ValueError: if it is not.
    """
    if not (isinstance(input_gain, int | float) and 0 < input_gain < math.inf):
        raise ValueError(f"input_gain={shown(input_gain)}; it must be a finite number above 0")


def check_clip(gradient_clip: float | None) -> None:
    """Refuse a clip that is neither positive nor None.

    Raises:
        ValueError: if it is not.
    """
    if gradient_clip is not None and not gradient_clip > 0:
        raise ValueError(f"gradient_clip={shown(gradient_clip)}; it must be above 0, or None for no clipping")


def check_choice(name: str, value: Any, allowed: tuple[str, ...]) -> None:
    """Refuse a value that is not one of those allowed.

    Raises:
        ValueError: naming the option and what is allowed.
    """
    if not isinstance(value, str) or value not in allowed:
        raise ValueError(f"{name}={shown(value)}; allowed are {', '.join(allowed)}")

"""Gymnasium spaces as JSON, so that an agent can be loaded without its environment."""

from typing import Any

import numpy as np
from gymnasium import spaces

from dnc_agent.checks import shown


def space_to_json(space: spaces.Space) -> dict[str, Any]:
    """A JSON-able description of a Box, Discrete, MultiDiscrete or MultiBinary space.

    Raises:
        ValueError: for other spaces.
    """
    match space:
        case spaces.Box():
            bounds = [
                bound.flat[0].item() if np.all(bound == bound.flat[0]) else bound.tolist()
                for bound in (space.low, space.high)
            ]
            return {
                "type": "Box",
                "low": bounds[0],
                "high": bounds[1],
                "shape": list(space.shape),
                "dtype": str(space.dtype),
            }
        case spaces.Discrete():
            return {"type": "Discrete", "n": int(space.n), "start": int(space.start)}
        case spaces.MultiDiscrete():
            return {"type": "MultiDiscrete", "nvec": space.nvec.tolist(), "start": space.start.tolist()}
        case spaces.MultiBinary():
            return {"type": "MultiBinary", "n": np.asarray(space.n).tolist()}
    raise ValueError(f"cannot store a {type(space).__name__} space; Box, Discrete and Multi* are supported")


def space_from_json(data: dict[str, Any]) -> spaces.Space:
    """The space that `space_to_json` described.

    Raises:
        ValueError: if the description is not one of ours.
    """
    try:
        match data["type"]:
            case "Box":
                dtype: Any = np.dtype(data["dtype"]).type
                shape = tuple(data["shape"])
                with np.errstate(over="raise"):
                    low, high = (np.broadcast_to(np.asarray(data[k], dtype), shape) for k in ("low", "high"))
                return spaces.Box(low, high, shape, dtype)
            case "Discrete":
                return spaces.Discrete(data["n"], start=data["start"])
            case "MultiDiscrete":
                return spaces.MultiDiscrete(data["nvec"], start=data.get("start"))
            case "MultiBinary":
                return spaces.MultiBinary(data["n"])
    except (KeyError, TypeError, ValueError, AssertionError, ArithmeticError) as error:
        raise ValueError(
            f"not a stored space: {shown(data)} ({' '.join(str(error).split())[:200]})"
        ) from None
    raise ValueError(f"not a stored space: {shown(data)}")

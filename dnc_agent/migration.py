"""Checkpoints of earlier format versions, rewritten as if by the present one.

Version 1, until commit b1cd940, held actor-critics only. It stored those settings that had been given and left the
others to defaults of the code, which are kept here as they were then.
"""

from typing import Any

from torch import Tensor

#: Options of the policy that are no more, with the value that turned them off.
REMOVED = {"previous_action": False, "head_sees_observation": False, "value_core_kwargs": None}
LAST_COMMIT = "b1cd940"

POLICY_DEFAULTS: dict[str, Any] = {
    "shared_core": False,
    "core_columns": None,
    "conjunctions": [],
    "names": None,
    "hold_at": None,
    "relational": None,
    "head_sizes": [],
    "core_lr_scale": 1.0,
    "mask_actions": False,
    "optimizer_class": "RMSprop",
    "optimizer_kwargs": {},
}
CONTROLLER_DEFAULTS: dict[str, Any] = {
    "output_size": None,
    "hidden_size": 256,
    "num_layers": 1,
    "forget_bias": 0.0,
    "input_gain": 1.0,
    "gradient_clip": 10.0,
}
#: Options of cores that came later, with the value that earlier checkpoints meant without naming them.
LATER_OPTIONS: dict[str, dict[str, Any]] = {
    "dnc": {"norm_bias": None, "matmul_precision": "fp32"},
    "lstm": {"matmul_precision": "fp32", "backend": "auto"},
    "ntm": {"backend": "auto"},
}
CORE_DEFAULTS: dict[str, dict[str, Any]] = {
    "lstm": CONTROLLER_DEFAULTS | LATER_OPTIONS["lstm"],
    "dnc": CONTROLLER_DEFAULTS
    | {
        "memory_size": 32,
        "word_size": 32,
        "read_heads": 2,
        "backend": "auto",
        "controller": "lstm",
        "temporal_links": True,
        "masked_lookup": False,
        "erase_on_deallocation": False,
        "interface_norm": False,
        "interface_skip": False,
        "reads_skip": False,
        "sparse_links": None,
        "interface_bias": None,
        "tied_key_init": False,
        "tape_segment": None,
    }
    | LATER_OPTIONS["dnc"],
}


def upgrade(tensors: dict[str, Tensor], meta: dict[str, Any]) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors and description of version 1 in the form of version 2.

    Raises:
        KeyError, TypeError, AttributeError: if the description lacks a part.
        ValueError: if it needs something that is no more.
    """
    kwargs = dict(meta["policy_kwargs"])
    for name, off in REMOVED.items():
        value = kwargs.pop(name, off)
        if value != off:
            raise ValueError(
                f"it needs {name}, which is no more; the last commit that runs it is {LAST_COMMIT}"
            )
    kwargs.setdefault("core", "lstm" if meta["policy"] == "LSTMPolicy" else "dnc")
    core = dict(kwargs.get("core_kwargs") or {})
    kwargs["names"] = core.pop("names", None)
    kwargs["core_kwargs"] = CORE_DEFAULTS.get(kwargs["core"], {}) | core
    extra = dict(meta.get("extra") or {})
    changed = dict(
        meta,
        kind="actor-critic",
        experiment=None,
        lineage=[],
        extra=extra,
        policy_kwargs=POLICY_DEFAULTS | kwargs,
        environment=[extra["world_rng"]] if "world_rng" in extra else [],
    )
    shared = bool(changed["policy_kwargs"]["shared_core"])
    return {_renamed(name, shared): tensor for name, tensor in tensors.items()}, changed


def _renamed(name: str, shared: bool) -> str:
    owner, _, rest = name.partition(".")
    part, _, rest = rest.partition(".")
    if owner != "policy" or part.partition("_")[2] not in ("core", "trunk", "head"):
        return name
    whose, _, what = part.partition("_")
    if what == "core":
        return f"policy.{whose}_network.core.{rest}"
    if not shared:
        return f"policy.{whose}_network.readout.{what}.{rest}"
    # One network reads out both: one trunk, two heads.
    return f"policy.policy_network.readout.{'trunk' if what == 'trunk' else part}.{rest}"

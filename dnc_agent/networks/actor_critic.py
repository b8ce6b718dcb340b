"""The networks of an actor-critic: one for policy and value together, or the paper's two, built from options."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from dnc_agent.checks import shown
from dnc_agent.cores import make_core
from dnc_agent.cores.contract import RecurrentCore
from dnc_agent.cores.dnc.core import DNC
from dnc_agent.cores.dnc.initial import address_by_name
from dnc_agent.networks.encoders import ColumnEncoder
from dnc_agent.networks.network import RecurrentNetwork
from dnc_agent.networks.planning_core import PlanningCore
from dnc_agent.networks.pointer import PointerReadout
from dnc_agent.networks.readouts import ActorCriticReadout, Head, Readout
from dnc_agent.networks.relational import RelationalTrunk


@dataclass(frozen=True, kw_only=True)
class NetworkOptions:
    """Options of the networks of an actor-critic. With all at their defaults they are the paper's."""

    core: str = "dnc"
    """Name of the core, a key of `dnc_agent.cores.CORES`."""
    core_kwargs: Mapping[str, Any] = field(default_factory=dict)
    """Options of the core, except its output size."""
    shared_core: bool = False
    """One network for policy and value instead of two."""
    core_columns: int | None = None
    """The cores see only the first so many columns of an observation; None: all."""
    conjunctions: Sequence[Sequence[int]] = ()
    """Groups of these columns; the cores also see a unit for each combination of one column of each group
    (`dnc_agent.networks.encoders`). Empty: none."""
    names: tuple[int, int, int] | None = None
    """(names, symbols, cue) of `dnc_agent.cores.dnc.initial.address_by_name`: initial weights under which a DNC finds
    what it wrote by the name it was written under. None: off."""
    hold_at: int | None = None
    """A column of the observation; heads also see the features of the step at which it was first above 0
    (`dnc_agent.networks.held_cue`), which must not lie in a shared prefix. None: off."""
    relational: Mapping[str, Any] | None = None
    """Arguments of a `RelationalTrunk` except the size of its features; heads see what it makes of features and
    observation, and nothing else. None: no such trunk."""
    planner: Mapping[str, Any] | None = None
    """Column of the cue, `cue`, and arguments of a `MemoryPlanner` except the size of words: it plans over the memory
    of a shared core, and its scores of slots are the logits (`dnc_agent.networks.planning_core`). None: none."""
    head_sizes: Sequence[int] = ()
    """Hidden layers of both heads; () is a linear readout."""


def actor_critic_networks(
    observation_size: int, logits: int, options: NetworkOptions
) -> tuple[RecurrentNetwork, RecurrentNetwork | None]:
    """The policy's network and the value's; None for the latter if the first reads out both.

    Args:
        observation_size: X.
        logits: A, how many the policy needs.
        options: see there.

    Raises:
        ValueError: naming the option that is out of range.
    """
    hold_at, columns = options.hold_at, options.core_columns
    if hold_at is not None and not 0 <= hold_at < observation_size:
        raise ValueError(f"hold_at={shown(hold_at)}; an observation has {observation_size} columns")
    if columns is not None and columns > observation_size:
        raise ValueError(f"core_columns={shown(columns)}; an observation has {observation_size}")
    if options.planner is not None:
        return _pointing_network(observation_size, logits, options), None
    encoder: nn.Module = nn.Identity()
    size = observation_size
    if columns is not None or options.conjunctions:
        encoder = ColumnEncoder(observation_size if columns is None else columns, options.conjunctions)
        size = encoder.size
    # In this order, so that a seed gives the weights that it always gave: cores, trunks, heads.
    cores = [_core(size, options) for _ in range(1 if options.shared_core else 2)]
    sizes = [core.feature_size * (1 if hold_at is None else 2) for core in cores]
    trunks = [_trunk(size, observation_size, options.relational) for size in sizes]
    widths = [size if trunk is None else trunk.width for size, trunk in zip(sizes, trunks, strict=True)]
    policy_head = Head(widths[0], options.head_sizes, logits, gain=0.01)
    value_head = Head(widths[-1], options.head_sizes, 1, gain=1.0)
    if options.shared_core:
        readout = ActorCriticReadout(trunks[0], policy_head, value_head)
        return RecurrentNetwork(encoder, cores[0], readout, hold_at=hold_at), None
    policy, value = (
        RecurrentNetwork(encoder, core, Readout(trunk, head), hold_at=hold_at)
        for core, trunk, head in zip(cores, trunks, (policy_head, value_head), strict=True)
    )
    return policy, value


def _pointing_network(observation_size: int, logits: int, options: NetworkOptions) -> RecurrentNetwork:
    unused = {name: getattr(options, name) for name in ("hold_at", "conjunctions", "relational")}
    if any(unused.values()) or not options.shared_core:
        raise ValueError(f"planner goes with shared_core=True and without {', '.join(unused)}")
    inner = _core(options.core_columns or observation_size, options)
    if not isinstance(inner, DNC):
        raise ValueError(f"planner with core={shown(options.core)}; only a DNC has a memory to plan over")
    assert options.planner is not None
    arguments = dict(options.planner)
    try:
        core = PlanningCore(inner, observation_size, cue=arguments.pop("cue", -1), planner=arguments)
    except TypeError as error:
        raise ValueError(f"planner does not fit: {error}") from None
    if core.planner.slots != logits:
        raise ValueError(f"planner has {core.planner.slots} slots; there are {logits} actions")
    readout = PointerReadout(logits, Head(inner.feature_size + 1, options.head_sizes, 1, gain=0.01))
    return RecurrentNetwork(nn.Identity(), core, readout)


def _core(input_size: int, options: NetworkOptions) -> RecurrentCore[Any]:
    core = make_core(options.core, input_size, options.core_kwargs)
    if options.names is not None:
        if not isinstance(core, DNC):
            raise ValueError(f"names={shown(options.names)}; only a DNC has a memory to address by name")
        address_by_name(core, *options.names)
    return core


def _trunk(
    feature_size: int, observation_size: int, arguments: Mapping[str, Any] | None
) -> RelationalTrunk | None:
    if arguments is None:
        return None
    try:
        trunk = RelationalTrunk(feature_size, **arguments)
    except TypeError as error:
        raise ValueError(f"relational does not fit: {error}") from None
    if trunk.start + trunk.places * trunk.entities > observation_size:
        raise ValueError(
            f"relational: {trunk.places} places of {trunk.entities} from column {trunk.start} on "
            f"do not fit into an observation of {observation_size}"
        )
    return trunk

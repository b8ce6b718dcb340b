"""Linear probes: can what a step is about be read off what an agent's core holds?

    traces = trace_agent("checkpoints/mini-shrdlu", episodes=100)
    found = probe(gather(traces, inside="features", label="goal"))
    print(found.accuracy.mean(), found.shuffled.mean())

Any agent, any world: `trace_episodes` takes whatever acts, and every world knows its own labels.
"""

from train.probing.linear import Probed, probe
from train.probing.samples import Samples, gather, labels_worth_asking
from train.probing.traces import Trace, trace_agent, trace_episodes

__all__ = [
    "Probed",
    "Samples",
    "Trace",
    "gather",
    "labels_worth_asking",
    "probe",
    "trace_agent",
    "trace_episodes",
]

"""Prints how fast the fused DNC is as one JSON object; --curves measures and redraws the scaling curves."""

import argparse
import json
from pathlib import Path

from dnc_agent.benchmark import bench_dnc
from dnc_agent.benchmark_curves import draw_curves

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--curves", action="store_true", help="measure and draw the scaling curves instead")
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    if arguments.curves:
        print(json.dumps(draw_curves(Path(__file__).parent.parent / "docs", repeats=arguments.repeats)))
    else:
        print(json.dumps(bench_dnc(repeats=arguments.repeats)))

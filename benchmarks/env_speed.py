"""Print the environments' speed as one JSON object: `python benchmarks/env_speed.py [num_envs] [lesson]`."""

import json
import sys

from shrdlu_env.benchmark import bench_env

if __name__ == "__main__":
    names = ("num_envs", "lesson")
    print(json.dumps(bench_env(**dict(zip(names, map(int, sys.argv[1:]), strict=False)))))

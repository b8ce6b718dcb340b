"""Given graphs that agents are tested on, never trained on: a family, an example map, the Underground's stations.

Nothing that trains imports this package; a test holds it to that.
"""

from shrdlu_env.graphs.maps.example import example_map
from shrdlu_env.graphs.maps.family import family_tree
from shrdlu_env.graphs.maps.underground import load_underground

__all__ = ["example_map", "family_tree", "load_underground"]

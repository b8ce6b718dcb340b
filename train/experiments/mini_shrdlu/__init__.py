"""Mini-SHRDLU by policy gradient."""

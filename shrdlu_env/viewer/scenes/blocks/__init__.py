"""The scene of Mini-SHRDLU."""

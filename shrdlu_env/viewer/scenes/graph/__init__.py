"""The scene of graph tasks."""

"""Graph tasks learnt by supervision: traversal, shortest path, inference."""

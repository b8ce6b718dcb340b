"""The cores inside other people's algorithms."""

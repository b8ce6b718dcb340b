"""Episodes as data and as files."""

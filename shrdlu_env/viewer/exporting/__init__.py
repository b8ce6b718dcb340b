"""Episodes as films, pictures and text, made without a window."""

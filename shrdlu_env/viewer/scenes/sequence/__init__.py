"""The scene of sequence tasks: copy, repeat copy, associative recall."""

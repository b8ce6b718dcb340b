"""The panels of the viewer and how they make one picture."""

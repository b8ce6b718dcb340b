"""Means of drawing that know no episode: colours, text, shapes, heat maps."""

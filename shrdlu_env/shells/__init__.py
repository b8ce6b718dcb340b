"""Gymnasium's own rules, once for every world."""

"""Recurrent cores on one contract."""

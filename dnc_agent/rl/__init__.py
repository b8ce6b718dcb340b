"""Recurrent policy gradient on whole episodes."""

"""Encoder, core and readout put together."""

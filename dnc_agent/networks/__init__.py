"""Encoder, core and readout put together; actions drawn from what is read out."""

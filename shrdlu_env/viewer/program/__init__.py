"""The program: what a person can do, and the window it is done in."""

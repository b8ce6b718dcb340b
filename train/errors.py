"""What the command line reports as one line with exit code 2."""


class UsageError(ValueError):
    """Bad input from the user; its text is the whole message."""

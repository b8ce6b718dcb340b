"""What the command line reports as one line."""


class UsageError(ValueError):
    """Bad input from the user; its text is the whole message. Exit code 2."""


class TrainingError(RuntimeError):
    """Training cannot go on; the text says what was kept and what to try. Exit code 1."""

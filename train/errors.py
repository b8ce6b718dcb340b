"""What the command line reports as one line."""

#: Characters of a value that a message shows.
LONGEST = 80


class UsageError(ValueError):
    """Bad input from the user; its text is the whole message. Exit code 2."""


class TrainingError(RuntimeError):
    """Training cannot go on; the text says what was kept and what to try. Exit code 1."""


def shown(value: object) -> str:
    """A value as one short line, whatever it is.

    Each package has these lines: neither of the others may import this one, nor each other, and this one must load
    without NumPy and PyTorch, which theirs bring.
    """
    try:
        text = " ".join(repr(value).split())
    except Exception:  # a value's own repr may fail, as that of a number of 5,000 digits does
        text = f"<{type(value).__name__}>"
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."

"""`python -m train ...` is the same as `shrdlu ...`."""

import os
import sys

from train.cli import main

if __name__ == "__main__":
    main()
    if "WORLD_SIZE" in os.environ:
        # One of several, and all is written and said. At the interpreter's shutdown a thread of PyTorch's was once seen
        # to abort the process ("terminate called without an active exception"), which torchrun takes for a failure.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)

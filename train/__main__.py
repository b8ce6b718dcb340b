"""`python -m train ...` is the same as `shrdlu ...`."""

from train.cli import main

if __name__ == "__main__":
    main()

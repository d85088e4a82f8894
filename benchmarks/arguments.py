"""What the command lines of the benchmarks have in common."""

import argparse


def positive(text: str) -> int:
    """Return `text` as a number of repetitions; argparse turns the error into a message."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"it is {number}, but at least 1 is needed")
    return number

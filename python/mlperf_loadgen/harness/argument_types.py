"""Types of command line arguments, for `type` of argparse, which puts the name of the argument
before what they raise.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path


def int_at_least(least: int) -> Callable[[str], int]:
    """Returns a type that takes whole numbers from `least` on."""

    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if number < least:
            raise argparse.ArgumentTypeError(
                f"must be a whole number of at least {least}, not {text!r}"
            )
        return number

    return parse


def positive_float(text: str) -> float:
    """Takes a finite number above 0."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"must be a number above 0, not {text!r}")
    return number


def existing_file(text: str) -> Path:
    """Takes the path of a file that exists."""
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"no such file: {text}")
    return path


def existing_folder(text: str) -> Path:
    """Takes the path of a folder that exists."""
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"no such folder: {text}")
    return path


def first_existing(*places: str) -> Path | None:
    """Returns the first of these paths that exists, relative to the working directory."""
    return next((path for path in map(Path, places) if path.exists()), None)


def comma_separated(text: str) -> list[str]:
    """Takes names separated by commas."""
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise argparse.ArgumentTypeError(f"must be names separated by commas, not {text!r}")
    return names

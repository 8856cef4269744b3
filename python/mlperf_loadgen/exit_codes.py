"""What the program and the reference apps exit with."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

__all__ = ["MEANINGS", "Exit", "first"]


class Exit(IntEnum):
    """What a program exits with."""

    VALID = 0
    BROKEN = 1  # also Python's, for an exception that is not foreseen
    USAGE = 2
    INVALID = 3
    GATE = 4
    UNDECIDED = 5
    INCOMPLETE = 6
    NO_OUTPUT = 7
    CTRL_C = 130
    SIGTERM = 143


MEANINGS = {
    Exit.VALID: "everything asked for holds: the run is VALID, no gate is missed",
    Exit.BROKEN: "something broke: a callback raised, or a bug; the traceback is shown",
    Exit.USAGE: "bad usage or settings: an unknown option, a setting out of range",
    Exit.INVALID: "the run is INVALID: too short, over the latency limit",
    Exit.GATE: "a gate is missed: --fail-if, or worse than allowed; doctor has a finding",
    Exit.UNDECIDED: "not enough data to say: the interval of compare is too wide",
    Exit.INCOMPLETE: "the run did not complete: a timeout, missing samples",
    Exit.NO_OUTPUT: "output cannot be written: disk full, no permission, folder in use",
    Exit.CTRL_C: "interrupted by Ctrl-C; a partial report is on disk",
    Exit.SIGTERM: "interrupted by SIGTERM; a partial report is on disk",
}

# When several hold, the first of these is what a program exits with.
_ORDER = (
    Exit.CTRL_C,
    Exit.SIGTERM,
    Exit.BROKEN,
    Exit.NO_OUTPUT,
    Exit.INCOMPLETE,
    Exit.USAGE,
    Exit.INVALID,
    Exit.GATE,
    Exit.UNDECIDED,
)


def first(codes: Iterable[int]) -> int:
    """Return the code to exit with when all of ``codes`` hold."""
    held = set(codes)
    return next((code for code in _ORDER if code in held), Exit.VALID)

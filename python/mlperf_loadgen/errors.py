"""What LoadGen raises. Everything derives from :class:`Error`.

An error that comes up after a test has begun carries the report of what was measured up to then as
its attribute ``report``, and so does any exception that one of your callbacks raised.
"""

from __future__ import annotations

__all__ = ["Error", "IncompleteError", "OutputError", "SettingsError", "StateError"]


class Error(RuntimeError):
    """Any error of LoadGen's own."""


class SettingsError(Error, ValueError):
    """Settings, arguments or a library that no test can run with.

    The text has a line for each problem: the field, its value, what is allowed.
    """


class OutputError(Error, OSError):
    """A log file cannot be written."""


class StateError(Error):
    """A call that does not fit: a completion outside a test, a second test at once."""


class IncompleteError(Error):
    """Samples were not completed in time; the text says how many, and which."""

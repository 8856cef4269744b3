"""Defines the exceptions that LoadGen raises. All derive from :class:`Error`.

An error raised after a test has begun has an attribute ``report``, the report of what was measured
until then. So has any exception that one of your callbacks raised.
"""

from __future__ import annotations

__all__ = ["Error", "IncompleteError", "OutputError", "SettingsError", "StateError"]


class Error(RuntimeError):
    """An error that LoadGen raises."""


class SettingsError(Error, ValueError):
    """Raised for settings, arguments or a library that no test can run with.

    The text has a line for each problem: the field, its value, what is allowed.
    """


class OutputError(Error, OSError):
    """Raised when a log file cannot be written."""


class StateError(Error):
    """Raised for a call at the wrong time: a completion outside a test, a second test at once."""


class IncompleteError(Error):
    """Raised when samples were not completed in time. The text says how many, and which."""

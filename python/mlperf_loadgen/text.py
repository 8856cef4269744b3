"""Makes text from outside safe to log and to show."""

from __future__ import annotations

import re

__all__ = ["one_line", "shown", "utf8"]

_MAX_LENGTH = 8192  # characters

_SPACES = re.compile("[\n\r\t]")
# Characters that control a terminal or that some readers take for the end of a line, and lone
# surrogates, which UTF-8 cannot encode.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def one_line(text: str) -> str:
    r"""Return ``text`` as one line without control characters, cut when it is very long.

    Line breaks and tabs become spaces; other control characters and line separators become escapes:
    ``\x1b``, ``\u2028``. The core does the same to what it writes.
    """
    beginning = _CONTROL.sub(_escape, _SPACES.sub(" ", text[:_MAX_LENGTH]))
    return (
        beginning if len(text) <= _MAX_LENGTH else f"{beginning}... (cut: {len(text)} characters)"
    )


def utf8(name: object) -> str:
    """Return ``name`` as text that UTF-8 can encode: lone surrogates become "?"."""
    return str(name).encode(errors="replace").decode()


def shown(value: object) -> str:
    """Return the repr of a value for an error message, cut at 80 characters."""
    try:
        text = repr(value)
    except ValueError:  # an integer with more digits than Python converts
        return f"a number of type {type(value).__name__} that is too large to show"
    return text if len(text) <= 80 else f"{text[:80]}..."


def _escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"

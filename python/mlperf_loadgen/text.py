"""Texts from outside, as they go into ours."""

from __future__ import annotations

import re

__all__ = ["one_line"]

_MOST = 8192  # characters

_SPACES = re.compile("[\n\r\t]")
# What controls a terminal or ends a line for some reader, and halves of characters that no file
# takes.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def one_line(text: str) -> str:
    r"""``text`` on one line, controlling no terminal, cut where it has no end.

    Line breaks and tabs become a space each, other control characters and line separators an
    escape: ``\x1b``, ``\u2028``. The core does the same to what it writes.
    """
    beginning = _CONTROL.sub(_escape, _SPACES.sub(" ", text[:_MOST]))
    return beginning if len(text) <= _MOST else f"{beginning}... (cut: {len(text)} characters)"


def _escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"

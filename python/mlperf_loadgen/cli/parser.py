"""Reads the arguments of a command."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

__all__ = ["Parser", "UsageError", "did_you_mean"]


class UsageError(Exception):
    """Raised for a mistake on the command line or in a file it names; says what to do."""


class Parser(argparse.ArgumentParser):
    """Describes the arguments of a command; a mistake in them is a :class:`UsageError`.

    A type raises ``argparse.ArgumentTypeError`` with a text that begins with the value.
    """

    def __init__(self, command: str, description: str, arguments: str = "") -> None:
        super().__init__(
            prog=f"mlperf-loadgen {command}",
            usage=" ".join(["%(prog)s", *arguments.split(), "[options]"]),
            description=description,
            allow_abbrev=False,
            exit_on_error=False,
            argument_default=argparse.SUPPRESS,  # only what was typed is in the result
            formatter_class=lambda prog: argparse.HelpFormatter(
                prog, max_help_position=28, width=80
            ),
        )

    def parse(self, words: Sequence[str]) -> dict[str, Any]:
        """Return what was typed, by name."""
        try:
            typed, unknown = self.parse_known_args([self._kebab_case(word) for word in words])
        except argparse.ArgumentError as error:
            name = (error.argument_name or "").rpartition("/")[2]
            ours = isinstance(error.__context__, argparse.ArgumentTypeError)
            raise UsageError(f"{name}{' ' if ours else ': '}{error.message}") from None
        if unknown:
            self._refuse(unknown[0])
        return vars(typed)

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}. See {self.prog} --help.")

    def options(self) -> list[str]:
        """Return every long option."""
        return [name for name in self._option_string_actions if name.startswith("--")]

    def _kebab_case(self, word: str) -> str:
        """Take ``--user_conf`` for ``--user-conf``."""
        name, equals, value = word.partition("=")
        kebab = name.replace("_", "-")
        return kebab + equals + value if kebab in self._option_string_actions else word

    def _refuse(self, word: str) -> NoReturn:
        name = word.partition("=")[0]
        if name.startswith("-"):
            near = did_you_mean(name, self.options())
            raise UsageError(f'no option "{name}". {near or f"See {self.prog} --help."}')
        raise UsageError(f'"{word}" is one argument too many. See {self.prog} --help.')


def did_you_mean(name: str, known: Iterable[str], most: int = 1) -> str:
    """Return ``Did you mean "..."?``, or "" when no name is close."""
    near = difflib.get_close_matches(name, list(known), n=most)
    quoted = [f'"{one}"' for one in near]
    return f"Did you mean {' or '.join(quoted)}?" if near else ""

"""Runs a command: reads its arguments, calls it, and turns what it raises into an exit code."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module

from mlperf_loadgen.cli.parser import UsageError
from mlperf_loadgen.errors import Error, OutputError
from mlperf_loadgen.exit_codes import Exit

__all__ = ["run_command", "say"]


def run_command(name: str, words: Sequence[str]) -> int:
    """Return the exit code of the command ``name``, called with ``words``.

    An exception that is nobody's mistake in using the program is raised.
    """
    command = import_module(f"mlperf_loadgen.cli.{name}")
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *where: say(f"warning: {message}")
            code: int = command.main(command.parser().parse(words))
        sys.stdout.flush()
    except OutputError as error:
        say(str(error))
        return Exit.NO_OUTPUT
    except (UsageError, Error) as error:
        say(str(error))
        return Exit.USAGE
    except BrokenPipeError:  # whoever reads standard output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.NO_OUTPUT
    except KeyboardInterrupt:
        return Exit.CTRL_C
    return code


def say(text: str) -> None:
    """Write ``text`` to standard error, as the program."""
    print(f"mlperf-loadgen: {text}", file=sys.stderr, flush=True)

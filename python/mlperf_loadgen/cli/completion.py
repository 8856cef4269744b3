"""``mlperf-loadgen completion``: a completion script for a shell."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import Any

from mlperf_loadgen_program import COMMANDS

from mlperf_loadgen.cli.parser import Parser, UsageError, did_you_mean
from mlperf_loadgen.exit_codes import Exit

__all__ = ["main", "parser", "whole_parser"]

_SHELLS = ("bash", "zsh", "tcsh")


def parser() -> Parser:
    described = Parser("completion", "Prints a completion script for a shell.", "SHELL")
    described.add_argument("shell", metavar="SHELL", help=", ".join(_SHELLS))
    return described


def main(given: dict[str, Any]) -> int:
    shell = given["shell"]
    if shell not in _SHELLS:
        near = did_you_mean(shell, _SHELLS) or f"There are {', '.join(_SHELLS)}."
        raise UsageError(f'no shell "{shell}". {near}')
    try:
        import shtab
    except ImportError:
        raise UsageError("completion needs shtab: pip install 'mlperf-loadgen[tools]'") from None
    print(shtab.complete(whole_parser(), shell))
    return Exit.VALID


def whole_parser() -> argparse.ArgumentParser:
    """Return one parser with the arguments of every command."""
    whole = argparse.ArgumentParser(prog="mlperf-loadgen")
    commands = whole.add_subparsers(dest="command", parser_class=argparse.ArgumentParser)
    for name, does in COMMANDS.items():
        described = import_module(f"mlperf_loadgen.cli.{name}").parser()
        commands.add_parser(name, help=does, parents=[described], add_help=False)
    return whole

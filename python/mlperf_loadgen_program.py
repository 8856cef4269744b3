"""The program ``mlperf-loadgen``.

A module beside the package, and not in it, so that --help and --version wait for nothing: what a
command needs, NumPy among it, is imported when the command is called.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["COMMANDS", "main"]

# The commands, each a module of mlperf_loadgen.cli, and what they do.
COMMANDS = {
    "run": "one test; writes report.json and report.html",
    "report": "draws results again as one HTML page; several are laid over each other",
    "compare": "does NEW differ from BASE, by how much, how sure; gates for CI",
    "history": "a file of results over time; its changes",
    "convert": "a result for another tool; a result of another tool's files",
    "explain": "every effective setting, where it comes from, and what would run",
    "calibrate": "what LoadGen itself costs on this machine",
    "doctor": "what on this machine would spoil a measurement",
    "schema": "the JSON Schema of report.json",
    "rounds": "the rounds whose rules are built in",
    "config": "how to build a C++ SUT",
    "completion": "a completion script for bash, zsh or tcsh",
    "help": "the manual, or a topic of it",
}

_USAGE = "usage: mlperf-loadgen COMMAND [ARGUMENTS] [OPTIONS]\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that ``argv`` names, those of the process by default; return an exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words:
        print(_usage(), end="", file=sys.stderr)
        return 2
    name, *arguments = words
    if name in ("-h", "--help"):
        print(_usage(), end="")
        return 0
    if name == "--version":
        from importlib.metadata import version

        print(version("mlperf_loadgen"))
        return 0
    if name not in COMMANDS:
        print(f"mlperf-loadgen: {_no_command(name)}", file=sys.stderr)
        return 2
    from mlperf_loadgen.cli.main import run_command

    return run_command(name, arguments)


def _usage() -> str:
    rows = "".join(f"  {name:<12}{does}\n" for name, does in COMMANDS.items())
    return (
        f"{_USAGE}\nRuns and reports load tests of inference systems.\n\ncommands:\n{rows}\n"
        "mlperf-loadgen COMMAND --help tells of its options, mlperf-loadgen help of everything.\n"
    )


def _no_command(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, COMMANDS, n=1)
    instead = f'Did you mean "{near[0]}"?' if near else "See mlperf-loadgen --help."
    return f'no command "{name}". {instead}'

"""``mlperf-loadgen help``: the manual, or a topic of it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from mlperf_loadgen_program import COMMANDS

from mlperf_loadgen.cli.parser import Parser, UsageError, did_you_mean
from mlperf_loadgen.exit_codes import MEANINGS, Exit

__all__ = ["main", "parser"]


def parser() -> Parser:
    described = Parser("help", f"Prints the manual, or a topic of it: {', '.join(_topics())}.")
    described.add_argument("topic", metavar="TOPIC", nargs="?", help="a topic, or a command")
    return described


def main(given: dict[str, Any]) -> int:
    topics = _topics()
    topic = given.get("topic", "manual")
    if topic in COMMANDS:
        import_module(f"mlperf_loadgen.cli.{topic}").parser().print_help()
    elif topic in topics:
        print(topics[topic], end="")
    else:
        near = did_you_mean(topic, [*COMMANDS, *topics])
        every = f"There are {', '.join(topics)}, and the commands."
        raise UsageError(f'no topic "{topic}". {near or every}')
    return Exit.VALID


def _topics() -> dict[str, str]:
    return {"manual": _manual(), "exit-codes": _exit_codes()}


def _exit_codes() -> str:
    rows = "".join(f"{code.value:>5}  {meaning}\n" for code, meaning in MEANINGS.items())
    return (
        f" code  meaning\n{rows}\nWhen several hold, the first of 130, 143, 1, 7, 6, 2, 3, 4, 5. "
        "--allow-invalid turns 3 into 0.\n"
    )


def _manual() -> str:
    commands = "".join(f"    {name:<12}{does}\n" for name, does in COMMANDS.items())
    return f"""MLPERF-LOADGEN(1)

NAME
    mlperf-loadgen - run and report load tests of inference systems

COMMANDS
{commands}"""

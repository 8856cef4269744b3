"""``mlperf-loadgen help``: the manual, or a topic of it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from mlperf_loadgen_program import COMMANDS

from mlperf_loadgen.cli.parser import Parser, UsageError, did_you_mean
from mlperf_loadgen.exit_codes import MEANINGS, Exit
from mlperf_loadgen.result.metrics import METRICS

__all__ = ["EXAMPLES", "main", "parser"]


def parser() -> Parser:
    described = Parser(
        "help", f"Prints the manual, or a topic: {', '.join(_topics())}.", "[TOPIC | COMMAND]"
    )
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
    return {"manual": _manual(), "exit-codes": _exit_codes(), "metrics": _metrics()}


def _exit_codes() -> str:
    rows = "".join(f"{code.value:>5}  {meaning}\n" for code, meaning in MEANINGS.items())
    return (
        f" code  meaning\n{rows}\nWhen several hold, the first of 130, 143, 1, 7, 6, 2, 3, 4, 5. "
        "--allow-invalid turns 3 into 0.\n"
    )


def _metrics() -> str:
    rows = "".join(
        f"  {metric.name:<24}{_UNITS.get(metric.unit, metric.unit):<16}{metric.better}\n"
        for metric in METRICS.values()
    )
    return (
        f"  {'metric':<24}{'unit':<16}better\n{rows}\n"
        "A condition of --fail-if is METRIC OP VALUE, OP one of > >= < <=.\n"
        "run: p99>120ms, errors>0.1%, qps<950. compare: p99>+5%, qps<-2%, p50>+2ms.\n"
    )


def _manual() -> str:
    commands = "".join(f"    {name:<12}{does}\n" for name, does in COMMANDS.items())
    examples = "".join(f"    {line}\n" for line in EXAMPLES)
    codes = "".join(f"    {code.value:<5}{meaning}\n" for code, meaning in MEANINGS.items())
    return _MANUAL.format(commands=commands, examples=examples, codes=codes)


EXAMPLES = (
    "mlperf-loadgen run 'builtin:delay?mean=2ms' 64 --scenario Server --qps 300 --duration 3s",
    "mlperf-loadgen run my_sut.py:make --duration 1s --fail-if 'p99>250ms' -o results/new",
    "mlperf-loadgen explain user.conf --model bert --scenario Server --round v6.1",
    "mlperf-loadgen report results/main results/branch -o both.html",
    "mlperf-loadgen compare results/main results/branch --fail-if 'p99>+20%' --undecided pass",
)

_UNITS = {"ns": "a time: 120ms", "fraction": "%", "1": "a count", "": "its own"}

_MANUAL = """\
MLPERF-LOADGEN(1)

NAME
    mlperf-loadgen - run, report and compare load tests of inference systems

SYNOPSIS
    mlperf-loadgen run      SUT [LIBRARY] [options]
    mlperf-loadgen report   RESULT ... [-o FILE]
    mlperf-loadgen compare  BASE NEW | --base RESULT ... --new RESULT ... [options]
    mlperf-loadgen history  add|show|gate [options]
    mlperf-loadgen convert  INPUT --to FORMAT [-o FILE]
    mlperf-loadgen explain  [CONF] [options of run]
    mlperf-loadgen help     [TOPIC | COMMAND]

DESCRIPTION
    SUT is MODULE:OBJECT or FILE.py:OBJECT: a SystemUnderTest, a SampleQueue, a
    function that takes Samples, or a function without parameters that returns one
    of these or a pair (SUT, library). builtin:null and
    builtin:delay?mean=5ms&servers=4&spread=exponential need no file. LIBRARY is
    MODULE:OBJECT as well, or a number of samples that need no loading. RESULT is a
    result folder, a report.json, or a page.

    Results go to standard output, everything else to standard error.

COMMANDS
{commands}
    mlperf-loadgen COMMAND --help tells of its options.

EXAMPLES
{examples}
CONFIGURATION
    mlperf-loadgen.toml of the working directory, or --config. Order, later wins:
    built-in defaults; rules of the round; mlperf-loadgen.toml; user.conf; options;
    audit.config. MLPERF_LOADGEN_CONFIG names another file. No other variable
    changes a setting.

EXIT STATUS
{codes}
FILES
    report.json, report.html, mlperf_log_*; mlperf-loadgen.toml
"""

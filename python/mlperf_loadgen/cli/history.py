"""``mlperf-loadgen history``: results over time."""

from __future__ import annotations

from typing import Any

from mlperf_loadgen.cli.compare import add_gates, needs_scipy, show
from mlperf_loadgen.cli.main import say
from mlperf_loadgen.cli.parser import Parser, UsageError
from mlperf_loadgen.cli.quantities import whole_number
from mlperf_loadgen.cli.results import read_gates, read_results
from mlperf_loadgen.exit_codes import Exit

__all__ = ["main", "parser"]


def parser() -> Parser:
    described = Parser(
        "history",
        "Keeps results over time, shows them, and gates on the last ones.",
        "add|show|gate [RESULT ...]",
    )
    described.add_argument("action", metavar="add|show|gate")
    described.add_argument("results", metavar="RESULT", nargs="*", help="of add; of gate: one")
    described.add_argument(
        "--file", metavar="FILE", help="the history [.mlperf-loadgen/history.jsonl]"
    )
    described.add_argument("--metric", metavar="NAME", help="show: which one [p99]")
    described.add_argument("--last", metavar="N", type=whole_number, help="show: how many [50]")
    described.add_argument("-o", "--output", metavar="FILE", help="show: as a page")
    described.add_argument("--csv", action="store_true", help="show: all metrics, as CSV")
    described.add_argument("--against", metavar="last:N", help="gate: the runs of BASE [last:10]")
    add_gates(described)
    return described


def main(given: dict[str, Any]) -> int:
    actions = {"add": _add, "show": _show, "gate": _gate}
    action = actions.get(given["action"])
    if action is None:
        raise UsageError(f'history: no action "{given["action"]}". There are {", ".join(actions)}.')
    needs_scipy()
    return action(given)


def _add(given: dict[str, Any]) -> int:
    from mlperf_loadgen.compare import history

    paths = given.get("results", [])
    if not paths:
        raise UsageError("history add: a RESULT is missing.")
    for path, record in zip(paths, read_results(paths), strict=True):
        history.add(_file(given), history.entry_of(record, path))
    say(f"{len(paths)} added to {_file(given)}")
    return Exit.VALID


def _show(given: dict[str, Any]) -> int:
    from mlperf_loadgen.compare import history

    entries = _entries(given)
    if "csv" in given:
        print(history.as_csv(entries), end="")
        return Exit.VALID
    name, last = given.get("metric", "p99"), given.get("last", 50)
    try:
        print(history.show(entries, name, last))
        if "output" in given:
            from mlperf_loadgen.compare.page import write_history

            say(f"written: {write_history(entries, name, given['output'], last)}")
    except ValueError as error:
        raise UsageError(f"--metric: {error}") from None
    return Exit.VALID


def _gate(given: dict[str, Any]) -> int:
    from mlperf_loadgen.compare import history

    paths = given.get("results", [])
    if len(paths) != 1:
        raise UsageError("history gate: one RESULT is needed.")
    gates = read_gates(given, change=True)
    (record,) = read_results(paths)
    try:
        comparison = history.gate(_entries(given), record, gates, given.get("against", "last:10"))
    except ValueError as error:
        raise UsageError(str(error)) from None
    return show(comparison, given)


def _entries(given: dict[str, Any]) -> list[dict[str, Any]]:
    from mlperf_loadgen.compare import history

    try:
        return history.read(_file(given))
    except OSError as error:
        raise UsageError(f"{_file(given)}: cannot be read: {error.strerror or error}.") from None
    except ValueError as error:
        raise UsageError(str(error)) from None


def _file(given: dict[str, Any]) -> str:
    from mlperf_loadgen.compare import history

    return str(given.get("file", history.DEFAULT))

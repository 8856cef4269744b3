"""``mlperf-loadgen run``: one test."""

from __future__ import annotations

import json
import signal
import sys
import traceback
from collections.abc import Iterator, Sized
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import mlperf_loadgen as lg
from mlperf_loadgen.cli import objects, run_text
from mlperf_loadgen.cli.main import say
from mlperf_loadgen.cli.options import add_options
from mlperf_loadgen.cli.parser import Parser, UsageError
from mlperf_loadgen.cli.progress_lines import KINDS, progress_lines
from mlperf_loadgen.cli.request import Request
from mlperf_loadgen.cli.result_folder import ResultFolder
from mlperf_loadgen.cli.results import write_text
from mlperf_loadgen.exit_codes import Exit, first
from mlperf_loadgen.result.condition import Condition, parse
from mlperf_loadgen.result.environment import capture
from mlperf_loadgen.termination import Terminated

__all__ = ["main", "parser"]

_PROGRESS = ("auto", "live", "lines", "json", "off")


def parser() -> Parser:
    described = Parser(
        "run", "Runs one test; writes its logs and its result into a folder.", "SUT [LIBRARY]"
    )
    described.add_argument(
        "sut",
        metavar="SUT",
        nargs="?",
        help="MODULE:OBJECT, FILE.py:OBJECT, builtin:null or builtin:delay?mean=5ms",
    )
    described.add_argument(
        "library",
        metavar="LIBRARY",
        nargs="?",
        help="MODULE:OBJECT, or a number of samples that need no loading",
    )
    add_options(described)
    gates = described.add_argument_group("gates")
    gates.add_argument(
        "--fail-if",
        metavar="CONDITION",
        action="append",
        help='such as "p99>120ms", "errors>0.1%%" or "qps<950"; may be repeated',
    )
    gates.add_argument("--allow-invalid", action="store_true", help="an INVALID run exits with 0")
    shown = described.add_argument_group("output")
    shown.add_argument("-o", "--output", metavar="DIR", help="the folder; else one in results")
    shown.add_argument("--label", metavar="TEXT", help="kept with the result")
    shown.add_argument(
        "--progress", metavar="|".join(_PROGRESS), choices=_PROGRESS, help="how it is shown [auto]"
    )
    shown.add_argument("--no-html", action="store_true", help="no page")
    shown.add_argument("--anonymous", action="store_true", help="no names of host and user")
    shown.add_argument("--markdown", metavar="FILE", help="for the summary of a CI job")
    shown.add_argument("--junit", metavar="FILE", help="a test case for each check and gate")
    shown.add_argument("--json", action="store_true", help="the result as JSON on standard output")
    shown.add_argument("-q", "--quiet", action="store_true", help="nothing but the result")
    return described


def main(given: dict[str, Any]) -> int:
    request = Request(given)
    gates = _gates(given, request)
    name = request.get("sut")
    if name is None:
        raise UsageError(
            "run: a SUT is missing. Give MODULE:OBJECT, FILE.py:OBJECT or builtin:null."
        )
    sut, own_library = objects.load_sut(name)
    library = _library(request, own_library)
    folder = ResultFolder(given, request, name)
    environment = capture(anonymous=_anonymous(given, request))

    failure: BaseException | None = None
    try:
        kind = _progress(given)
        with _terminable(), progress_lines(kind) if kind in KINDS else nullcontext():
            report = _run(request, sut, library, folder.path, kind == "live")
    except TypeError as error:
        if not hasattr(error, "report"):  # of the SUT or the library
            raise UsageError(f"{name}: {error}") from None
        failure = error
    except lg.SettingsError as error:
        if not hasattr(error, "report"):
            raise
        failure = error
    except BaseException as error:
        failure = error
    if failure is not None:
        reported = getattr(failure, "report", None)
        if reported is None:
            return _ended_before(failure)
        report = reported

    codes = [_said(failure, report)] if failure is not None else []
    result = folder.write(report, request, environment, len(library))
    print(json.dumps(result.record, indent=2) if "json" in given else report)
    sys.stdout.flush()
    if "markdown" in given:
        write_text(given["markdown"], run_text.markdown(result.record, gates))
    if "junit" in given:
        write_text(given["junit"], run_text.junit(result.record, gates))
    if result.problem:
        say(result.problem)
        codes.append(Exit.NO_OUTPUT)
    codes += _verdict(report, given, request) + _missed(gates, result.record["metrics"])
    if isinstance(failure, KeyboardInterrupt | Terminated):
        after = _after(report.duration_seconds)
        say(f"the run was interrupted after {after}. What was measured: {result.best}")
    elif "quiet" not in given:
        say(f"written: {result.best}")
    return first(codes)


def _gates(given: dict[str, Any], request: Request) -> list[Condition]:
    entry = request.config.gates.get("fail_if")
    gates = []
    for text in given.get("fail_if", []):
        gates.append(_gate("--fail-if", text))
    for text in entry.value if entry is not None and not gates else []:
        gates.append(_gate(f"{entry.file}:{entry.line}: fail_if", text))  # type: ignore[union-attr]
    return gates


def _gate(where: str, text: str) -> Condition:
    try:
        return parse(text)
    except ValueError as error:
        raise UsageError(f"{where} {error}") from None


def _library(request: Request, own: Sized | None) -> Sized:
    name = request.get("library")
    if name is not None:
        return objects.load_library(name)
    if own is None:
        raise UsageError(
            "run: a library is missing. Give MODULE:OBJECT or a number of samples after the SUT."
        )
    return own


def _anonymous(given: dict[str, Any], request: Request) -> bool:
    entry = request.config.output.get("anonymous")
    return "anonymous" in given or (entry is not None and bool(entry.value))


def _progress(given: dict[str, Any]) -> str:
    """Return how progress is shown: as a live view on a terminal, else as lines, if not said."""
    kind: str = given.get("progress", "off" if "quiet" in given else "auto")
    return kind if kind != "auto" else "live" if sys.stderr.isatty() else "lines"


def _run(
    request: Request, sut: objects.Sut, library: Sized, output: Path, progress: bool
) -> lg.Report:
    if request.official:
        return lg.run(
            sut,
            library,
            settings=request.stack().settings,
            audit_config=request.audit_conf,
            output=output,
            progress=progress,
        )
    return lg.run(
        sut,
        library,
        scenario=request.scenario,
        mode=request.mode,
        output=output,
        progress=progress,
        **request.fields(),
    )


@contextmanager
def _terminable() -> Iterator[None]:
    """Make SIGTERM raise Terminated in the block, as Ctrl-C raises KeyboardInterrupt."""

    def terminate(number: int, frame: object) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _ended_before(failure: BaseException) -> int:
    """Return the code for what ended the run before anything was measured."""
    if isinstance(failure, KeyboardInterrupt | Terminated):
        say("the run was interrupted before the test began")
        return Exit.SIGTERM if isinstance(failure, Terminated) else Exit.CTRL_C
    if isinstance(failure, lg.OutputError):
        say(str(failure))
        return Exit.NO_OUTPUT
    raise failure


def _said(failure: BaseException, report: lg.Report) -> int:
    """Say what ended the run early and return its code."""
    if isinstance(failure, Terminated):
        return Exit.SIGTERM
    if isinstance(failure, KeyboardInterrupt):
        return Exit.CTRL_C
    if isinstance(failure, lg.IncompleteError):
        say(str(failure))
        return Exit.INCOMPLETE
    if isinstance(failure, lg.OutputError):
        say(str(failure))
        return Exit.NO_OUTPUT
    traceback.print_exception(failure)
    return Exit.BROKEN


def _verdict(report: lg.Report, given: dict[str, Any], request: Request) -> list[int]:
    if not report.complete:
        return [Exit.INCOMPLETE]
    met = report.valid if report.has_performance else True
    entry = request.config.gates.get("allow_invalid")
    allowed = "allow_invalid" in given or (entry is not None and entry.value)
    return [] if met or allowed else [Exit.INVALID]


def _missed(gates: list[Condition], metrics: dict[str, float]) -> list[int]:
    """Say which gates are missed."""
    codes: list[int] = []
    for gate in gates:
        value = metrics.get(gate.metric.name)
        if value is None:
            say(f'--fail-if "{gate.text}": this run has no {gate.metric.name}.')
            codes.append(Exit.USAGE)
        elif gate.holds(value):
            say(f"gate missed: {gate.text}")
            codes.append(Exit.GATE)
    return codes


def _after(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"

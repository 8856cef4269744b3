"""Runs an app as a program: its command line, its run, and its exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import mlperf_loadgen as lg
from mlperf_loadgen.exit_codes import Exit
from mlperf_loadgen.harness import screen
from mlperf_loadgen.harness.extras import missing
from mlperf_loadgen.termination import Terminated


def command(package: str, argv: Sequence[str] | None = None) -> int:
    """Runs the app in `package` and returns an exit code.

    Its module `arguments` reads the command line first. Only then is its module `app` imported,
    which takes seconds: neither --help nor a mistake waits for it.
    """
    import_module(f"{package}.arguments").parse(argv)
    return exit_code(lambda: import_module(f"{package}.app").main(argv))


def exit_code(run: Callable[[], lg.Report]) -> int:
    """Returns the code for how `run` ended. Where that was early, shows why, and the report of what
    was measured.

    An exception that is nobody's mistake in using the program is raised.
    """
    try:
        with _terminable():
            report = run()
    except (KeyboardInterrupt, Terminated) as stop:
        return _stopped(stop)
    except lg.IncompleteError as error:
        _show(error)
        return _said(error, Exit.INCOMPLETE)
    except lg.OutputError as error:
        _show(error)
        return _said(error, Exit.NO_OUTPUT)
    except ModuleNotFoundError as error:
        return _said(missing(error), Exit.USAGE)
    except (ValueError, FileNotFoundError, lg.Error) as error:
        if _show(error):  # raised by the model while it ran
            raise
        return _said(error, Exit.USAGE)
    except Exception as error:
        _show(error)
        raise
    return verdict(report)


def verdict(report: lg.Report) -> int:
    """Returns the code for a run that came to its end."""
    met = report.valid if report.has_performance else report.complete
    return Exit.VALID if met else Exit.INVALID


@contextmanager
def _terminable() -> Iterator[None]:
    """Makes SIGTERM raise Terminated in the block, as Ctrl-C raises KeyboardInterrupt."""

    def terminate(number: int, frame: object) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _stopped(stop: BaseException) -> int:
    name, code = ("SIGTERM", Exit.SIGTERM) if isinstance(stop, Terminated) else ("Ctrl-C", 130)
    report: lg.Report | None = getattr(stop, "report", None)
    _show(stop)
    after = "before the test" if report is None else f"after {report.duration_seconds:.1f} s"
    print(f"ended by {name} {after}", file=sys.stderr)
    return code


def _show(error: BaseException) -> bool:
    """Shows the report that the error carries. Returns whether it carries one."""
    report: lg.Report | None = getattr(error, "report", None)
    if report is not None:
        screen.result(str(report), good=False)
    return report is not None


def _said(error: Exception, code: int) -> int:
    print(f"{Path(sys.argv[0]).name}: error: {error}", file=sys.stderr)
    return code

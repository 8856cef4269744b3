"""An app as a program: what it exits with, and what it shows."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import mlperf_loadgen as lg
import numpy as np
import pytest
from mlperf_loadgen.exit_codes import Exit
from mlperf_loadgen.harness.command import command, exit_code


def run(**fields: float) -> lg.Report:
    return lg.run(lambda samples: np.zeros(len(samples)), range(10), min_duration_ms=0, **fields)


def raising(error: BaseException) -> Callable[[], lg.Report]:
    """A run in which the SUT raises this."""

    def answer(samples: lg.Samples) -> None:
        raise error

    return lambda: lg.run(answer, range(10))


def fail(error: BaseException) -> Callable[[], lg.Report]:
    """A run that never begins."""

    def raise_it() -> lg.Report:
        raise error

    return raise_it


def test_a_valid_run() -> None:
    report = run(min_query_count=200)
    assert report.valid
    assert exit_code(lambda: report) == Exit.VALID == 0


def test_an_invalid_run() -> None:
    report = run(min_query_count=2, max_query_count=2)
    assert not report.valid
    assert exit_code(lambda: report) == Exit.INVALID == 3


def test_an_accuracy_run() -> None:
    rows = lg.run(lambda samples: np.zeros(len(samples)), range(10), mode="AccuracyOnly")
    assert exit_code(lambda: rows) == 0


@pytest.mark.parametrize(
    ("error", "code", "shown"),
    [
        (ValueError("x.pt: no model"), 2, "error: x.pt: no model"),
        (lg.SettingsError("qps: no such setting"), 2, "error: qps: no such setting"),
        (FileNotFoundError(2, "No such file", "a"), 2, "error: [Errno 2] No such file: 'a'"),
        (lg.OutputError("no space"), 7, "error: no space"),
        (
            ModuleNotFoundError("No module named 'torch'", name="torch"),
            2,
            "torch is not installed; in the project folder, run: pip install '.[apps]'",
        ),
        (KeyboardInterrupt(), 130, "ended by Ctrl-C before the test"),
    ],
)
def test_what_ends_it_before_the_test_is_one_line(
    error: BaseException, code: int, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(fail(error)) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(shown)


def test_a_test_that_is_not_complete(capsys: pytest.CaptureFixture[str]) -> None:
    def never(samples: lg.Samples) -> None:
        return None

    def stalled() -> lg.Report:
        return lg.run(never, range(10), stall_timeout_ms=20)

    assert exit_code(stalled) == 6
    shown = capsys.readouterr()
    assert "INVALID" in shown.out
    assert "error: No sample was completed" in shown.err


def test_what_the_model_raises_is_shown_whole(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="wrong shape"):
        exit_code(raising(ValueError("wrong shape")))
    assert "INVALID" in capsys.readouterr().out


def test_ctrl_c_shows_what_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(raising(KeyboardInterrupt())) == 130
    shown = capsys.readouterr()
    assert "INVALID" in shown.out
    assert "ended by Ctrl-C after 0.0 s" in shown.err
    assert "Traceback" not in shown.err


def test_sigterm_too(capsys: pytest.CaptureFixture[str]) -> None:
    def answer(samples: lg.Samples) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        os.kill(os.getpid(), signal.SIGTERM)
        return np.zeros(len(samples))

    before = signal.getsignal(signal.SIGTERM)
    assert exit_code(lambda: lg.run(answer, range(10))) == 143
    shown = capsys.readouterr()
    assert "INVALID" in shown.out
    assert "ended by SIGTERM after " in shown.err
    assert signal.getsignal(signal.SIGTERM) is before


def test_sigterm_of_a_program(tmp_path: Path) -> None:
    """The partial report is on the screen and on disk."""
    program = textwrap.dedent(
        """
        import os, signal, sys
        import mlperf_loadgen as lg, numpy as np
        from mlperf_loadgen.harness.command import exit_code

        def answer(samples):
            if samples.indices[0] == 7:
                os.kill(os.getpid(), signal.SIGTERM)
            return np.zeros(len(samples))

        sys.exit(exit_code(lambda: lg.run(answer, range(10), output="out")))
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 143
    assert "INVALID" in done.stdout
    assert "Traceback" not in done.stderr
    assert "INVALID" in (tmp_path / "out/mlperf_log_summary.txt").read_text()


def test_a_mistake_is_found_before_the_app_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ModuleType("an_app.arguments")

    def parse(argv: list[str]) -> None:
        if argv:
            raise SystemExit(2)

    vars(arguments)["parse"] = parse
    monkeypatch.setitem(sys.modules, "an_app", ModuleType("an_app"))
    monkeypatch.setitem(sys.modules, "an_app.arguments", arguments)
    with pytest.raises(SystemExit):
        command("an_app", ["--mistake"])
    app = ModuleType("an_app.app")
    vars(app)["main"] = lambda argv: run(min_query_count=200)
    monkeypatch.setitem(sys.modules, "an_app.app", app)
    assert command("an_app", []) == 0

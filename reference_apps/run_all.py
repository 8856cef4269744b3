"""Runs every app, backend, scenario and mode, one after the other: python -m reference_apps all"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import mlperf_loadgen as lg
from mlperf_loadgen.exit_codes import Exit
from mlperf_loadgen.harness import screen
from mlperf_loadgen.harness.arguments import SCENARIOS
from mlperf_loadgen.harness.backends import BACKENDS as OPENERS
from mlperf_loadgen.harness.command import verdict
from mlperf_loadgen.harness.progress_bar import track

from reference_apps.registry import APPS

BACKENDS = sorted({backend for app in APPS.values() for backend in app.backends})
MODES = ("performance", "accuracy")
COLUMNS = ("app", "backend", "scenario", "mode", "result", "accuracy", "valid")


@dataclass(frozen=True)
class Run:
    """One run of one app."""

    app: str
    backend: str
    scenario: str
    mode: str

    def arguments(self, seconds: float, count: int | None, output: Path) -> list[str]:
        """Returns its command line."""
        words = ["--backend", self.backend, "--scenario", self.scenario, "--no-progress"]
        words += ["--output", str(output)]
        if self.mode == "accuracy":
            return [*words, "--accuracy", *(["--count", str(count)] if count else [])]
        return [*words, "--time", str(seconds)]

    def row(self, seconds: float, count: int | None) -> tuple[tuple[str, ...], int]:
        """Runs it. Returns its row of the table, with what went wrong in place of the result, and
        its exit code.
        """
        which = (self.app, self.backend, self.scenario, self.mode)
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            output = Path(folder)
            try:
                report = APPS[self.app].main(self.arguments(seconds, count, output))
            except Exception as error:
                return (*which, f"{type(error).__name__}: {error}", "", "no"), 1
            if self.mode == "accuracy":
                text = (output / "accuracy.txt").read_text(encoding="utf-8")
                line, *cautions = text.splitlines()
                said = line + (" (synthetic)" if cautions else "")
                row = (*which, f"{report.accuracy_sample_count} samples", said, "")
            else:
                row = (*which, _result(report), "", _verdict(report))
            return row, verdict(report)


def _result(report: lg.Report) -> str:
    if report.scenario in (lg.TestScenario.Offline, lg.TestScenario.Server):
        return f"{report.samples_per_second:.4g} samples/s"
    return f"{report.latency_at_target_percentile_ns / 1e6:.4g} ms"


def _verdict(report: lg.Report) -> str:
    checks = {
        "latency": report.performance_constraints_met,
        "duration": report.min_duration_met,
        "queries": report.min_queries_met,
        "early stopping": report.early_stopping_met,
    }
    missed = [name for name, met in checks.items() if not met]
    return "yes" if report.valid else ", ".join(["no", *missed])


def runs(args: argparse.Namespace) -> Iterator[Run]:
    """Yields those that the command line asks for and whose packages are installed."""
    for app in args.app or APPS:
        for backend in APPS[app].backends:
            if not OPENERS[backend].installed or backend not in (args.backend or BACKENDS):
                continue
            for scenario in args.scenario or SCENARIOS:
                for mode in args.mode or MODES:
                    yield Run(app, backend, scenario, mode)


def main(argv: Sequence[str] | None = None) -> int:
    """Prints the table, after Ctrl-C that of the runs so far. Returns an exit code: 1 when a run
    raised something, 3 when one is INVALID.
    """
    parser = argparse.ArgumentParser(
        description="Runs every app on every backend, and shows a table of the results."
    )
    for name, choices in (
        ("app", APPS),
        ("backend", BACKENDS),
        ("scenario", SCENARIOS),
        ("mode", MODES),
    ):
        parser.add_argument(
            f"--{name}", choices=list(choices), action="append", help="only this; may be repeated"
        )
    parser.add_argument(
        "--time",
        type=float,
        default=5.0,
        metavar="SECONDS",
        help="of a performance run (%(default)s)",
    )
    parser.add_argument("--count", type=int, metavar="N", help="samples of an accuracy run (all)")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table there, too")
    args = parser.parse_args(argv)
    asked = list(runs(args))
    rows: list[tuple[str, ...]] = []
    codes = {0}
    for run in track(asked, "running the apps"):
        try:
            row, code = run.row(args.time, args.count)
        except KeyboardInterrupt:
            codes = {Exit.CTRL_C}
            break
        rows.append(row)
        codes.add(code)
        if args.markdown:  # after each: what was found is there when the rest is cut off
            args.markdown.write_text(screen.markdown(COLUMNS, rows) + "\n", encoding="utf-8")
    screen.table("The reference apps", COLUMNS, rows)
    return 1 if 1 in codes else max(codes)


if __name__ == "__main__":
    sys.exit(main())

"""Every app, backend, scenario and mode, one after the other: python -m reference_apps.run_all"""

from __future__ import annotations

import argparse
import contextlib
import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import mlperf_loadgen as lg
from mlperf_loadgen.harness import screen
from mlperf_loadgen.harness.arguments import SCENARIOS
from mlperf_loadgen.harness.progress import track

from reference_apps.bert import app as bert
from reference_apps.common.backends import BACKENDS as VISION
from reference_apps.dlrm import app as dlrm
from reference_apps.efficientnet_lite0 import app as efficientnet_lite0
from reference_apps.efficientnet_lite0.model import BACKENDS as EFFICIENTNET
from reference_apps.gnmt import app as gnmt
from reference_apps.mobilenet import app as mobilenet
from reference_apps.resnet50 import app as resnet50
from reference_apps.rnnt import app as rnnt
from reference_apps.ssd_mobilenet import app as ssd_mobilenet
from reference_apps.ssd_resnet34 import app as ssd_resnet34
from reference_apps.unet3d import app as unet3d


@dataclass(frozen=True)
class App:
    """What `app.py` of an app has."""

    main: Callable[[Sequence[str]], lg.Report]
    backends: Sequence[str] = VISION


APPS = {
    "resnet50": App(resnet50.main),
    "mobilenet": App(mobilenet.main),
    "ssd_mobilenet": App(ssd_mobilenet.main),
    "ssd_resnet34": App(ssd_resnet34.main),
    "dlrm": App(dlrm.main, dlrm.BACKENDS),
    "bert": App(bert.main, bert.BACKENDS),
    "rnnt": App(rnnt.main, rnnt.BACKENDS),
    "gnmt": App(gnmt.main, gnmt.BACKENDS),
    "unet3d": App(unet3d.main, unet3d.BACKENDS),
    "efficientnet_lite0": App(efficientnet_lite0.main, EFFICIENTNET),
}
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
        """Its command line."""
        made = ["--backend", self.backend, "--scenario", self.scenario, "--no-progress"]
        made += ["--output", str(output)]
        if self.mode == "accuracy":
            return [*made, "--accuracy", *(["--count", str(count)] if count else [])]
        return [*made, "--time", str(seconds)]

    def row(self, seconds: float, count: int | None) -> tuple[str, ...]:
        """Runs it; its row of the table. What went wrong stands in the place of the result."""
        what = (self.app, self.backend, self.scenario, self.mode)
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            output = Path(folder)
            try:
                report = APPS[self.app].main(self.arguments(seconds, count, output))
            except Exception as error:
                return (*what, f"{type(error).__name__}: {error}", "", "no")
            if self.mode == "accuracy":
                line = (output / "accuracy.txt").read_text(encoding="utf-8").strip()
                return (*what, f"{report.accuracy_sample_count} samples", line, "")
            return (*what, _result(report), "", _verdict(report))


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
    """Those that the command line asks for and whose packages are there."""
    for app in args.app or APPS:
        for backend in APPS[app].backends:
            if find_spec(backend) is None or backend not in (args.backend or BACKENDS):
                continue
            for scenario in args.scenario or SCENARIOS:
                for mode in args.mode or MODES:
                    yield Run(app, backend, scenario, mode)


def main(argv: Sequence[str] | None = None) -> list[tuple[str, ...]]:
    """Prints the table and returns its rows."""
    made = argparse.ArgumentParser(
        description="Every app in every form, and a table of what came out."
    )
    for name, choices in (
        ("app", APPS),
        ("backend", BACKENDS),
        ("scenario", SCENARIOS),
        ("mode", MODES),
    ):
        made.add_argument(
            f"--{name}", choices=list(choices), action="append", help="only this; may be repeated"
        )
    made.add_argument(
        "--time",
        type=float,
        default=5.0,
        metavar="SECONDS",
        help="of a performance run (%(default)s)",
    )
    made.add_argument("--count", type=int, metavar="N", help="samples of an accuracy run (all)")
    made.add_argument("--markdown", type=Path, metavar="FILE", help="where to write the table, too")
    args = made.parse_args(argv)
    asked = list(runs(args))
    rows = []
    for run in track(asked, "running the apps"):
        rows.append(run.row(args.time, args.count))
        if args.markdown:  # after each: what was found is there when the rest is cut off
            args.markdown.write_text(screen.markdown(COLUMNS, rows) + "\n", encoding="utf-8")
    screen.table("The reference apps", COLUMNS, rows)
    return rows


if __name__ == "__main__":
    main()

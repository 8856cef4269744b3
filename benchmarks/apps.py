"""What LoadGen and the harness cost an app: the model alone beside the whole app, in turn.

    python -m benchmarks.apps [--app NAME ...] [--backend NAME ...] [--seconds S] [--repeat N]
                              [--max-batchsize N] [--threads N] [--json FILE]

The model alone is the inference package in a loop, on as many threads as the app has workers, with
batches that the app has put together. The app runs Offline, as its run.py does. What has to be
below 2 % is the share of its workers' time outside of App.predict, from their second batch on: it
depends less on what else the machine does than the ratio of the two rates. The share of predict
around the package is the app's own, such as the search for a sentence. A Server run is sent
twice as many samples as Offline does; what it then answers in a second says what coalescing is
worth.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import itertools
import json
import multiprocessing
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

import mlperf_loadgen as lg
from mlperf_loadgen.harness.progress_bar import track
from mlperf_loadgen.harness.warm_up import samples_per_second

from benchmarks import machine, table
from benchmarks.comparison import number
from benchmarks.watched import Watch, watched
from reference_apps.registry import APPS
from reference_apps.run_all import BACKENDS

LIMIT = 0.02  # of the workers' time outside of App.predict
HEADINGS = (
    "app",
    "backend",
    "workers x batch",
    "model alone, samples/s",
    "Offline, samples/s",
    "ratio",
    "LoadGen and harness, %",
    "",
    "predict around the model, %",
    "Server of Offline",
    "mean batch",
)


@dataclass(frozen=True)
class Figures:
    """Of one app on one backend. Lists have an entry a turn."""

    app: str
    backend: str
    workers: int
    batch: int  # samples in an inference of Offline
    alone: list[float]  # samples/s of the model
    offline: list[float]  # samples/s of the app
    outside: list[float]  # part of the workers' time that is not in App.predict
    around: list[float]  # part of it that is, but not in the model
    server: float  # samples/s at twice the rate of Offline
    server_batch: float  # mean number of samples in an inference

    def cells(self) -> tuple[str, ...]:
        """A row of the table."""
        ratio = _spread([b / a for a, b in zip(self.alone, self.offline, strict=True)])
        outside = _spread([100 * part for part in self.outside])
        reached = _median(self.outside) < LIMIT
        return (
            self.app,
            self.backend,
            f"{self.workers} x {self.batch}",
            _spread(self.alone),
            _spread(self.offline),
            ratio,
            outside,
            "reached" if reached else "SHORT",
            _spread([100 * part for part in self.around]),
            f"{self.server / _median(self.offline):.2f}",
            number(self.server_batch),
        )


def measure(
    app: str, backend: str, flags: Sequence[str] = (), seconds: float = 3.0, repeat: int = 3
) -> Figures:
    """Runs model and app by turns, in this process. flags: of the app, beside those set here."""
    fixed = ["--backend", backend, "--time", str(seconds), "--no-progress", *flags]

    def run(scenario: str, qps: float | None) -> tuple[lg.Report, Watch]:
        with tempfile.TemporaryDirectory(prefix="loadgen_bench_") as folder:
            wanted = [*fixed, "--scenario", scenario, "--output", folder]
            rate = [] if qps is None else ["--qps", str(qps)]
            with contextlib.redirect_stdout(io.StringIO()), watched() as watch:
                report = APPS[app].main([*wanted, *rate])
        if not watch.batches:
            raise ValueError(
                f"--seconds {seconds:g} is too short for {app} on {backend}: no worker did two "
                "batches"
            )
        return report, watch

    _, first = run("Offline", None)
    kept = itertools.cycle(first.kept)
    alone: list[float] = []
    offline: list[float] = []
    watches: list[Watch] = []
    for _ in range(repeat):
        workers = len(first.workers)
        alone.append(samples_per_second(lambda: next(kept)(), first.kept_samples, workers, seconds))
        report, watch = run("Offline", alone[-1])
        offline.append(report.samples_per_second)
        watches.append(watch)
    _, server = run("Server", 2 * max(offline))
    return Figures(
        app=app,
        backend=backend,
        workers=len(first.workers),
        batch=first.kept_samples,
        alone=alone,
        offline=offline,
        outside=[1 - watch.share(lambda worker: worker.predict) for watch in watches],
        around=[watch.share(lambda worker: worker.predict - worker.model) for watch in watches],
        server=server.samples / server.seconds,
        server_batch=server.samples / server.batches,
    )


def all_figures(asked: argparse.Namespace) -> Iterator[Figures]:
    """A fresh process for each app and backend: inference packages keep threads that spin."""
    flags = []
    for flag in ("max_batchsize", "threads"):
        if (value := getattr(asked, flag)) is not None:
            flags += [f"--{flag.replace('_', '-')}", str(value)]
    cases = [
        (app, backend)
        for app in asked.app or APPS
        for backend in APPS[app].backends
        if backend in (asked.backend or BACKENDS) and find_spec(backend) is not None
    ]
    for case in track(cases, "running the apps"):
        with multiprocessing.get_context("spawn").Pool(1) as process:
            yield process.apply(measure, (*case, flags, asked.seconds, asked.repeat))


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.apps", description=(__doc__ or "").splitlines()[0]
    )
    for name, choices in (("app", list(APPS)), ("backend", BACKENDS)):
        parser.add_argument(
            f"--{name}", choices=choices, action="append", help="only this; may be repeated"
        )
    parser.add_argument("--seconds", type=float, default=3.0, help="of each run (%(default)s)")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each (%(default)s)")
    parser.add_argument("--max-batchsize", type=int, help="default: that of the app")
    parser.add_argument("--threads", type=int, help="workers (default: that of the app)")
    parser.add_argument("--json", type=Path, help="where to write all figures")
    parsed = parser.parse_args(arguments)
    if parsed.repeat < 1 or parsed.seconds <= 0:
        parser.error("--repeat and --seconds must be positive")
    return parsed


def main(arguments: Sequence[str] | None = None) -> None:
    asked = parse(arguments)
    where = machine.description(peer=None)
    found = list(all_figures(asked))
    print("\n".join(f"{key}: {value}" for key, value in where.items() if key != "peer"))
    table.show(HEADINGS, [figures.cells() for figures in found])
    if asked.json:
        whole = {"machine": where, "apps": [asdict(figures) for figures in found]}
        asked.json.parent.mkdir(parents=True, exist_ok=True)
        asked.json.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


def _median(values: Sequence[float]) -> float:
    return statistics.median(values)


def _spread(values: Sequence[float]) -> str:
    return f"{number(_median(values))} ({number(min(values))}-{number(max(values))})"


if __name__ == "__main__":
    main()

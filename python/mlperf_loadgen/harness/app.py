"""One run of an app from the parsed command line to the result on the screen."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import mlperf_loadgen as lg
from mlperf_loadgen.harness import screen
from mlperf_loadgen.harness.accuracy_log import AccuracyLog, read_accuracy_log
from mlperf_loadgen.harness.arguments import Defaults, mode_of, needs_rate, run_fields, workers_of
from mlperf_loadgen.harness.batching import BatchingSUT, Rows
from mlperf_loadgen.harness.library import InMemoryLibrary
from mlperf_loadgen.harness.warm_up import samples_per_second, warm_up


@dataclass(frozen=True)
class Score:
    """What an accuracy run found."""

    line: str  # as the submission checker reads it, such as "accuracy=75.100%, good=3, total=4"
    show: Callable[[], None] = lambda: None  # prints the details


@dataclass(frozen=True)
class App:
    """A model with its data, ready to run.

    predict takes a batch of the library, on several threads at once, and returns the responses:
    one row or buffer a sample. score judges the responses of an accuracy run; score_file does so in
    its place where they do not all fit into memory, from the path of the accuracy log.
    """

    model: str  # the name under which settings files know it
    about_model: str  # a line for the screen
    about_data: str
    about_backend: str
    library: InMemoryLibrary
    predict: Callable[[Any], Rows]
    score: Callable[[AccuracyLog], Score] | None
    defaults: Defaults
    score_file: Callable[[Path], Score] | None = None


def run_app(app: App, args: argparse.Namespace) -> lg.Report:
    """Runs the scenario and mode that the command line asks for and prints the result.

    Writes the logs of LoadGen to --output, and after an accuracy run accuracy.txt beside them.
    Raises what the system under test raised.
    """
    workers = workers_of(args)
    output = args.output or Path(
        "results", app.model, args.scenario, "accuracy" if args.accuracy else "performance"
    )
    output.mkdir(parents=True, exist_ok=True)
    screen.heading(f"{app.model}: {args.scenario}, {mode_of(args)}")
    screen.facts(
        [
            ("Model", app.about_model),
            ("Data", app.about_data),
            ("Backend", app.about_backend),
            (
                "Workers",
                f"{workers}, batches of up to {args.max_batchsize}"
                if workers
                else "none: inference on LoadGen's own thread",
            ),
            ("Logs", str(output)),
        ]
    )
    rate = _prepare(app, args, workers)
    fields = run_fields(args, sample_count=len(app.library), defaults=app.defaults, rate=rate)
    logs = lg.LogSettings()
    logs.enable_trace = args.debug
    with BatchingSUT(
        app.library,
        app.predict,
        name=app.model,
        max_batch_size=args.max_batchsize,
        threads=workers,
    ) as sut:
        report = lg.run(
            sut,
            app.library,
            output=output,
            model=app.model,
            log_settings=logs,
            **fields,
        )
    if report.has_performance:
        screen.result(str(report), report.valid)
        _say_if_unofficial(app, args, report)
    if args.accuracy:
        score = _score(app, Path(report.accuracy_path))
        score.show()
        print(score.line)
        (output / "accuracy.txt").write_text(score.line + "\n", encoding="utf-8")
    return report


def _prepare(app: App, args: argparse.Namespace, workers: int) -> float | None:
    """Warms up, and measures samples/s if the settings need it."""
    batch_size = args.max_batchsize
    if args.scenario in ("SingleStream", "Server"):
        batch_size = 1
    elif args.scenario == "MultiStream":
        samples = args.samples_per_query or app.defaults.samples_per_query
        batch_size = min(batch_size, samples)
    indices = np.arange(batch_size, dtype=np.int64) % len(app.library)
    app.library.load(indices)
    inputs = app.library.batch(indices)
    app.library.unload(indices)
    warm_up(lambda: app.predict(inputs))
    if not needs_rate(args):
        return None
    rate = samples_per_second(lambda: app.predict(inputs), batch_size, max(workers, 1))
    screen.note(f"Measured before the run: about {rate:.3g} samples/s in batches of {batch_size}.")
    return rate


def _score(app: App, log: Path) -> Score:
    if app.score_file is not None:
        return app.score_file(log)
    assert app.score is not None
    return app.score(read_accuracy_log(log).unique())


def _say_if_unofficial(app: App, args: argparse.Namespace, report: lg.Report) -> None:
    official = lg.TestSettings()
    if args.rules is not None:
        official.rules = args.rules
    official.FromConfig("", app.model, args.scenario, conf_type=0)
    if report.settings.min_duration_ms < official.min_duration_ms:
        screen.note(
            f"A run to look at: at least {report.settings.min_duration_ms / 1e3:g} s, where an "
            f"official one has {official.min_duration_ms / 1e3:g} s (see --rules and --user_conf)."
        )

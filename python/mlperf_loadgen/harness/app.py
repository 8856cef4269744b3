"""One run of an app from the parsed command line to the result on the screen."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

import mlperf_loadgen as lg
from mlperf_loadgen.harness import screen
from mlperf_loadgen.harness.arguments import (
    Defaults,
    config_fields,
    mode_of,
    needs_rate,
    run_fields,
    threads_of_a_worker,
    workers_of,
)
from mlperf_loadgen.harness.batching import BatchingSUT, BatchSource, Rows, filled_up
from mlperf_loadgen.harness.processors import WAITING
from mlperf_loadgen.harness.warm_up import samples_per_second, warm_up


@dataclass(frozen=True)
class Score:
    """What an accuracy run found."""

    line: str  # as the submission checker reads it, such as "accuracy=75.100%, good=3, total=4"
    show: Callable[[], None] = lambda: None  # prints the details


class Library(lg.SampleLibrary, BatchSource, Protocol):
    """The samples of an app; InMemoryLibrary is one."""


@dataclass(frozen=True)
class App:
    """A model with its data, ready to run.

    predict takes a batch of the library, on several threads at once, and returns the responses:
    one row or buffer a sample. score judges the accuracy log at a path after an accuracy run.
    lengths: where samples take times of their own, a number for each that grows with its time;
    large queries are then run the longest first (see BatchingSUT). fills_batches: predict itself
    does what --fixed-batch asks for, because samples are not what its inferences are made of.
    """

    model: str  # the name under which settings files know it
    about_model: str  # a line for the screen
    about_data: str
    about_backend: str
    library: Library
    predict: Callable[[Any], Rows]
    score: Callable[[Path], Score]
    defaults: Defaults
    lengths: NDArray[Any] | None = None
    fills_batches: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError for lengths that are not those of the library."""
        if self.lengths is not None and len(self.lengths) != len(self.library):
            raise ValueError(
                f"{self.model} has {len(self.library)} samples and {len(self.lengths)} lengths"
            )


def run_app(app: App, args: argparse.Namespace) -> lg.Report:
    """Runs the scenario and mode that the command line asks for and prints the result.

    Writes the logs of LoadGen to --output, and after an accuracy run accuracy.txt beside them.
    Raises what the system under test raised.
    """
    workers = workers_of(args)
    output = output_folder(app.model, args)
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
            (
                "Processors",
                f"{threads_of_a_worker(args)} for an inference; threads that wait for each other "
                f"{WAITING.about}",
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
        lengths=app.lengths,
        fixed_batch_size=_fills(app, args),
    ) as sut:
        report = lg.run(
            sut,
            app.library,
            output=output,
            log_settings=logs,
            **config_fields(args, app.model),
            **fields,
        )
    if report.has_performance:
        screen.result(str(report), report.valid)
        _say_if_unofficial(app, args, report)
    if report.settings.mode == lg.TestMode.AccuracyOnly:  # an audit.config may have another
        score = app.score(Path(report.accuracy_path))
        score.show()
        print(score.line)
        (output / "accuracy.txt").write_text(score.line + "\n", encoding="utf-8")
    return report


def output_folder(model: str, args: argparse.Namespace) -> Path:
    """Where a run writes: --output, or a folder that is named by what is run."""
    mode = "accuracy" if args.accuracy else "performance"
    return Path(args.output or Path("results", model, args.scenario, mode))


def _prepare(app: App, args: argparse.Namespace, workers: int) -> float | None:
    """Warms up, and measures samples/s if the settings need it."""
    batch_size = args.max_batchsize
    if args.scenario in ("SingleStream", "Server"):
        batch_size = 1
    elif args.scenario == "MultiStream":
        samples = args.samples_per_query or app.defaults.samples_per_query
        batch_size = min(batch_size, samples)
    batch_size = min(batch_size, len(app.library))
    indices = np.arange(batch_size, dtype=np.int64)
    if _fills(app, args):
        indices = filled_up(indices, args.max_batchsize)
    app.library.load(indices)
    inputs = app.library.batch(indices)
    app.library.unload(indices)
    warm_up(lambda: app.predict(inputs))
    if not needs_rate(args):
        return None
    rate = samples_per_second(lambda: app.predict(inputs), batch_size, max(workers, 1))
    screen.note(f"Measured before the run: about {rate:.3g} samples/s in batches of {batch_size}.")
    return rate


def _fills(app: App, args: argparse.Namespace) -> bool:
    return bool(args.fixed_batch) and not app.fills_batches


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

"""Runs an app, from the parsed command line to the result on the screen."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

import mlperf_loadgen as lg
from mlperf_loadgen.harness import screen
from mlperf_loadgen.harness.accuracy_log import AccuracyLog, read_accuracy_log
from mlperf_loadgen.harness.arguments import Defaults, mode_of, threads_per_worker, workers_of
from mlperf_loadgen.harness.batching import BatchingSUT, BatchSource, Rows, filled_up
from mlperf_loadgen.harness.expected_length import expected_length, least_queries
from mlperf_loadgen.harness.processors import WAITING
from mlperf_loadgen.harness.result_page import keep_result
from mlperf_loadgen.harness.run_settings import (
    config_fields,
    needs_throughput_estimate,
    run_fields,
)
from mlperf_loadgen.harness.warm_up import samples_per_second, warm_up

# When a rate that was measured makes a run invalid; those but of Server were too short.
_MORE_RUNS = {"SingleStream": 2, "MultiStream": 2, "Server": 1, "Offline": 2}
_USER_CONF = "user.conf"  # which the official apps read unasked
_SUMMARY = "mlperf_log_summary.txt"


@dataclass(frozen=True)
class Score:
    """What an accuracy run found."""

    line: str  # as the submission checker reads it, such as "accuracy=75.100%, good=3, total=4"
    show: Callable[[], None] = lambda: None  # prints the details
    figures: Mapping[str, float] = field(default_factory=dict)  # the same for Outcome


@dataclass(frozen=True)
class StreamedScore:
    """A score for logs that do not fit into memory."""

    read: Callable[[Path], Score]  # the path of the accuracy log, with a few samples twice


@dataclass(frozen=True)
class Outcome:
    """What a run found."""

    report: lg.Report
    took_seconds: float  # of the last run, wall-clock time
    score: Score | None  # of an accuracy run


class Library(lg.SampleLibrary, BatchSource, Protocol):
    """The samples of an app; InMemoryLibrary is one."""


@dataclass(frozen=True)
class App:
    """A model with its data, ready to run.

    predict takes a batch of the library, on several threads at once, and returns the responses:
    one row or buffer a sample. score judges the first response to each sample after an accuracy
    run; a StreamedScore reads the log itself. lengths: where samples take times of their own, a
    number for each that grows with its time; large queries are then run the longest first (see
    BatchingSUT). fills_batches: predict itself does what --fixed-batch asks for, because samples
    are not what its inferences are made of. synthetic: which of "model" and "data" are not the
    real ones: such a run is not a result, and everything it leaves says so. record writes what the
    app leaves beside the logs, in the folder that it gets.
    """

    model: str  # the name under which settings files know it
    about_model: str  # a line for the screen
    about_data: str
    about_backend: str
    library: Library
    predict: Callable[[Any], Rows]
    score: Callable[[AccuracyLog], Score] | StreamedScore
    defaults: Defaults
    lengths: NDArray[Any] | None = None
    fills_batches: bool = False
    synthetic: Sequence[str] = ()
    record: Callable[[Outcome, Path], None] = lambda outcome, output: None

    def __post_init__(self) -> None:
        """Raises ValueError for lengths that are not those of the library."""
        if self.lengths is not None and len(self.lengths) != len(self.library):
            raise ValueError(
                f"{self.model} has {len(self.library)} samples and {len(self.lengths)} lengths"
            )

    @property
    def sut_name(self) -> str:
        """The name in the logs and the report."""
        if not self.synthetic:
            return self.model
        return f"{self.model} (synthetic {' and '.join(self.synthetic)})"

    @property
    def caution(self) -> str:
        """The line beside every figure of a run on a synthetic model or synthetic data."""
        verb = "are" if len(self.synthetic) > 1 else "is"
        parts = " and the ".join(self.synthetic)
        return f"NOT a result of {self.model}: the {parts} {verb} synthetic"


def run_app(app: App, args: argparse.Namespace) -> lg.Report:
    """Runs the scenario and mode that the command line asks for and prints the result.

    Writes the logs of LoadGen to --output, and after an accuracy run accuracy.txt beside them.
    Raises what the system under test raised.
    """
    output = output_folder(app.model, args)
    output.mkdir(parents=True, exist_ok=True)
    _announce(app, args, output)
    report, fields, took_seconds = _run_until_valid(app, args, output)
    if report.has_performance:
        screen.result(str(report), report.valid)
        _say_if_unofficial(app, args, report)
    else:
        for warning in report.warnings:
            screen.note(f"Warning: {warning}")
    # An audit.config may have made another mode of it.
    scored = report.settings.mode == lg.TestMode.AccuracyOnly
    score = _score(app, Path(report.accuracy_path)) if scored else None
    if score is not None:
        score.show()
        print(score.line)
        lines = [score.line, *([app.caution] if app.synthetic else [])]
        text = "".join(f"{line}\n" for line in lines)
        (output / "accuracy.txt").write_text(text, encoding="utf-8")
    if app.synthetic:
        print(app.caution)
    app.record(Outcome(report, took_seconds, score), output)
    page = keep_result(
        report,
        args,
        output,
        model=app.model,
        sample_count=len(app.library),
        fields=fields,
        caution=app.caution if app.synthetic else "",
        accuracy={} if score is None else {"lines": [score.line], **_first_figure(score)},
    )
    if page is not None:
        print(f"Page: {page}")
    return report


def output_folder(model: str, args: argparse.Namespace) -> Path:
    """Returns where a run writes: --output, or a folder that is named by what is run."""
    mode = "accuracy" if args.accuracy else "performance"
    return Path(args.output or Path("results", model, args.scenario, mode))


def _announce(app: App, args: argparse.Namespace, output: Path) -> None:
    workers = workers_of(args)
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
                f"{threads_per_worker(args)} for an inference; threads that wait for each other "
                f"{WAITING.about}",
            ),
            ("Logs", str(output)),
        ]
    )
    if (output / _SUMMARY).exists():
        screen.note("The logs of the run before in this folder are replaced.")
    if args.user_conf is None and Path(_USER_CONF).exists():
        screen.note(f"{_USER_CONF} in this folder is not read; --user_conf {_USER_CONF} does.")


def _first_figure(score: Score) -> dict[str, Any]:
    """The figure that gates and histories know as the accuracy."""
    name, value = next(iter(score.figures.items()), ("", None))
    return {} if value is None else {"name": name, "value": value, "better": "higher"}


def _run_until_valid(
    app: App, args: argparse.Namespace, output: Path
) -> tuple[lg.Report, dict[str, Any], float]:
    """Runs, and runs again where a measured rate made the run invalid. Returns the report of the
    last run, the keywords that it ran with, and the seconds that it took.
    """
    rate = _prepare(app, args)
    begin = time.monotonic()
    report, fields = _run(app, args, output, rate)
    for _ in range(_MORE_RUNS[args.scenario]):
        rate = _rate_after(args, report, rate)
        if rate is None:
            break
        screen.note(
            f"INVALID at the measured rate; once more with {rate:.3g} samples/s. --qps says "
            "another."
        )
        begin = time.monotonic()
        report, fields = _run(app, args, output, rate)
    return report, fields, time.monotonic() - begin


def _score(app: App, log: Path) -> Score:
    if isinstance(app.score, StreamedScore):
        return app.score.read(log)
    return app.score(read_accuracy_log(log).unique())


def _prepare(app: App, args: argparse.Namespace) -> float | None:
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
    if not needs_throughput_estimate(args):
        return None
    rate = samples_per_second(lambda: app.predict(inputs), batch_size, max(workers_of(args), 1))
    screen.note(f"Measured before the run: about {rate:.3g} samples/s in batches of {batch_size}.")
    return rate


def _run(
    app: App, args: argparse.Namespace, output: Path, rate: float | None
) -> tuple[lg.Report, dict[str, Any]]:
    fields = run_fields(args, sample_count=len(app.library), defaults=app.defaults, rate=rate)
    logs = lg.LogSettings()
    logs.enable_trace = args.debug
    for line in expected_length(args, app.model, fields, rate):
        screen.note(line)
    fields.setdefault("progress", True)  # where there is no terminal, a line now and then
    with BatchingSUT(
        app.library,
        app.predict,
        name=app.sut_name,
        max_batch_size=args.max_batchsize,
        threads=workers_of(args),
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
    return report, fields


def _rate_after(args: argparse.Namespace, report: lg.Report, rate: float | None) -> float | None:
    """Samples/s to try instead of the measured `rate`, which made the run invalid; None: it did
    not, or nothing was measured.
    """
    if rate is None or mode_of(args) != "PerformanceOnly" or report.valid:
        return None
    if args.scenario != "Server":
        seen = report.sample_count / report.duration_seconds
        return None if report.min_duration_met else max(rate, seen)
    least = least_queries(report.settings.target_latency_percentile)
    if args.time is not None and report.query_count < 2 * least:  # fewer prove nothing
        return None
    return min(rate / 2, report.completed_samples_per_second)


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
